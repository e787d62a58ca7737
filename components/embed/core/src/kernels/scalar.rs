//! The product as it is defined; every other kernel is tested against it.

use super::{Product, Tile};
use crate::format::{GROUP, PANEL};

#[derive(Clone, Copy)]
pub(crate) struct Scalar;

impl Product for Scalar {
    type Activation = u8;

    fn tile<const R: usize>(self, activations: &[u8], panel: &[i8]) -> Tile<R> {
        let mut sums = [[0; PANEL]; R];
        let inputs = panel.len() / PANEL;
        for (row, sums) in activations.chunks_exact(inputs.max(1)).zip(&mut sums) {
            for (inputs, weights) in row.chunks_exact(GROUP).zip(panel.chunks_exact(GROUP * PANEL)) {
                for (sum, weights) in sums.iter_mut().zip(weights.chunks_exact(GROUP)) {
                    for (&input, &weight) in inputs.iter().zip(weights) {
                        *sum += i32::from(input) * i32::from(weight);
                    }
                }
            }
        }
        sums
    }
}
