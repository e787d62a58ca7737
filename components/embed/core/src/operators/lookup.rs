//! Token ids to vectors: word plus position embedding, normalised.

use std::sync::Arc;

use tract_core::internal::*;

use super::{Compute, filled, rows, sequences, values};
use crate::format::NARROW_GROUP;
use crate::kernels::vectorised;
use crate::math;
use crate::weights::Weights;

/// Inputs `ids` (i32, one a token) and `ends`; output tokens × `hidden`.
pub(crate) struct Lookup {
    pub(crate) weights: Arc<Weights>,
    pub(crate) hidden: usize,
    pub(crate) epsilon: f32,
    /// Whether an element of the word embedding has 4 bits.
    pub(crate) narrow: bool,
}

/// As [`Lookup`], for sequences of two texts. A third input `seconds` (i32) has, for each sequence, the row of the first token of its second
/// text: from there on, tokens are of type 1.
pub(crate) struct PairLookup {
    pub(crate) lookup: Lookup,
    /// Embedding of token type 1 less that of type 0, which is part of the positions.
    pub(crate) second: Vec<f32>,
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
                    self.row(id, position, None, row).context("a token or position is out of range")?;
                }
            }
            Ok(())
        })
    }
}

impl Compute for PairLookup {
    const NAME: &'static str = "PairLookup";

    fn shape(&self, inputs: &[&TypedFact]) -> TractResult<[TDim; 2]> {
        self.lookup.shape(inputs)
    }

    fn eval(&self, inputs: TVec<TValue>) -> TractResult<Tensor> {
        let (ids, ends, seconds) = args_3!(inputs);
        let (ids, ends) = (values::<i32>(&ids)?, values::<i32>(&ends)?);
        let seconds = values::<i32>(&seconds)?;
        ensure!(seconds.len() == ends.len(), "a sequence has no second text");
        let hidden = self.lookup.hidden;
        filled([ids.len(), hidden], |output| {
            let mut rows = output.chunks_exact_mut(hidden).zip(ids);
            for (sequence, &second) in sequences(ends).zip(seconds) {
                for (at, (row, &id)) in sequence.clone().zip(rows.by_ref()) {
                    let kind = (at >= second.max(0) as usize).then_some(self.second.as_slice());
                    self.lookup
                        .row(id, at - sequence.start, kind, row)
                        .context("a token or position is out of range")?;
                }
            }
            Ok(())
        })
    }
}

impl Lookup {
    /// The row of a token at a position of its sequence; `kind` is added where the token's type isn't 0.
    fn row(&self, id: i32, position: usize, kind: Option<&[f32]>, row: &mut [f32]) -> Option<()> {
        let (id, hidden) = (id as usize, self.hidden);
        let words = &self.weights.words;
        let (values, scales) = if self.narrow { (hidden / 2, hidden / NARROW_GROUP) } else { (hidden, 1) };
        let word = words.values.get(id * values..(id + 1) * values)?;
        let scales = words.scales.get(id * scales..(id + 1) * scales)?;
        let place = self.weights.positions.get(position * hidden..(position + 1) * hidden)?;
        let norm = &self.weights.embedding_norm;
        vectorised(
            #[inline(always)]
            || {
                if self.narrow {
                    widen(row, word, scales);
                    row.iter_mut().zip(place).for_each(|(x, &place)| *x += place);
                } else {
                    let scale = scales.first().copied().unwrap_or_default();
                    for ((x, &word), &place) in row.iter_mut().zip(word).zip(place) {
                        *x = f32::from(word) * scale + place;
                    }
                }
                for (x, &kind) in row.iter_mut().zip(kind.unwrap_or_default()) {
                    *x += kind;
                }
                math::normalise(row, &norm.gain, &norm.shift, self.epsilon);
            },
        );
        Some(())
    }
}

/// A row of two elements a byte, the first in its lower half.
#[inline(always)]
fn widen(row: &mut [f32], word: &[i8], scales: &[f32]) {
    let groups = row.chunks_exact_mut(NARROW_GROUP).zip(word.chunks_exact(NARROW_GROUP / 2)).zip(scales);
    for ((row, word), &scale) in groups {
        for ([first, second], &pair) in row.as_chunks_mut::<2>().0.iter_mut().zip(word) {
            *first = f32::from((pair << 4) >> 4) * scale;
            *second = f32::from(pair >> 4) * scale;
        }
    }
}
