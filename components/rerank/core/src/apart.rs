//! Passages and queries read apart: for whoever compares the same passages with many queries, or measures.
//!
//! A [`crate::Session`] gives the same terms; it reads a passage and forgets it.

use gusset_embed::Embedder;

use crate::error::Error;
use crate::format::Head;
use crate::head::{Query, Text};
use crate::late::{self, inside};
use crate::score::Terms;
use crate::steps::signed;

/// A late-interaction reranker, taken apart.
#[derive(Clone, Copy)]
pub struct Apart<'a> {
    pub(crate) model: &'a late::Model,
    pub(crate) embedder: &'a Embedder,
}

/// A passage as it is compared: 128 values a token, and the embedder's vector.
#[derive(Debug, Clone)]
pub struct ReadPassage {
    text: Text,
    pooled: Vec<f32>,
}

/// A query as it is compared.
#[derive(Debug, Clone)]
pub struct ReadQuery(pub(crate) Query);

impl<'a> Apart<'a> {
    /// Reads a passage with all of the model.
    ///
    /// # Errors
    /// [`Error::Encode`], which no text can cause.
    pub fn read_passage(&self, passage: &str) -> Result<ReadPassage, Error> {
        let head = self.head();
        self.read(passage, head.passage_tokens, |ids, states, pooled| ReadPassage {
            text: head.text(ids, states),
            pooled,
        })
    }

    /// Reads a query.
    ///
    /// # Errors
    /// As [`Self::read_passage`].
    pub fn read_query(&self, query: &str) -> Result<ReadQuery, Error> {
        let head = self.head();
        self.read(query, head.query_tokens, |ids, states, pooled| {
            ReadQuery(Query { weights: head.weights(ids, states), text: head.text(ids, states), pooled })
        })
    }

    /// What the score of a pair is made of.
    #[must_use]
    pub fn terms(&self, query: &ReadQuery, passage: &ReadPassage) -> Terms {
        let cosine = Some(crate::vector::dot(&query.0.pooled, &passage.pooled));
        Terms { cosine, ..Terms::new(self.head(), &query.0, &passage.text) }
    }

    /// The head: what turns terms into a score.
    #[must_use]
    pub fn head(&self) -> &'a Head {
        &self.model.head
    }

    /// `make` is given tokens, their states between the layers, and the pooled vector; no special tokens.
    fn read<T>(
        &self,
        text: &str,
        tokens: usize,
        make: impl FnOnce(&[u32], &[f32], Vec<f32>) -> T,
    ) -> Result<T, Error> {
        let stages = &self.model.stages;
        let tokens = tokens.clamp(2, self.embedder.model().max_tokens);
        let ids = self.embedder.tokenizer().encode(text, tokens).ids;
        let ends = [ids.len() as i32];
        let states = stages.lower(&signed(&ids), &ends)?;
        let pooled = stages.upper(&states, &ends)?;
        let (ids, inner) = inside(&ids, &states, stages.hidden());
        Ok(make(ids, inner, pooled))
    }
}
