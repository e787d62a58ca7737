//! The public sets of `shared/data/routing`.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{BufRead, BufReader};
use std::path::Path;

use anyhow::{Context, Result, ensure};
use flate2::read::GzDecoder;
use serde::Deserialize;
use serde::de::DeserializeOwned;

use super::{Row, Set};

#[derive(Deserialize)]
struct Multi {
    question: String,
    scores: BTreeMap<String, f32>,
}

#[derive(Deserialize)]
struct Mmlu {
    prompt: String,
    subject: String,
    weak: bool,
    strong: bool,
}

/// Nine models from 7 to 70 billion parameters (ulab-uiuc/LLMRouter, MIT). Groups are the questions.
pub(crate) fn nine(data: &Path) -> Result<Set> {
    let rows: Vec<Multi> = lines(&data.join("routing/multi-model-train.jsonl.gz"))?;
    let models: Vec<String> =
        rows.first().map(|row| row.scores.keys().cloned().collect()).unwrap_or_default();
    let rows = rows.into_iter().map(|row| Row {
        scores: models.iter().map(|model| row.scores.get(model).copied()).collect(),
        group: row.question.clone(),
        prompt: row.question,
    });
    let set = Set { name: "nine".to_owned(), rows: rows.collect(), models };
    ensure!(!set.rows.is_empty(), "the set of nine models is empty");
    Ok(set)
}

/// Mixtral 8x7B and GPT-4 on MMLU (lm-sys/RouteLLM, Apache-2.0). Groups are the subjects.
pub(crate) fn pair(data: &Path) -> Result<Set> {
    let rows: Vec<Mmlu> = lines(&data.join("routing/mmlu.jsonl.gz"))?;
    let score = |right: bool| Some(if right { 1.0 } else { 0.0 });
    let rows = rows.into_iter().map(|row| Row {
        prompt: row.prompt,
        group: row.subject,
        scores: vec![score(row.weak), score(row.strong)],
    });
    let models = vec!["mixtral-8x7b-instruct-v0.1".to_owned(), "gpt-4".to_owned()];
    let set = Set { name: "mmlu".to_owned(), models, rows: rows.collect() };
    ensure!(!set.rows.is_empty(), "the MMLU set is empty");
    Ok(set)
}

fn lines<T: DeserializeOwned>(path: &Path) -> Result<Vec<T>> {
    let file = File::open(path).with_context(|| format!("opening {}", path.display()))?;
    let parse = |(at, line): (usize, std::io::Result<String>)| {
        serde_json::from_str(&line?).with_context(|| format!("{}, line {}", path.display(), at + 1))
    };
    BufReader::new(GzDecoder::new(file)).lines().enumerate().map(parse).collect()
}
