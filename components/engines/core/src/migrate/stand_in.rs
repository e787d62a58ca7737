//! What stands for the collection's model: nothing is embedded again.

use gusset_retrieve::engine::Settings;
use gusset_retrieve::{Chunker, Embedder, Model, Purpose};

/// The collection's model as far as a migration needs it: its name, and the vector of the one query that is asked.
#[derive(Clone)]
pub(super) struct StandIn {
    model: Model,
    query: Vec<f32>,
}

/// No model at all: reading needs none.
pub(super) struct Nobody;

impl StandIn {
    pub(super) fn new(settings: &Settings) -> Self {
        let Settings { fingerprint, model, dimension, .. } = settings;
        let model = Model {
            id: model.clone(),
            fingerprint: fingerprint.clone(),
            dimension: *dimension,
            max_tokens: u32::MAX,
        };
        Self { model, query: Vec::new() }
    }

    /// With a query's vector.
    pub(super) fn asked(self, query: Vec<f32>) -> Self {
        Self { query, ..self }
    }
}

impl Embedder for StandIn {
    fn model(&self) -> Model {
        self.model.clone()
    }

    fn embed(&self, _: &[String], _: Purpose) -> Result<Vec<f32>, String> {
        Ok(self.query.clone())
    }
}

impl Chunker for StandIn {
    fn split(
        &self,
        document: &str,
        _: gusset_chunk::Format,
        _: &gusset_chunk::Options,
    ) -> Result<Vec<gusset_chunk::Chunk>, String> {
        match document {
            // What is asked when a collection is created: whether the options are ones, which the original knows.
            "" => Ok(Vec::new()),
            _ => Err("a migration splits nothing".to_owned()),
        }
    }
}

impl Embedder for Nobody {
    fn model(&self) -> Model {
        Model { id: String::new(), fingerprint: String::new(), dimension: 0, max_tokens: 0 }
    }

    fn embed(&self, _: &[String], _: Purpose) -> Result<Vec<f32>, String> {
        Err("there is no model".to_owned())
    }
}

impl Chunker for Nobody {
    fn split(
        &self,
        _: &str,
        _: gusset_chunk::Format,
        _: &gusset_chunk::Options,
    ) -> Result<Vec<gusset_chunk::Chunk>, String> {
        Err("a migration splits nothing".to_owned())
    }
}
