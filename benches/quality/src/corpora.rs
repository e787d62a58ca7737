//! Texts with questions as sets: each text is one, its passages are runs of whole sentences.

use std::collections::HashMap;

use crate::set::{Query, Set};
use crate::texts::{Corpus, Question, Texts};

/// Words of a passage, at most, unless a single sentence has more.
const WORDS: usize = 120;

/// A set for each text; a passage is relevant to a question if it holds a part of what answers it.
#[must_use]
pub fn sets(texts: &Texts) -> Vec<Set> {
    let set = |(corpus, at): (&Corpus, usize)| {
        let passages = passages(&corpus.text);
        let id = |at: usize| format!("{}#{at}", corpus.name);
        let questions = texts.questions.iter().filter(|question| question.corpus == at);
        let query = |question: &Question| {
            let held = |&(start, end): &(usize, usize)| {
                question.references.iter().any(|reference| reference.start < end && start < reference.end)
            };
            let holding = passages.iter().enumerate().filter(|(_, (range, _))| held(range));
            let relevant: HashMap<String, f64> = holding.map(|(at, _)| (id(at), 1.0)).collect();
            Query { text: question.text.clone(), relevant }
        };
        let queries: Vec<Query> = questions.map(query).filter(|query| !query.relevant.is_empty()).collect();
        let asked = queries.len();
        let documents = passages.iter().enumerate().map(|(at, (_, text))| (id(at), text.clone())).collect();
        Set { name: corpus.name.clone(), documents, queries, asked }
    };
    texts.corpora.iter().zip(0..).map(set).collect()
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
