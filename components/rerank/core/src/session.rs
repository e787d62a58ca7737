//! One query and its passages, scored step by step.
//!
//! First every passage goes through the lower layers, then the best of them through the upper ones. Each step is one run of one of both
//! over a bounded number of tokens, so a caller with a deadline stops between two steps and has the best that could be known by then.

use std::ops::Range;

use crate::apart::ReadQuery;
use crate::error::Error;
use crate::head::{Query, Text};
use crate::reranker::{Options, Reranker};
use crate::score::Terms;

/// Tokens of a step, at most, unless a single passage has more. With six layers a step is some ten milliseconds of one core.
const TOKENS_A_STEP: usize = 256;

/// How far a passage has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Depth {
    /// Not read yet: its score says nothing.
    Unread,
    /// Through the lower layers.
    Coarse,
    /// Through all of them.
    Full,
}

/// A passage's score.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Score {
    /// Higher is better; scores of one query compare, whatever their depths, except with those that are unread.
    pub value: f32,
    /// That the passage answers the query, by the curve that was fitted in training: 0 to 1; 0 for what is unread.
    pub probability: f32,
    /// What the score rests on.
    pub depth: Depth,
    /// Whether the passage's end was cut off.
    pub truncated: bool,
}

/// A reranking that is under way.
pub struct Session<'a> {
    reranker: &'a Reranker,
    query: Query,
    passages: Vec<Passage>,
    /// Passages read so far.
    read: usize,
    /// Those that go on, best first, once all are read; how many of them have.
    chosen: Option<Vec<usize>>,
    refined: usize,
    refine: usize,
}

struct Passage {
    ids: Vec<u32>,
    truncated: bool,
    /// Between the layers; empty before and after.
    states: Vec<f32>,
    terms: Option<Terms>,
}

impl<'a> Session<'a> {
    pub(crate) fn new(
        reranker: &'a Reranker,
        query: &str,
        passages: &[&str],
        options: &Options,
    ) -> Result<Self, Error> {
        let model = reranker.model();
        let longest = options.passage_tokens.unwrap_or(model.passage_tokens).min(model.passage_tokens);
        let passages: Vec<Passage> = passages
            .iter()
            .map(|passage| {
                let encoding = reranker.encode(passage, longest);
                let (ids, truncated) = (encoding.ids, encoding.truncated);
                Passage { ids, truncated, states: Vec::new(), terms: None }
            })
            .collect();
        let ReadQuery(query) = reranker.read_query(query)?;
        let refine = options.refine.unwrap_or(reranker.head.refine);
        Ok(Self { reranker, query, passages, read: 0, chosen: None, refined: 0, refine })
    }

    /// Does the next piece of work; whether there is more.
    ///
    /// # Errors
    /// [`Error::Encode`], which no text can cause.
    pub fn step(&mut self) -> Result<bool, Error> {
        if self.read < self.passages.len() {
            self.read_next()?;
        } else {
            self.refine_next()?;
        }
        let chosen = self.chosen.as_ref().map_or(self.refine.min(self.passages.len()), Vec::len);
        Ok(self.read < self.passages.len() || self.refined < chosen)
    }

    /// Scores as they stand, in the order of the passages.
    pub fn scores(&self) -> Vec<Score> {
        let score = |passage: &Passage| {
            let depth = match passage.terms {
                None => Depth::Unread,
                Some(Terms { cosine: None, .. }) => Depth::Coarse,
                Some(Terms { cosine: Some(_), .. }) => Depth::Full,
            };
            let sum = passage.terms.map(|terms| terms.sum(&self.reranker.head));
            Score {
                value: sum.unwrap_or(f32::MIN),
                probability: sum.map_or(0.0, |sum| self.reranker.probability(sum)),
                depth,
                truncated: passage.truncated,
            }
        };
        self.passages.iter().map(score).collect()
    }

    /// What each score is made of, as it stands; `None` for what is unread.
    pub fn terms(&self) -> Vec<Option<Terms>> {
        self.passages.iter().map(|passage| passage.terms).collect()
    }

