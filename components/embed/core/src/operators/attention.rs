//! Multi-head self-attention within each sequence.
//!
//! Several queries of one head at a time. For the scores each query is a vector lane, for the output each element is: keys and values are
//! read where the projections are, and nothing is summed across lanes. Only the queries of a tile are copied, and only their scores
//! exist, never the whole matrix.
#![expect(
    clippy::indexing_slicing,
    reason = "hot loops over tiles whose bounds are checked where the tiles are cut"
)]

use tract_core::internal::*;

use super::{Compute, filled, rows, sequences, values};
use crate::kernels::vectorised;
use crate::math;

/// Queries of a tile: two vectors of the target. A query's result does not depend on how many there are.
const QUERIES: usize = if cfg!(target_arch = "wasm32") { 8 } else { 16 };

/// Elements of a value that are one vector pair, in the same way; divides a head's width.
const ELEMENTS: usize = QUERIES;

/// Keys that are multiplied with a tile of queries at once, and queries with a tile of elements: as many as keep all sums in registers.
const STEP: usize = 4;

/// A number of each query of a tile.
type Lanes = [f32; QUERIES];

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
        ensure!(sequences(ends).all(|sequence| sequence.end <= tokens), "sequences end beyond the tokens");
        let width = self.hidden / self.heads;
        let mut queries = vec![[0.0; QUERIES]; width];
        let mut scores = Vec::new();
        filled([tokens, self.hidden], |output| {
            for sequence in sequences(ends) {
                scores.resize(sequence.len(), [0.0; QUERIES]);
                for head in 0..self.heads {
                    let mut head = Head {
                        projections: &projections[sequence.start * 3 * self.hidden..],
                        output: &mut output[sequence.start * self.hidden..],
                        hidden: self.hidden,
                        width,
                        offset: head * width,
                    };
                    vectorised(
                        #[inline(always)]
                        || head.run(&mut queries, &mut scores),
                    );
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
    hidden: usize,
    width: usize,
    /// First element of the head in a token's vector.
    offset: usize,
}

impl Head<'_> {
    /// `queries` has a place an element of the head, `scores` one a token of the sequence.
    #[inline(always)]
    fn run(&mut self, queries: &mut [Lanes], scores: &mut [Lanes]) {
        let tokens = scores.len();
        for first in (0..tokens).step_by(QUERIES) {
            // A tile that reaches beyond the sequence repeats its last query.
            let tile: [usize; QUERIES] = std::array::from_fn(|query| (first + query).min(tokens - 1));
            for (element, queries) in queries.iter_mut().enumerate() {
                *queries =
                    tile.map(|token| self.projections[token * 3 * self.hidden + self.offset + element]);
            }
            let (steps, rest) = scores.as_chunks_mut::<STEP>();
            let whole = steps.len() * STEP;
            for (step, scores) in steps.iter_mut().enumerate() {
                *scores = self.score(queries, step * STEP);
            }
            for (token, score) in rest.iter_mut().enumerate() {
                [*score] = self.score(queries, whole + token);
            }
            let inverses = softmax(scores);
            for query in (0..QUERIES).step_by(STEP).take_while(|query| first + query < tokens) {
                for element in (0..self.width).step_by(ELEMENTS) {
                    self.mix(first, query, element, scores, inverses);
                }
            }
        }
    }

    /// Scores of `K` keys with a tile of queries.
    #[inline(always)]
    fn score<const K: usize>(&self, queries: &[Lanes], first: usize) -> [Lanes; K] {
        let keys: [&[f32]; K] = std::array::from_fn(|key| {
            let start = (first + key) * 3 * self.hidden + self.hidden + self.offset;
            &self.projections[start..][..queries.len()]
        });
        let mut sums = [[0.0; QUERIES]; K];
        for element in 0..queries.len() {
            for (sums, key) in sums.iter_mut().zip(keys) {
                for (sum, &query) in sums.iter_mut().zip(&queries[element]) {
                    *sum += query * key[element];
                }
            }
        }
        sums
    }

    /// A few elements of a few queries' output: values weighed by scores.
    #[inline(always)]
    fn mix(&mut self, first: usize, query: usize, element: usize, scores: &[Lanes], inverses: Lanes) {
        let mut sums = [[0.0; ELEMENTS]; STEP];
        let start = 2 * self.hidden + self.offset + element;
        for (weights, row) in scores.iter().zip(self.projections.chunks_exact(3 * self.hidden)) {
            let values = &row[start..][..ELEMENTS];
            for (sums, &weight) in sums.iter_mut().zip(&weights[query..][..STEP]) {
                for (sum, &value) in sums.iter_mut().zip(values) {
                    *sum += value * weight;
                }
            }
        }
        for (at, sums) in (query..QUERIES).zip(sums).take(scores.len() - first - query) {
            let output = &mut self.output[(first + at) * self.hidden + self.offset + element..][..ELEMENTS];
            for (output, sum) in output.iter_mut().zip(sums) {
                *output = sum * inverses[at];
            }
        }
    }
}

/// Scores to weights, not yet divided by their sums, whose inverses it returns.
#[inline(always)]
fn softmax(scores: &mut [Lanes]) -> Lanes {
    let mut highest = [f32::NEG_INFINITY; QUERIES];
    for scores in scores.iter() {
        for (highest, &score) in highest.iter_mut().zip(scores) {
            *highest = math::max(score, *highest);
        }
    }
    let mut sums = [0.0; QUERIES];
    for scores in scores.iter_mut() {
        for ((score, &highest), sum) in scores.iter_mut().zip(&highest).zip(&mut sums) {
            *score = math::exp(*score - highest);
            *sum += *score;
        }
    }
    sums.map(|sum| 1.0 / sum)
}
