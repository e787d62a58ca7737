//! A cross-encoder: query and passage read together, `[CLS] query [SEP] passage [SEP]`, the second part of token type 1.
//!
//! The state of `[CLS]` goes through a linear layer and tanh (BERT's pooler, Devlin et al. 2019), and a linear layer of one output makes the
//! logit of it. Passages are read in their order, a batch a step.

mod head;

use gusset_embed::{Embedder, Pairs};

pub(crate) use head::MAGIC;
pub use head::{Head, VERSION};

use crate::error::Error;
use crate::reranker::Options;
use crate::steps::{Depth, Score, fill, signed};
use crate::vector::affine;

/// What a pair's ids have of a passage's twice: its `[CLS]` isn't read.
const SHARED: usize = 1;

/// An encoder for pairs, and its head.
pub(crate) struct Model {
    pub(crate) head: Head,
    pairs: Pairs,
}

impl Model {
    pub(crate) fn new(embedder: &Embedder, head: Head) -> Result<Self, Error> {
        if head.max_tokens > embedder.model().max_tokens {
            return Err(Error::Head("it reads more tokens than its encoder"));
        }
        let pairs = embedder.pairs(&head.second)?;
        Ok(Self { head, pairs })
    }

    /// Longest passage in tokens, special tokens included, after a query of one word.
    pub(crate) fn passage_tokens(&self) -> usize {
        const SHORTEST_QUERY: usize = 3;
        self.head.max_tokens + SHARED - SHORTEST_QUERY
    }

    /// The logit of a `[CLS]` state.
    fn logit(&self, state: &[f32]) -> f32 {
        let (pooler, classifier) = (&self.head.pooler, &self.head.classifier);
        let mut pooled = Vec::with_capacity(state.len());
        affine(&pooler.weights, &pooler.bias, state, &mut pooled);
        pooled.iter_mut().for_each(|value| *value = value.tanh());
        let mut logit = Vec::with_capacity(1);
        affine(&classifier.weights, &classifier.bias, &pooled, &mut logit);
        logit.first().copied().unwrap_or_default()
    }
}

/// A reranking that is under way.
pub(crate) struct Session<'a> {
    model: &'a Model,
    query: Vec<u32>,
    passages: Vec<Passage>,
    /// Passages read so far.
    read: usize,
}

struct Passage {
    /// With `[SEP]` and without `[CLS]`.
    ids: Vec<u32>,
    truncated: bool,
    logit: Option<f32>,
}

impl<'a> Session<'a> {
    pub(crate) fn new(
        model: &'a Model,
        embedder: &Embedder,
        query: &str,
        passages: &[&str],
        options: &Options,
    ) -> Self {
        let tokenizer = embedder.tokenizer();
        let query = tokenizer.encode(query, model.head.query_tokens).ids;
        let room = model.head.max_tokens + SHARED - query.len();
        let longest = options.passage_tokens.unwrap_or(room).clamp(2, room.max(2));
        let passages = passages.iter().map(|passage| {
            let encoding = tokenizer.encode(passage, longest);
            let ids = encoding.ids.get(SHARED..).unwrap_or_default().to_vec();
            Passage { ids, truncated: encoding.truncated, logit: None }
        });
        Self { model, query, passages: passages.collect(), read: 0 }
    }

    pub(crate) fn step(&mut self) -> Result<bool, Error> {
        let query = &self.query;
        let rest = self.passages.get_mut(self.read..).unwrap_or_default();
        let count = fill(rest.iter().map(|passage| query.len() + passage.ids.len()));
        let batch = rest.get_mut(..count).unwrap_or_default();
        if batch.is_empty() {
            return Ok(false);
        }
        let (mut ids, mut ends, mut seconds) = (Vec::new(), Vec::new(), Vec::new());
        for passage in batch.iter() {
            ids.extend(signed(query));
            seconds.push(ids.len() as i32);
            ids.extend(signed(&passage.ids));
            ends.push(ids.len() as i32);
        }
        let states = self.model.pairs.states(&ids, &ends, &seconds)?;
        for (passage, state) in batch.iter_mut().zip(states.chunks_exact(self.model.pairs.hidden())) {
            passage.logit = Some(self.model.logit(state));
        }
        self.read += count;
        Ok(self.read < self.passages.len())
    }

    pub(crate) fn scores(&self) -> Vec<Score> {
        let score = |passage: &Passage| Score {
            value: passage.logit.unwrap_or(f32::MIN),
            probability: passage.logit.map_or(0.0, |logit| 1.0 / (1.0 + (-logit).exp())),
            depth: if passage.logit.is_some() { Depth::Full } else { Depth::Unread },
            truncated: passage.truncated,
        };
        self.passages.iter().map(score).collect()
    }
}
