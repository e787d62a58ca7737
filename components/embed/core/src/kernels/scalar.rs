//! The product as it is defined; every other kernel is tested against it.

use super::{Product, Tile, steps};
use crate::format::{GROUP, PANEL};

#[derive(Clone, Copy)]
pub(crate) struct Scalar;

impl Product for Scalar {
    type Group = [u8; GROUP];

    fn group(activations: [u8; GROUP]) -> Self::Group {
        activations
    }

    fn tile<const R: usize>(self, groups: &[Self::Group], panel: &[i8]) -> Tile<R> {
        let mut tile = [[0; PANEL]; R];
        for (weights, groups) in steps::<_, R>(groups, panel) {
            for (sums, group) in tile.iter_mut().zip(groups) {
                for (sum, weights) in sums.iter_mut().zip(weights.as_chunks::<GROUP>().0) {
                    for (&input, &weight) in group.iter().zip(weights) {
                        *sum += i32::from(input) * i32::from(weight);
                    }
                }
            }
        }
        tile
    }
}
