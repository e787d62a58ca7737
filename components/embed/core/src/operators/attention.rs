//! Multi-head self-attention within each sequence, in integers of 16 bits.
//!
//! Queries, keys and values of a head are rounded to 13 to 16 bits, scaled by their largest in the sequence, and so are the weights that
//! the softmax makes of the scores: far finer than the 7 or 8 bits at which activations enter the layers around, and both products are
//! exact sums, twice as fast as f32. Only the scores of some queries of one head exist at a time, never the whole matrix.

mod head;
mod softmax;

use tract_core::internal::*;

use super::{Compute, filled, rows, sequences, values};
use crate::kernels::{Kernel, Product, Visitor};
use head::{Head, Scratch};

/// Inputs the projections, tokens × 3 `hidden` (query, key, value; the query already scaled), and `ends`; output tokens × `hidden`.
pub(crate) struct Attention {
    pub(crate) hidden: usize,
    pub(crate) heads: usize,
    pub(crate) kernel: Kernel,
}

impl Compute for Attention {
    const NAME: &'static str = "Attention";

    fn shape(&self, inputs: &[&TypedFact]) -> TractResult<[TDim; 2]> {
        Ok([rows(inputs, 0)?, self.hidden.to_dim()])
    }

    fn eval(&self, inputs: TVec<TValue>) -> TractResult<Tensor> {
        let (projections, ends) = args_2!(inputs);
        let (projections, ends) = (values::<f32>(&projections)?, values::<i32>(&ends)?);
        let tokens = projections.len() / (3 * self.hidden);
        ensure!(sequences(ends).all(|sequence| sequence.end <= tokens), "sequences end beyond the tokens");
        filled([tokens, self.hidden], |output| {
            self.kernel.accept(Run { attention: self, projections, ends, output });
            Ok(())
        })
    }
}

struct Run<'a> {
    attention: &'a Attention,
    projections: &'a [f32],
    ends: &'a [i32],
    output: &'a mut [f32],
}

impl Visitor for Run<'_> {
    fn visit<P: Product>(self, product: P) {
        let &Attention { hidden, heads, .. } = self.attention;
        let width = hidden / heads;
        let mut scratch = Scratch::<P>::default();
        for sequence in sequences(self.ends) {
            let rows = sequence.start * 3 * hidden..sequence.end * 3 * hidden;
            let projections = self.projections.get(rows).unwrap_or_default();
            let output = self.output.get_mut(sequence.start * hidden..sequence.end * hidden);
            let output = output.unwrap_or_default();
            scratch.resize(sequence.len(), width);
            for offset in (0..hidden).step_by(width) {
                let head = Head { projections, hidden, width, offset };
                product.with_features(
                    #[inline(always)]
                    || head.run(product, &mut scratch, output),
                );
            }
        }
    }
}
