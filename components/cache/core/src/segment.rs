//! The questions of one neighbourhood: a value that bounds what a lookup reads.
//!
//! A line may outlive its answer, which was evicted or is over its time; then the answer is not found, and nothing is served.

use serde::{Deserialize, Serialize};

use crate::{Policy, vector};

/// Questions of one neighbourhood, oldest first. Those of different contexts may share one; a lookup sees its own only.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Segment<'a> {
    /// Of the model that made the vectors. Another's are forgotten.
    fingerprint: &'a str,
    #[serde(borrow)]
    lines: Vec<Line<'a>>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Line<'a> {
    /// What must be equal beside the question.
    pub(crate) context: [u8; 32],
    /// Of the answer.
    pub(crate) exact: [u8; 32],
    pub(crate) until_ms: u64,
    #[serde(borrow)]
    pub(crate) vector: &'a [u8],
    pub(crate) question: &'a str,
}

/// A question found.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Near {
    pub(crate) exact: [u8; 32],
    pub(crate) question: String,
    pub(crate) similarity: f64,
}

/// Contexts are spread over so many values of a neighbourhood, so that many conversations don't crowd one.
pub(crate) const PARTS: u8 = 4;

/// Longest question that takes part, in bytes: longer ones are documents with a question in them, which no cosine tells apart.
pub(crate) const LONGEST: usize = 1024;

/// Lines of a value: a route with evenly spread questions keeps all of its answers findable up to eight times over …
const ROOM: usize = 128;
/// … and no lookup decodes more than this, 128 lines of about 600 bytes, from one.
const MOST: usize = 128;
/// The fewest: below this a neighbourhood forgets before anybody asks again.
const FEWEST: usize = 16;

impl<'a> Segment<'a> {
    pub(crate) fn add(&mut self, fingerprint: &'a str, line: Line<'a>, policy: &Policy, now_ms: u64) {
        if self.fingerprint != fingerprint {
            *self = Self { fingerprint, lines: Vec::new() };
        }
        self.lines.retain(|other| other.until_ms > now_ms && other.exact != line.exact);
        self.lines.push(line);
        let room = (policy.max_entries as usize / ROOM).clamp(FEWEST, MOST);
        let excess = self.lines.len().saturating_sub(room);
        self.lines.drain(..excess);
    }

    /// The questions of a context that are at least so near, in no order.
    pub(crate) fn near(
        &self,
        fingerprint: &str,
        context: &[u8; 32],
        vector: &[i8],
        least: f64,
        now_ms: u64,
    ) -> impl Iterator<Item = Near> {
        let lines = if self.fingerprint == fingerprint { self.lines.as_slice() } else { &[] };
        let live = lines.iter().filter(move |line| line.context == *context && line.until_ms > now_ms);
        live.filter_map(move |line| {
            let similarity = vector::cosine(vector, line.vector);
            (similarity >= least).then_some(Near {
                exact: line.exact,
                question: line.question.to_owned(),
                similarity,
            })
        })
    }
}
