//! How well each unit of the passages answers a question.

use std::collections::{BTreeMap, BTreeSet};

use gusset_types::Passage;
use unicode_segmentation::UnicodeSegmentation;

use super::units::{Unit, units};

/// Saturation of a term's frequency, and how far length is held against a unit: BM25's usual k1, and a b below its usual 0.75,
/// since a long sentence answers as well as a short one.
const K1: f32 = 1.2;
const B: f32 = 0.4;

/// Weight of a unit that shares no word with the question, so that a question in other words than the passages' still gets
/// the beginning of the nearest one.
const FLOOR: f32 = 0.05;

/// A question in a document repeats the asker's words and answers nothing.
const QUESTION_FACTOR: f32 = 0.3;

/// A unit that holds the whole question, word for word, tells of its being asked (a command to copy, a list of questions) and is quoted only if there
/// is nothing else. A question of fewer words than this is a phrase, which an answer may well repeat.
const ECHO_WORDS: usize = 4;

/// Fewer words than this are a caption or a remnant.
const SHORT_WORDS: usize = 4;
const SHORT_FACTOR: f32 = 0.5;

/// A unit that may be quoted.
#[derive(Debug)]
pub(super) struct Candidate {
    /// Index of its passage.
    pub(super) passage: usize,
    /// Index of the unit in the passage.
    pub(super) position: usize,
    pub(super) text: String,
    pub(super) weight: f32,
}

/// Every unit of every passage, heaviest first; among equals, in the order of the search and of the text. Sums run over ordered
/// maps: a float's last bit must not decide which of two equal sentences is quoted.
pub(super) fn rank(question: &str, passages: &[Passage]) -> Vec<Candidate> {
    let question_terms = terms(question);
    let asked: BTreeSet<String> = question_terms.iter().cloned().collect();
    let units: Vec<(usize, usize, Unit, Vec<String>)> = passages
        .iter()
        .enumerate()
        .flat_map(|(passage, found)| {
            units(&found.text).into_iter().enumerate().map(move |(at, unit)| (passage, at, unit))
        })
        .map(|(passage, at, unit)| {
            let terms = terms(&unit.text);
            (passage, at, unit, terms)
        })
        .collect();
    let rarity = rarities(&asked, units.iter().map(|(.., terms)| terms.as_slice()));
    let total: f32 = rarity.values().sum::<f32>().max(f32::MIN_POSITIVE);
    let words: usize = units.iter().map(|(.., terms)| terms.len()).sum();
    let mean = (words as f32 / units.len().max(1) as f32).max(1.0);
    let nearest = passages.iter().map(|passage| passage.score).fold(0.0, f32::max);

    let mut ranked: Vec<Candidate> = units
        .into_iter()
        .map(|(passage, position, unit, terms)| {
            let mut weight = FLOOR + overlap(&rarity, &terms, mean) / total;
            weight *= passages.get(passage).map_or(0.0, |passage| closeness(passage.score, nearest));
            if unit.is_question() {
                weight *= QUESTION_FACTOR;
            }
            if holds(&terms, &question_terms) {
                weight = 0.0;
            }
            if terms.len() < SHORT_WORDS {
                weight *= SHORT_FACTOR;
            }
            Candidate { passage, position, text: unit.text, weight }
        })
        .collect();
    ranked.sort_by(|a, b| b.weight.total_cmp(&a.weight));
    ranked
}

/// BM25 of one unit, its collection being the units at hand.
fn overlap(rarity: &BTreeMap<&str, f32>, terms: &[String], mean: f32) -> f32 {
    let mut frequency: BTreeMap<&str, f32> = BTreeMap::new();
    for term in terms.iter().filter(|term| rarity.contains_key(term.as_str())) {
        *frequency.entry(term).or_default() += 1.0;
    }
    let length = K1 * (1.0 - B + B * terms.len() as f32 / mean);
    let saturated =
        |(term, tf): (&&str, &f32)| rarity.get(*term).unwrap_or(&0.0) * tf * (K1 + 1.0) / (tf + length);
    frequency.iter().map(saturated).sum()
}

/// Inverse frequency of each term of the question among the units.
fn rarities<'a, 'b>(
    asked: &'a BTreeSet<String>,
    units: impl Iterator<Item = &'b [String]>,
) -> BTreeMap<&'a str, f32> {
    let mut holders: BTreeMap<&str, f32> = asked.iter().map(|term| (term.as_str(), 0.0)).collect();
    let mut count = 0.0;
    for terms in units {
        count += 1.0;
        for term in terms.iter().map(String::as_str).collect::<BTreeSet<_>>() {
            if let Some(holders) = holders.get_mut(term) {
                *holders += 1.0;
            }
        }
    }
    let rarity = |holders: f32| (1.0 + (count - holders + 0.5) / (holders + 0.5)).ln();
    holders.into_iter().map(|(term, holders)| (term, rarity(holders))).collect()
}

/// Whether a unit holds the question word for word.
fn holds(unit: &[String], question: &[String]) -> bool {
    question.len() >= ECHO_WORDS && unit.windows(question.len()).any(|window| window == question)
}

/// A passage's similarity against that of the nearest one, 0.0 to 1.0.
fn closeness(score: f32, nearest: f32) -> f32 {
    if nearest > 0.0 { (score / nearest).clamp(0.0, 1.0) } else { 1.0 }
}

/// Words in lower case, their English plurals undone (the S stemmer of Harman, *How effective is suffixing?*, 1991).
fn terms(text: &str) -> Vec<String> {
    text.unicode_words().map(|word| singular(word.to_lowercase())).collect()
}

fn singular(mut word: String) -> String {
    let ends = |suffix: &str, unless: &[&str]| {
        word.ends_with(suffix) && !unless.iter().any(|other| word.ends_with(other))
    };
    if word.len() < 4 {
        return word;
    }
    if ends("ies", &["eies", "aies"]) {
        word.truncate(word.len() - 3);
        word.push('y');
    } else if ends("s", &["us", "ss", "aes", "ees", "oes"]) {
        word.pop();
    }
    word
}
