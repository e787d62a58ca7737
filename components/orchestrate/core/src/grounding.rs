//! Whether what an answer says is in what it cites: its sentences with the passages that they cite, and what comes of judging them.

use std::collections::BTreeSet;

use gusset_types::Passage;
use unicode_segmentation::UnicodeSegmentation;

use crate::citations::Scanner;

/// Sentences of an answer that are judged: the first of a long one. Judging one costs as much as reranking the passages that it cites.
const MAX_STATEMENTS: usize = 8;

/// Bytes of an answer that are kept for it: more than so many sentences take.
const ENOUGH: usize = 16 * 1024;

/// A sentence of fewer words says nothing that could be supported: `In short:`.
const LEAST_WORDS: usize = 4;

/// The probability from which a statement counts as supported, as `gusset:retrieve` has it.
const LEAST: f32 = 0.5;

/// A sentence of an answer, and the passages that it cites.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Statement {
    /// Its bytes in the answer.
    pub start: usize,
    /// Its end there.
    pub end: usize,
    /// Without the marks of its citations, and without a full stop that follows one.
    pub text: String,
    /// Numbers of passages, ascending; a passage's number is its rank, from 1.
    pub cites: Vec<u32>,
}

/// The text of an answer that streams by, as far as it will be judged.
#[derive(Debug, Default)]
pub struct Transcript(String);

impl Transcript {
    /// Takes the next piece down, until there is enough.
    pub fn push(&mut self, text: &str) {
        if self.0.len() < ENOUGH {
            self.0.push_str(text);
        }
    }

    /// What was taken down.
    #[must_use]
    pub fn into_text(self) -> String {
        self.0
    }
}

/// How much of an answer its citations support.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Groundedness {
    /// Sentences that say something, as far as they were judged or cite nothing.
    pub sentences: u32,
    /// Those of them that cite a passage, themselves or by the next citation of their paragraph, and were judged.
    pub cited: u32,
    /// Those whose passages support them.
    pub supported: u32,
    /// For each judged sentence in order its place in the answer in bytes, and the probability that it is supported.
    pub judged: Vec<(usize, f32)>,
}

/// The sentences of an answer that say something.
#[must_use]
pub fn statements(answer: &str, passages: usize) -> Vec<Statement> {
    let mut statements = Vec::new();
    for (start, paragraph) in paragraphs(answer) {
        let first = statements.len();
        for (at, sentence) in sentences(paragraph) {
            let mut scanner = Scanner::default();
            scanner.push(sentence);
            let cites = scanner.finish(passages);
            let text = without_marks(sentence);
            let start = start + at;
            if text.unicode_words().count() >= LEAST_WORDS {
                statements.push(Statement { start, end: start + sentence.len(), text, cites });
            } else if let (false, Some(last)) =
                (cites.is_empty(), statements.get_mut(first..).and_then(<[_]>::last_mut))
            {
                // A mark behind the full stop belongs to what is before it.
                let all: BTreeSet<u32> = last.cites.iter().copied().chain(cites).collect();
                last.cites = all.into_iter().collect();
            }
        }
        // One mark at the end of a paragraph stands for the sentences before it.
        let mut next: Vec<u32> = Vec::new();
        for statement in statements.get_mut(first..).unwrap_or_default().iter_mut().rev() {
            if statement.cites.is_empty() {
                statement.cites.clone_from(&next);
            } else {
                next.clone_from(&statement.cites);
            }
        }
    }
    statements
}

/// Those that can be judged, each with the texts that it cites.
#[must_use]
pub fn claims<'a>(statements: &'a [Statement], passages: &'a [Passage]) -> Vec<(&'a Statement, Vec<String>)> {
    let cited = |number: &u32| passages.get(usize::try_from(*number).ok()?.checked_sub(1)?);
    let claims = statements.iter().filter(|statement| !statement.cites.is_empty()).take(MAX_STATEMENTS);
    claims
        .map(|statement| {
            let texts = statement.cites.iter().filter_map(cited).map(said).collect();
            (statement, texts)
        })
        .collect()
}

/// What came of it; `None` if the answer cites nothing: then there is nothing to hold it to.
#[must_use]
pub fn groundedness(statements: &[Statement], judged: &[(usize, f32)]) -> Option<Groundedness> {
    let count = |count: usize| u32::try_from(count).unwrap_or(u32::MAX);
    (!judged.is_empty()).then(|| Groundedness {
        sentences: count(
            judged.len() + statements.iter().filter(|statement| statement.cites.is_empty()).count(),
        ),
        cited: count(judged.len()),
        supported: count(judged.iter().filter(|(_, support)| *support >= LEAST).count()),
        judged: judged.to_vec(),
    })
}

