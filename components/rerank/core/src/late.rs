//! Late interaction, step by step.
//!
//! First every passage goes through the lower layers, then the best of them through the upper ones. Each step is one run of one of both
//! over a bounded number of tokens, so a caller with a deadline stops between two steps and has the best that could be known by then.

use std::ops::Range;

use gusset_embed::{Embedder, Stages};

use crate::apart::{Apart, ReadQuery};
use crate::error::Error;
use crate::format::Head;
use crate::head::{Query, Text};
use crate::reranker::Options;
use crate::score::Terms;
use crate::steps::{Depth, Score, fill, signed};

/// An encoder cut between two layers, and its head.
pub(crate) struct Model {
    pub(crate) head: Head,
    pub(crate) stages: Stages,
}

impl Model {
    pub(crate) fn new(embedder: &Embedder, head: Head) -> Result<Self, Error> {
        let stages = embedder.stages(head.lower_layers)?;
        if head.hidden() != stages.hidden() {
            return Err(Error::Head("it is for states of another length"));
        }
        Ok(Self { head, stages })
    }

    /// The logistic curve from a score to a probability.
    fn probability(&self, score: f32) -> f32 {
        1.0 / (1.0 + (-(self.head.slope * score + self.head.intercept)).exp())
    }
}

/// A reranking that is under way.
pub(crate) struct Session<'a> {
    model: &'a Model,
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
        model: &'a Model,
        embedder: &Embedder,
        query: &str,
        passages: &[&str],
        options: &Options,
    ) -> Result<Self, Error> {
        let (head, read) = (&model.head, embedder.model().max_tokens);
        let encode = |text: &str, tokens: usize| embedder.tokenizer().encode(text, tokens.clamp(2, read));
        let longest = options.passage_tokens.unwrap_or(head.passage_tokens).min(head.passage_tokens);
        let passages: Vec<Passage> = passages
            .iter()
            .map(|passage| {
                let encoding = encode(passage, longest);
                let (ids, truncated) = (encoding.ids, encoding.truncated);
                Passage { ids, truncated, states: Vec::new(), terms: None }
            })
            .collect();
        let ReadQuery(query) = Apart { model, embedder }.read_query(query)?;
        let refine = options.refine.unwrap_or(head.refine);
        Ok(Self { model, query, passages, read: 0, chosen: None, refined: 0, refine })
    }

    pub(crate) fn step(&mut self) -> Result<bool, Error> {
        if self.read < self.passages.len() {
            self.read_next()?;
        } else {
            self.refine_next()?;
        }
        let chosen = self.chosen.as_ref().map_or(self.refine.min(self.passages.len()), Vec::len);
        Ok(self.read < self.passages.len() || self.refined < chosen)
    }

    pub(crate) fn scores(&self) -> Vec<Score> {
        let score = |passage: &Passage| {
            let depth = match passage.terms {
                None => Depth::Unread,
                Some(Terms { cosine: None, .. }) => Depth::Coarse,
                Some(Terms { cosine: Some(_), .. }) => Depth::Full,
            };
            let sum = passage.terms.map(|terms| terms.sum(&self.model.head));
            Score {
                value: sum.unwrap_or(f32::MIN),
                probability: sum.map_or(0.0, |sum| self.model.probability(sum)),
                depth,
                truncated: passage.truncated,
            }
        };
        self.passages.iter().map(score).collect()
    }

    pub(crate) fn terms(&self) -> Vec<Option<Terms>> {
        self.passages.iter().map(|passage| passage.terms).collect()
    }

    fn read_next(&mut self) -> Result<(), Error> {
        let rest = self.passages.get(self.read..).unwrap_or_default();
        let batch = self.read..self.read + fill(rest.iter().map(|passage| passage.ids.len()));
        let model = self.model;
        let (hidden, head) = (model.stages.hidden(), &model.head);
        let (mut ids, mut ends) = (Vec::new(), Vec::new());
        for passage in self.passages.get(batch.clone()).unwrap_or_default() {
            ids.extend(signed(&passage.ids));
            ends.push(ids.len() as i32);
        }
        let states = model.stages.lower(&ids, &ends)?;
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
        let model = self.model;
        let hidden = model.stages.hidden();
        let chosen = self.chosen.get_or_insert_with(|| best(&self.passages, self.refine, &model.head));
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
        let pooled = model.stages.upper(&states, &ends)?;
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
fn best(passages: &[Passage], count: usize, head: &Head) -> Vec<usize> {
    let score = |at: &usize| {
        let terms = passages.get(*at).and_then(|passage| passage.terms);
        terms.map_or(f32::MIN, |terms| terms.lower(head))
    };
    let mut order: Vec<usize> = (0..passages.len()).collect();
    order.sort_by(|a, b| score(b).total_cmp(&score(a)));
    order.truncate(count);
    order
}

/// Ids and states without those of the first and the last token, which are special.
pub(crate) fn inside<'t>(ids: &'t [u32], states: &'t [f32], hidden: usize) -> (&'t [u32], &'t [f32]) {
    let inner: Range<usize> = 1..ids.len().saturating_sub(1).max(1);
    let values = inner.start * hidden..inner.end * hidden;
    (ids.get(inner).unwrap_or_default(), states.get(values).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn special_tokens_are_outside() {
        let states = [1.0, 1.0, 2.0, 2.0, 3.0, 3.0];
        assert_eq!(inside(&[101, 7, 102], &states, 2), (&[7][..], &[2.0, 2.0][..]));
        assert_eq!(inside(&[101, 102], &states[..4], 2), (&[][..], &[][..]));
    }
}
