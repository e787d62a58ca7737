//! Texts with questions whose answers are marked in them, as sets: `chunking/corpora/*.md` and `chunking/questions.jsonl`, of which `references` give characters.

use std::collections::{BTreeMap, HashMap};
use std::path::Path;

use anyhow::Context;
use serde::Deserialize;

use crate::set::{Query, Set};

/// Words of a passage, at most, unless a single sentence has more.
const WORDS: usize = 120;

#[derive(Deserialize)]
struct Line {
    corpus: String,
    question: String,
    references: Vec<Reference>,
}

#[derive(Deserialize)]
struct Reference {
    start_index: usize,
    end_index: usize,
}

/// A set for each text, its passages runs of whole sentences; a passage is relevant to a question if it holds a part of its references.
///
/// # Errors
/// A file is missing or isn't what its name says.
pub fn read_all(folder: &Path) -> anyhow::Result<Vec<Set>> {
    let path = folder.join("questions.jsonl");
    let file = std::fs::read_to_string(&path).with_context(|| format!("reading {}", path.display()))?;
    let mut questions: BTreeMap<String, Vec<Line>> = BTreeMap::new();
    for line in file.lines() {
        let line: Line = serde_json::from_str(line).context("a question")?;
        questions.entry(line.corpus.clone()).or_default().push(line);
    }
    let mut sets = Vec::new();
    for (name, lines) in questions {
        let path = folder.join("corpora").join(format!("{name}.md"));
        let text = std::fs::read_to_string(&path).with_context(|| format!("reading {}", path.display()))?;
        let passages = passages(&text);
        let id = |at: usize| format!("{name}#{at}");
        let query = |line: Line| {
            let held = |(start, end): (usize, usize)| {
                line.references
                    .iter()
                    .any(|reference| reference.start_index < end && start < reference.end_index)
            };
            let relevant: HashMap<String, f64> = passages
                .iter()
                .enumerate()
                .filter(|(_, (range, _))| held(*range))
                .map(|(at, _)| (id(at), 1.0))
                .collect();
            Query { text: line.question, relevant }
        };
        let queries = lines.into_iter().map(query).filter(|query| !query.relevant.is_empty()).collect();
        let documents = passages.iter().enumerate().map(|(at, (_, text))| (id(at), text.clone())).collect();
        sets.push(Set { name, documents, queries });
    }
    Ok(sets)
}

/// Ranges in characters, and their texts.
fn passages(text: &str) -> Vec<((usize, usize), String)> {
    let mut passages = Vec::new();
    let (mut start, mut end, mut held) = (0, 0, String::new());
    let sentences = text.split_inclusive('\n').flat_map(|line| line.split_inclusive(". "));
    for line in sentences {
        let words = |text: &str| text.split_whitespace().count();
        if !held.is_empty() && words(&held) + words(line) > WORDS {
            passages.push(((start, end), std::mem::take(&mut held)));
            start = end;
        }
        held.push_str(line);
        end += line.chars().count();
    }
    passages.push(((start, end), held));
    passages.retain(|(_, text)| !text.trim().is_empty());
    for (_, text) in &mut passages {
        *text = text.trim().to_owned();
    }
    passages
}