impl Groundedness {
    /// Share of the sentences that are supported by what they cite.
    #[must_use]
    pub fn share(&self) -> f32 {
        self.supported as f32 / self.sentences.max(1) as f32
    }
}

/// A passage as it can be cited: its title and headings are part of what it says.
fn said(passage: &Passage) -> String {
    let above = std::iter::once(&passage.title).chain(&passage.headings).filter(|text| !text.is_empty());
    let mut said: Vec<&str> = above.map(String::as_str).collect();
    said.push(&passage.text);
    said.join("\n")
}

/// Lines with text in them, with their places.
fn paragraphs(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let mut start = 0;
    text.split_inclusive('\n').map(move |line| {
        let at = start;
        start += line.len();
        (at, line)
    })
}

/// Sentences with their places; a citation behind the full stop goes with the sentence before it.
fn sentences(paragraph: &str) -> Vec<(usize, &str)> {
    let mut found: Vec<(usize, &str)> = Vec::new();
    for (at, sentence) in paragraph.split_sentence_bound_indices() {
        let lead = sentence.len() - marks(sentence).len();
        match found.last_mut() {
            Some((start, last)) if lead > 0 => {
                if let (Some(longer), Some(rest)) = (paragraph.get(*start..at + lead), sentence.get(lead..)) {
                    *last = longer;
                    if !rest.is_empty() {
                        found.push((at + lead, rest));
                    }
                }
            }
            _ => found.push((at, sentence)),
        }
    }
    found
}

/// What follows the citation marks that a text begins with.
fn marks(text: &str) -> &str {
    let mut rest = text;
    while let Some((mark, after)) = rest.strip_prefix('[').and_then(|inner| inner.split_once(']')) {
        if mark.is_empty() || !mark.chars().all(|c| c.is_ascii_digit() || c == ',' || c == ' ') {
            break;
        }
        rest = after.trim_start_matches([' ', '.']);
    }
    rest
}

fn without_marks(sentence: &str) -> String {
    let mut text = String::with_capacity(sentence.len());
    let mut rest = sentence;
    while let Some(at) = rest.find('[') {
        let (before, from) = rest.split_at(at);
        let after = marks(from);
        text.push_str(if after.len() < from.len() { before.trim_end() } else { before });
        if after.len() == from.len() {
            text.push('[');
            rest = from.get(1..).unwrap_or_default();
        } else {
            if after.starts_with(char::is_alphanumeric) {
                text.push(' ');
            }
            rest = after;
        }
    }
    text.push_str(rest);
    text.trim_matches(|c: char| c.is_whitespace() || matches!(c, '*' | '-' | '#' | '•')).to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(answer: &str) -> Vec<(String, Vec<u32>)> {
        statements(answer, 3).into_iter().map(|statement| (statement.text, statement.cites)).collect()
    }

    #[test]
    fn sentences_have_their_citations() {
        let found = read(
            "Sure!\nThe bike has a warranty of two years [1]. It covers the battery too. [2][3] Nothing else is said [9].\n\n- Register it in Harlow within 30 days. It is free of charge [1, 2].",
        );
        let expected: [(&str, &[u32]); 5] = [
            ("The bike has a warranty of two years", &[1]),
            ("It covers the battery too.", &[2, 3]),
            ("Nothing else is said", &[]),
            ("Register it in Harlow within 30 days.", &[1, 2]),
            ("It is free of charge", &[1, 2]),
        ];
        let found: Vec<(&str, &[u32])> =
            found.iter().map(|(text, cites)| (text.as_str(), cites.as_slice())).collect();
        assert_eq!(found, expected);
    }

    #[test]
    fn places_are_those_of_the_answer() {
        let answer = "Größe is given here [1].\nThe second line says more [2].";
        for statement in statements(answer, 2) {
            assert!(answer[statement.start..statement.end].contains(&statement.text[..10]), "{statement:?}");
        }
    }

    #[test]
    fn the_share_counts_what_cites_nothing() {
        let said = statements(
            "It lasts for two years [1]. It weighs thirteen kilograms [2]. The moon is made of cheese.",
            2,
        );
        let judged = [(0, 0.9), (28, 0.2)];
        let found = groundedness(&said, &judged).unwrap();
        assert_eq!((found.sentences, found.cited, found.supported), (3, 2, 1));
        assert_eq!(found.share(), 1.0 / 3.0);
        assert_eq!(groundedness(&said, &[]), None);
    }
}
