//! Vectors of tokens to one vector a sequence: pooled to one of L2 norm 1, or the first as it is.

use tract_core::internal::*;

use super::{Compute, filled, rows, sequences, values};
use crate::format::Pooling;
use crate::math;

/// Inputs tokens × `hidden` and `ends`; output sequences × `hidden`.
pub(crate) struct Pool {
    pub(crate) pooling: Pooling,
    pub(crate) hidden: usize,
}

impl Compute for Pool {
    const NAME: &'static str = "Pool";

    fn shape(&self, inputs: &[&TypedFact]) -> TractResult<[TDim; 2]> {
        Ok([rows(inputs, 1)?, self.hidden.to_dim()])
    }

    fn eval(&self, inputs: TVec<TValue>) -> TractResult<Tensor> {
        let (tokens, ends) = args_2!(inputs);
        let (tokens, ends) = (values::<f32>(&tokens)?, values::<i32>(&ends)?);
        filled([ends.len(), self.hidden], |output| {
            for (pooled, sequence) in output.chunks_exact_mut(self.hidden).zip(sequences(ends)) {
                let mut rows = tokens.chunks_exact(self.hidden).skip(sequence.start).take(sequence.len());
                if let Some(first) = rows.next() {
                    pooled.copy_from_slice(first);
                }
                match self.pooling {
                    Pooling::Mean => rows.for_each(|row| merge(pooled, row, |sum, x| sum + x)),
                    Pooling::Cls => {}
                    Pooling::Max => rows.for_each(|row| merge(pooled, row, math::max)),
                }
                // A mean and a sum have the same direction.
                math::unit(pooled);
            }
            Ok(())
        })
    }
}

/// Inputs tokens × `hidden` and `ends`; output sequences × `hidden`: each sequence's first token.
pub(crate) struct First {
    pub(crate) hidden: usize,
}

impl Compute for First {
    const NAME: &'static str = "First";

    fn shape(&self, inputs: &[&TypedFact]) -> TractResult<[TDim; 2]> {
        Ok([rows(inputs, 1)?, self.hidden.to_dim()])
    }

    fn eval(&self, inputs: TVec<TValue>) -> TractResult<Tensor> {
        let (tokens, ends) = args_2!(inputs);
        let (tokens, ends) = (values::<f32>(&tokens)?, values::<i32>(&ends)?);
        filled([ends.len(), self.hidden], |output| {
            for (output, sequence) in output.chunks_exact_mut(self.hidden).zip(sequences(ends)) {
                let row = tokens.chunks_exact(self.hidden).nth(sequence.start);
                output.copy_from_slice(row.context("a sequence has no token")?);
            }
            Ok(())
        })
    }
}

#[inline(always)]
fn merge(pooled: &mut [f32], row: &[f32], with: impl Fn(f32, f32) -> f32) {
    for (pooled, &x) in pooled.iter_mut().zip(row) {
        *pooled = with(*pooled, x);
    }
}
