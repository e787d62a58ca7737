//! Multi-head self-attention within each sequence.
//!
//! One head at a time: its keys are laid out by element, 32 KiB at most for 256 tokens of width 32, so that the scores of several keys
//! are one vector; queries and values are read where they are. Scores of four queries at a time exist, never the whole matrix.
#![expect(
    clippy::indexing_slicing,
    reason = "hot loops over tiles whose bounds are checked where the tiles are cut"
)]

use tract_core::internal::*;

use super::{Compute, filled, rows, sequences, values};
use crate::kernels::vectorised;
use crate::math;

/// Queries of a tile.
const QUERIES: usize = 4;

/// Keys, or elements of a value, of a tile: as many as leave the sums of four queries in registers.
const LANES: usize = 8;

/// Inputs the projections, tokens × 3 `hidden` (query, key, value; the query already scaled), and `ends`; output tokens × `hidden`.
pub(crate) struct Attention {
    pub(crate) hidden: usize,
    pub(crate) heads: usize,
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
        let longest = sequences(ends).map(|sequence| sequence.len()).max().unwrap_or(0);
        ensure!(sequences(ends).all(|sequence| sequence.end <= tokens), "sequences end beyond the tokens");
        let width = self.hidden / self.heads;
        let mut scratch = Scratch {
            keys: vec![0.0; width * longest.next_multiple_of(LANES)],
            scores: vec![0.0; QUERIES * longest.next_multiple_of(LANES)],
            queries: vec![[0.0; QUERIES]; width],
        };
        filled([tokens, self.hidden], |output| {
            for sequence in sequences(ends) {
                for head in 0..self.heads {
                    let head = Head {
                        projections: &projections[sequence.start * 3 * self.hidden..],
                        output: &mut output[sequence.start * self.hidden..],
                        tokens: sequence.len(),
                        hidden: self.hidden,
                        width,
                        offset: head * width,
                    };
                    vectorised(|| head.run(&mut scratch));
                }
            }
            Ok(())
        })
    }
}

/// One head of one sequence.
struct Head<'a> {
    projections: &'a [f32],
    output: &'a mut [f32],
    tokens: usize,
    hidden: usize,
    width: usize,
    /// First element of the head in a token's vector.
    offset: usize,
}

/// Reused from head to head.
struct Scratch {
    /// Element by element, for each the keys of all tokens.
    keys: Vec<f32>,
    /// For each query of a tile, a score a key.
    scores: Vec<f32>,
    /// Element by element, for each the queries of a tile.
    queries: Vec<[f32; QUERIES]>,
}

impl Head<'_> {
    #[inline(always)]
    fn run(mut self, scratch: &mut Scratch) {
        let stride = self.tokens.next_multiple_of(LANES);
        let keys = &mut scratch.keys[..self.width * stride];
        keys.fill(0.0);
        for token in 0..self.tokens {
            let key = &self.projections[token * 3 * self.hidden + self.hidden + self.offset..][..self.width];
            for (by_element, &x) in keys.chunks_exact_mut(stride).zip(key) {
                by_element[token] = x;
            }
        }
        for first in (0..self.tokens).step_by(QUERIES) {
            // A tile that reaches beyond the sequence computes its last query again.
            let last = self.tokens - 1;
            let tile: [usize; QUERIES] = std::array::from_fn(|query| (first + query).min(last));
            for (element, queries) in scratch.queries.iter_mut().enumerate() {
                *queries =
                    tile.map(|token| self.projections[token * 3 * self.hidden + self.offset + element]);
            }
            let scores = &mut scratch.scores[..QUERIES * stride];
            score(&scratch.queries, keys, stride, scores);
            let weights = scores.chunks_exact_mut(stride).map(|scores| softmax(&mut scores[..self.tokens]));
            let mut inverses = [0.0; QUERIES];
            inverses.iter_mut().zip(weights).for_each(|(inverse, sum)| *inverse = 1.0 / sum);
            self.mix(tile, scores, stride, inverses);
        }
    }

    /// Output of a tile: values weighed by scores.
    #[inline(always)]
    fn mix(&mut self, tile: [usize; QUERIES], scores: &[f32], stride: usize, inverses: [f32; QUERIES]) {
        for element in (0..self.width).step_by(LANES) {
            let mut sums = [[0.0f32; LANES]; QUERIES];
            let values = self.projections[2 * self.hidden + self.offset + element..].chunks(3 * self.hidden);
            for (token, value) in values.take(self.tokens).enumerate() {
                let value = &value[..LANES];
                for (query, sums) in sums.iter_mut().enumerate() {
                    let weight = scores[query * stride + token];
                    for (sum, &x) in sums.iter_mut().zip(value) {
                        *sum += weight * x;
                    }
                }
            }
            for ((token, sums), inverse) in tile.into_iter().zip(sums).zip(inverses) {
                let output = &mut self.output[token * self.hidden + self.offset + element..][..LANES];
                for (output, sum) in output.iter_mut().zip(sums) {
                    *output = sum * inverse;
                }
            }
        }
    }
}

/// Scores of a tile of queries with all keys.
#[inline(always)]
fn score(queries: &[[f32; QUERIES]], keys: &[f32], stride: usize, scores: &mut [f32]) {
    for first in (0..stride).step_by(LANES) {
        let mut sums = [[0.0f32; LANES]; QUERIES];
        for (queries, keys) in queries.iter().zip(keys.chunks_exact(stride)) {
            let keys = &keys[first..][..LANES];
            for (sums, &query) in sums.iter_mut().zip(queries) {
                for (sum, &key) in sums.iter_mut().zip(keys) {
                    *sum += query * key;
                }
            }
        }
        for (scores, sums) in scores.chunks_exact_mut(stride).zip(sums) {
            scores[first..][..LANES].copy_from_slice(&sums);
        }
    }
}

/// Scores to weights, not yet divided by their sum, which it returns.
#[inline(always)]
fn softmax(scores: &mut [f32]) -> f32 {
    let (_, highest) = math::range(scores, f32::NEG_INFINITY);
    for score in scores.iter_mut() {
        *score = math::exp(*score - highest);
    }
    math::sum(scores, |weight| weight)
}
