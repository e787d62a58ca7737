//! Vectors of tokens to one vector a sequence, of L2 norm 1.

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
                let seen = match self.pooling {
                    Pooling::Mean => sequence.len(),
                    Pooling::Cls => 1,
                };
                for row in tokens.chunks_exact(self.hidden).skip(sequence.start).take(seen) {
                    for (sum, &x) in pooled.iter_mut().zip(row) {
                        *sum += x;
                    }
                }
                // A mean and a sum have the same direction.
                math::unit(pooled);
            }
            Ok(())
        })
    }
}
