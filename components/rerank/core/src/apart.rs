//! Passages and queries read apart: for whoever compares the same passages with many queries, or measures.
//!
//! A [`crate::Session`] gives the same terms; it reads a passage and forgets it.

use crate::error::Error;
use crate::head::{Query, Text};
use crate::reranker::Reranker;
use crate::score::Terms;
use crate::session::{inside, signed};

/// A passage as it is compared: 128 values a token, and the embedder's vector.
#[derive(Debug, Clone)]
pub struct ReadPassage {
    text: Text,
    pooled: Vec<f32>,
}

/// A query as it is compared.
#[derive(Debug, Clone)]
pub struct ReadQuery(pub(crate) Query);

impl Reranker {
    /// Reads a passage with all of the model.
    ///
    /// # Errors
    /// [`Error::Encode`], which no text can cause.
    pub fn read_passage(&self, passage: &str) -> Result<ReadPassage, Error> {
        let ids = self.encode(passage, self.model().passage_tokens).ids;
        let ends = [ids.len() as i32];
        let states = self.stages.lower(&signed(&ids), &ends)?;
        let pooled = self.stages.upper(&states, &ends)?;
        let (ids, inner) = inside(&ids, &states, self.stages.hidden());
        Ok(ReadPassage { text: self.head.text(ids, inner), pooled })
    }

    /// Reads a query.
    ///
    /// # Errors
    /// As [`Self::read_passage`].
    pub fn read_query(&self, query: &str) -> Result<ReadQuery, Error> {
        let ids = self.encode(query, self.model().query_tokens).ids;
        let ends = [ids.len() as i32];
        let states = self.stages.lower(&signed(&ids), &ends)?;
        let pooled = self.stages.upper(&states, &ends)?;
        let (ids, inner) = inside(&ids, &states, self.stages.hidden());
        Ok(ReadQuery(Query {
            weights: self.head.weights(ids, inner),
            text: self.head.text(ids, inner),
            pooled,
        }))
    }

    /// What the score of a pair is made of.
    pub fn terms(&self, query: &ReadQuery, passage: &ReadPassage) -> Terms {
        let cosine = Some(crate::vector::dot(&query.0.pooled, &passage.pooled));
        Terms { cosine, ..Terms::new(&self.head, &query.0, &passage.text) }
    }

    /// The head: what turns terms into a score.
    pub fn head(&self) -> &crate::Head {
        &self.head
    }
}
