//! A question that asks several things, as its parts.

use super::clean::sentences;
use super::words::{Word, words};

/// Parts, at most.
const MAX_PARTS: usize = 3;

/// Words of content that a part has at least, or it is not one.
const PART_WORDS: usize = 1;

/// The parts of a question; none if it asks for one thing.
pub(super) fn parts(question: &str) -> Vec<String> {
    let asked: Vec<&str> =
        sentences(question).into_iter().filter(|sentence| sentence.trim_end().ends_with('?')).collect();
    let parts: Vec<String> = match asked.as_slice() {
        [] => joined(question),
        asked => asked.iter().flat_map(|sentence| joined(sentence)).collect(),
    };
    if parts.len() < 2 { compared(question) } else { parts.into_iter().take(MAX_PARTS).collect() }
}

/// Whether a part is a question, and not only what one is about.
pub(super) fn asks(part: &str) -> bool {
    words(part).iter().any(|word| word.is_interrogative() || word.is_auxiliary())
}

/// Parts that an `and` joins: `what is …, and how does …`.
fn joined(sentence: &str) -> Vec<String> {
    let words = words(sentence);
    let mut parts = Vec::new();
    let mut start = 0;
    for (at, word) in words.iter().enumerate() {
        let begins = |at: usize| words.get(at).is_some_and(|next| next.is_interrogative());
        // `in which`, `for whom`.
        let prefixed = words.get(at + 1).is_some_and(|next| next.among(" in on at for by to from with of "))
            && begins(at + 2);
        let asks = begins(at + 1) || prefixed || inverted(&words, at + 1);
        let own = words.get(..at).unwrap_or_default().iter().filter(|word| word.at >= start);
        let enough = own.filter(|word| word.is_content()).count() >= PART_WORDS;
        if (word.is("and") || word.is("or")) && asks && enough && parts.len() + 1 < MAX_PARTS {
            parts.extend(trimmed(sentence.get(start..word.at)));
            start = word.at + word.text.len();
        }
    }
    parts.extend(trimmed(sentence.get(start..)));
    parts
}

/// `is it …`, `does the …`: a verb before its subject, where a question begins.
fn inverted(words: &[Word<'_>], at: usize) -> bool {
    let subject = " it they he she you i we the a an this that there ";
    words.get(at).is_some_and(|verb| verb.is_auxiliary())
        && words.get(at + 1).is_some_and(|next| next.among(subject))
}

/// `difference between A and B`: A and B.
fn compared(question: &str) -> Vec<String> {
    let words = words(question);
    // A statement may speak of a difference without asking for it.
    let asks =
        words.first().is_some_and(|word| word.is_interrogative() || word.among(" compare explain describe "));
    if !asks && !question.contains('?') {
        return Vec::new();
    }
    let Some(between) = words.iter().position(|word| word.is("between")) else { return Vec::new() };
    let compares = words
        .iter()
        .take(between)
        .any(|word| word.among(" difference differences compare comparison distinction differ "));
    let and = words.iter().skip(between + 1).find(|word| word.is("and"));
    let (Some(between), Some(and)) = (words.get(between).filter(|_| compares), and) else {
        return Vec::new();
    };
    let sides =
        [question.get(between.at + between.text.len()..and.at), question.get(and.at + and.text.len()..)];
    let sides: Vec<String> = sides.into_iter().filter_map(trimmed).collect();
    if sides.len() == 2 { sides } else { Vec::new() }
}

fn trimmed(part: Option<&str>) -> Option<String> {
    let part = part?.trim_matches(|c: char| c.is_whitespace() || c == ',' || c == ';');
    words(part).iter().any(|word| word.is_content()).then(|| part.to_owned())
}
