//! An operator's own evaluations and feedback: JSON lines, each a prompt with scores from 0 (useless) to 1 (as good as can be).
//!
//! ```json
//! {"prompt": "Which …?", "scores": {"small": 1, "large": 0.8}}
//! {"prompt": "Write …", "model": "small", "score": 0}
//! ```
//!
//! Lines with the same prompt are taken together, a model's scores averaged. A model need not have a score for every prompt.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::{Context, Result, bail, ensure};
use serde::Deserialize;

use super::{Row, Set};

/// Fewer distinct prompts teach nothing that a stated `quality` does not.
const FEWEST: usize = 100;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Line {
    prompt: String,
    #[serde(default)]
    scores: BTreeMap<String, f32>,
    model: Option<String>,
    score: Option<f32>,
}

impl Line {
    fn scores(self) -> Result<(String, BTreeMap<String, f32>)> {
        let mut scores = self.scores;
        match (self.model, self.score) {
            (Some(model), Some(score)) => {
                scores.insert(model, score);
            }
            (None, None) => {}
            _ => bail!("`model` and `score` go together: write both, or `scores`"),
        }
        ensure!(!scores.is_empty(), "no scores: write `scores`, or `model` and `score`");
        for (model, score) in &scores {
            ensure!((0.0..=1.0).contains(score), "the score of {model:?} is {score}: write 0 to 1");
        }
        Ok((self.prompt, scores))
    }
}

/// Reads the text of a file of one's own data.
pub(crate) fn own(text: &str) -> Result<Set> {
    let mut prompts: BTreeMap<String, BTreeMap<String, Vec<f32>>> = BTreeMap::new();
    let mut models = BTreeSet::new();
    for (at, line) in text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty()) {
        let place = || format!("line {}", at + 1);
        let line: Line = serde_json::from_str(line).with_context(place)?;
        let (prompt, scores) = line.scores().with_context(place)?;
        let of_prompt = prompts.entry(prompt).or_default();
        for (model, score) in scores {
            of_prompt.entry(model.clone()).or_default().push(score);
            models.insert(model);
        }
    }
    ensure!(prompts.len() >= FEWEST, "{} distinct prompts: bring at least {FEWEST}", prompts.len());
    let models: Vec<String> = models.into_iter().collect();
    let mean = |scores: &Vec<f32>| scores.iter().sum::<f32>() / scores.len() as f32;
    let rows = prompts.into_iter().map(|(prompt, scores)| Row {
        scores: models.iter().map(|model| scores.get(model).map(mean)).collect(),
        group: prompt.clone(),
        prompt,
    });
    Ok(Set { name: "own".to_owned(), rows: rows.collect(), models })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_of_a_prompt_are_taken_together() {
        let mut text = String::from("{\"prompt\": \"p\", \"scores\": {\"a\": 1, \"b\": 0.5}}\n\n");
        text.push_str("{\"prompt\": \"p\", \"model\": \"a\", \"score\": 0}\n");
        for at in 1..FEWEST {
            text.push_str(&format!("{{\"prompt\": \"{at}\", \"model\": \"b\", \"score\": 1}}\n"));
        }
        let set = own(&text).unwrap();
        assert_eq!(set.models, ["a", "b"]);
        assert_eq!(set.rows.len(), FEWEST);
        let row = set.rows.iter().find(|row| row.prompt == "p").unwrap();
        assert_eq!(row.scores, [Some(0.5), Some(0.5)]);
        assert_eq!(set.rows[0].scores, [None, Some(1.0)]);
    }

    #[test]
    fn faults_name_line_and_remedy() {
        let fault = |line: &str, expected: &str| {
            let error = format!("{:#}", own(&format!("\n{line}")).unwrap_err());
            assert!(error.starts_with("line 2: ") && error.contains(expected), "{error}");
        };
        fault(r#"{"prompt": "p"}"#, "write `scores`, or `model` and `score`");
        fault(r#"{"prompt": "p", "model": "a"}"#, "go together");
        fault(r#"{"prompt": "p", "model": "a", "score": 2}"#, "is 2: write 0 to 1");
        fault(r#"{"prompt": "p", "rating": 2}"#, "unknown field `rating`");
        let few = own(r#"{"prompt": "p", "model": "a", "score": 1}"#).unwrap_err();
        assert!(few.to_string().contains("bring at least"), "{few}");
    }
}
