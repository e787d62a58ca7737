//! Token ids to vectors: word plus position embedding, normalised.

use std::sync::Arc;

use tract_core::internal::*;

use super::{Compute, filled, rows, sequences, values};
use crate::kernels::vectorised;
use crate::math;
use crate::weights::Weights;

/// Inputs `ids` (i32, one a token) and `ends`; output tokens × `hidden`.
pub(crate) struct Lookup {
    pub(crate) weights: Arc<Weights>,
    pub(crate) hidden: usize,
    pub(crate) epsilon: f32,
}

impl Compute for Lookup {
    const NAME: &'static str = "Lookup";

    fn shape(&self, inputs: &[&TypedFact]) -> TractResult<[TDim; 2]> {
        Ok([rows(inputs, 0)?, self.hidden.to_dim()])
    }

    fn eval(&self, inputs: TVec<TValue>) -> TractResult<Tensor> {
        let (ids, ends) = args_2!(inputs);
        let (ids, ends) = (values::<i32>(&ids)?, values::<i32>(&ends)?);
        filled([ids.len(), self.hidden], |output| {
            let mut rows = output.chunks_exact_mut(self.hidden).zip(ids);
            for sequence in sequences(ends) {
                for (position, (row, &id)) in (0..sequence.len()).zip(rows.by_ref()) {
                    self.row(id as usize, position, row).context("a token or position is out of range")?;
                }
            }
            Ok(())
        })
    }
}

impl Lookup {
    fn row(&self, id: usize, position: usize, row: &mut [f32]) -> Option<()> {
        let hidden = self.hidden;
        let word = self.weights.words.values.get(id * hidden..(id + 1) * hidden)?;
        let scale = *self.weights.words.scales.get(id)?;
        let place = self.weights.positions.get(position * hidden..(position + 1) * hidden)?;
        let norm = &self.weights.embedding_norm;
        vectorised(
            #[inline(always)]
            || {
                for ((x, &word), &place) in row.iter_mut().zip(word).zip(place) {
                    *x = f32::from(word) * scale + place;
                }
                math::normalise(row, &norm.gain, &norm.shift, self.epsilon);
            },
        );
        Some(())
    }
}
