//! The encoder over two texts in one sequence, for whoever judges them together: cross-encoders.

use std::sync::Arc;

use crate::error::Error;
use crate::format::Header;
use crate::graph::{Plan, pair_plan, run_pairs};
use crate::weights::Weights;

/// An encoder that reads `[CLS] first [SEP] second [SEP]`, where tokens from the second text on are of type 1.
pub struct Pairs {
    hidden: usize,
    plan: Plan,
}

impl Pairs {
    pub(crate) fn new(header: &Header, weights: &Arc<Weights>, second: &[f32]) -> Result<Self, Error> {
        if second.len() != header.hidden {
            return Err(Error::Header("hidden: the token type's embedding is of another length"));
        }
        Ok(Self { hidden: header.hidden, plan: pair_plan(header, weights, second)? })
    }

    /// Values of a state.
    pub fn hidden(&self) -> usize {
        self.hidden
    }

    /// States of `[CLS]` above the last layer, `hidden` values a pair, not normalised. The ids of a batch stand one pair after the other; `ends`
    /// has, for each pair, the token after its last, and `seconds` the first token of its second text.
    ///
    /// # Errors
    /// Ids, ends or seconds that are none.
    pub fn states(&self, ids: &[i32], ends: &[i32], seconds: &[i32]) -> Result<Vec<f32>, Error> {
        run_pairs(&self.plan, ids, ends, seconds)
    }
}