    fn read_next(&mut self) -> Result<(), Error> {
        let rest = self.passages.get(self.read..).unwrap_or_default();
        let batch = self.read..self.read + fill(rest.iter().map(|passage| passage.ids.len()));
        let reranker = self.reranker;
        let (hidden, head) = (reranker.stages.hidden(), &reranker.head);
        let (mut ids, mut ends) = (Vec::new(), Vec::new());
        for passage in self.passages.get(batch.clone()).unwrap_or_default() {
            ids.extend(signed(&passage.ids));
            ends.push(ids.len() as i32);
        }
        let states = reranker.stages.lower(&ids, &ends)?;
        let mut rest = states.as_slice();
        for passage in self.passages.get_mut(batch.clone()).unwrap_or_default() {
            let (own, others) = rest.split_at(passage.ids.len() * hidden);
            rest = others;
            let (inner_ids, inner) = inside(&passage.ids, own, hidden);
            let text: Text = head.text(inner_ids, inner);
            passage.terms = Some(Terms::new(head, &self.query, &text));
            passage.states = own.to_vec();
        }
        self.read = batch.end;
        Ok(())
    }

    fn refine_next(&mut self) -> Result<(), Error> {
        let reranker = self.reranker;
        let hidden = reranker.stages.hidden();
        let chosen = self.chosen.get_or_insert_with(|| best(&self.passages, self.refine, reranker));
        let rest = chosen.get(self.refined..).unwrap_or_default();
        let count = fill(rest.iter().filter_map(|&at| Some(self.passages.get(at)?.ids.len())));
        let batch = rest.get(..count).unwrap_or_default();
        if batch.is_empty() {
            return Ok(());
        }
        let (mut states, mut ends) = (Vec::new(), Vec::new());
        for &at in batch {
            if let Some(passage) = self.passages.get_mut(at) {
                // Nobody needs them a third time.
                states.append(&mut passage.states);
                ends.push((states.len() / hidden) as i32);
            }
        }
        let pooled = reranker.stages.upper(&states, &ends)?;
        for (&at, vector) in batch.iter().zip(pooled.chunks_exact(hidden)) {
            if let Some(terms) = self.passages.get_mut(at).and_then(|passage| passage.terms.as_mut()) {
                terms.cosine = Some(crate::vector::dot(&self.query.pooled, vector));
            }
        }
        self.refined += batch.len();
        Ok(())
    }
}

/// The passages with the highest scores so far, best first.
fn best(passages: &[Passage], count: usize, reranker: &Reranker) -> Vec<usize> {
    let score = |at: &usize| {
        let terms = passages.get(*at).and_then(|passage| passage.terms);
        terms.map_or(f32::MIN, |terms| terms.lower(&reranker.head))
    };
    let mut order: Vec<usize> = (0..passages.len()).collect();
    order.sort_by(|a, b| score(b).total_cmp(&score(a)));
    order.truncate(count);
    order
}

/// How many texts of these lengths make a step: at least one, if there is one.
fn fill(lengths: impl Iterator<Item = usize>) -> usize {
    let mut tokens = 0;
    let fits = |(at, length): &(usize, usize)| {
        tokens += length;
        *at == 0 || tokens <= TOKENS_A_STEP
    };
    lengths.enumerate().take_while(fits).count()
}

/// Ids and states without those of the first and the last token, which are special.
pub(crate) fn inside<'t>(ids: &'t [u32], states: &'t [f32], hidden: usize) -> (&'t [u32], &'t [f32]) {
    let inner: Range<usize> = 1..ids.len().saturating_sub(1).max(1);
    let values = inner.start * hidden..inner.end * hidden;
    (ids.get(inner).unwrap_or_default(), states.get(values).unwrap_or_default())
}

pub(crate) fn signed(ids: &[u32]) -> Vec<i32> {
    ids.iter().map(|&id| id as i32).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_step_takes_what_fits_and_at_least_one() {
        for (lengths, expected) in
            [(&[][..], 0), (&[1000], 1), (&[100, 100, 56, 1], 3), (&[100, 100, 57], 2), (&[1000, 1], 1)]
        {
            assert_eq!(fill(lengths.iter().copied()), expected, "{lengths:?}");
        }
    }

    #[test]
    fn special_tokens_are_outside() {
        let states = [1.0, 1.0, 2.0, 2.0, 3.0, 3.0];
        assert_eq!(inside(&[101, 7, 102], &states, 2), (&[7][..], &[2.0, 2.0][..]));
        assert_eq!(inside(&[101, 102], &states[..4], 2), (&[][..], &[][..]));
    }
}
