//! The encoder cut between two layers, for whoever looks at a text's tokens half-way and goes on only where that pays: rerankers.

use std::sync::Arc;

use tract_core::internal::{Tensor, tensor1};

use crate::error::Error;
use crate::format::Header;
use crate::graph::{Part, Plan, plan, run};
use crate::weights::Weights;

/// Both parts of an encoder. States are f32, `hidden` values a token, the tokens of a batch one text after the other.
pub struct Stages {
    hidden: usize,
    lower: Plan,
    upper: Plan,
}

impl Stages {
    pub(crate) fn new(header: &Header, weights: &Arc<Weights>, lower_layers: usize) -> Result<Self, Error> {
        if !(1..header.layers).contains(&lower_layers) {
            return Err(Error::Header("layers: the encoder can't be cut there"));
        }
        Ok(Self {
            hidden: header.hidden,
            lower: plan(header, weights, &Part { layers: 0..lower_layers, pooled: false })?,
            upper: plan(header, weights, &Part { layers: lower_layers..header.layers, pooled: true })?,
        })
    }

    /// Values of a token's state, and of a text's vector.
    pub fn hidden(&self) -> usize {
        self.hidden
    }

    /// States of tokens between both parts. `ends` has, for each text, the token after its last.
    ///
    /// # Errors
    /// Ids or ends that are none.
    pub fn lower(&self, ids: &[i32], ends: &[i32]) -> Result<Vec<f32>, Error> {
        run(&self.lower, tensor1(ids), ends)
    }

    /// One vector a text, of L2 norm 1: what [`crate::Embedder::embed`] gives for it. `states` are those of [`Self::lower`].
    ///
    /// # Errors
    /// States or ends that are none.
    pub fn upper(&self, states: &[f32], ends: &[i32]) -> Result<Vec<f32>, Error> {
        let tokens = states.len() / self.hidden;
        let states = Tensor::from_shape(&[tokens, self.hidden], states).map_err(Error::engine)?;
        run(&self.upper, states, ends)
    }
}
