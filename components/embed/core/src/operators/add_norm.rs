//! The residual connection: the sum of two tensors, normalised row by row.

use std::sync::Arc;

use tract_core::internal::*;

use super::{Compute, rows, values};
use crate::kernels::vectorised;
use crate::math;
use crate::weights::{Norm, Weights};

/// Inputs two tensors of tokens × `hidden`; output the same shape, in the memory of the first where nobody else reads it.
pub(crate) struct AddNorm {
    pub(crate) weights: Arc<Weights>,
    pub(crate) norm: fn(&Weights, usize) -> Option<&Norm>,
    pub(crate) layer: usize,
    pub(crate) hidden: usize,
    pub(crate) epsilon: f32,
}

impl Compute for AddNorm {
    const NAME: &'static str = "AddNorm";

    fn shape(&self, inputs: &[&TypedFact]) -> TractResult<[TDim; 2]> {
        Ok([rows(inputs, 0)?, self.hidden.to_dim()])
    }

    fn eval(&self, inputs: TVec<TValue>) -> TractResult<Tensor> {
        let (sum, residual) = args_2!(inputs);
        let mut sum = sum.into_tensor();
        let norm = (self.norm)(&self.weights, self.layer).context("a layer is missing")?;
        let mut plain = sum.try_as_plain_ram_mut()?;
        let sums = plain.as_slice_mut::<f32>()?;
        let residual = values::<f32>(&residual)?;
        vectorised(
            #[inline(always)]
            || {
                for (row, residual) in
                    sums.chunks_exact_mut(self.hidden).zip(residual.chunks_exact(self.hidden))
                {
                    for (x, &residual) in row.iter_mut().zip(residual) {
                        *x += residual;
                    }
                    math::normalise(row, &norm.gain, &norm.shift, self.epsilon);
                }
            },
        );
        Ok(sum)
    }
}
