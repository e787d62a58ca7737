//! The products as they are defined; every other kernel is tested against them.

use super::{Pair, Pairs, Product, Sums, Tile, Weights, multiply};
use crate::format::GROUP;

#[derive(Clone, Copy)]
pub(crate) struct Scalar;

#[derive(Clone, Copy)]
pub(crate) struct ScalarPairs;

impl Product for Scalar {
    const PANELS: usize = 1;
    type Pairs = ScalarPairs;

    fn group(activations: [u8; GROUP]) -> Self::Group {
        activations
    }

    #[inline(always)]
    fn pair(pair: Pair) -> Pair {
        pair
    }

    fn pairs(self) -> ScalarPairs {
        ScalarPairs
    }
}

impl Tile for Scalar {
    const ROWS: usize = 1;
    type Group = [u8; GROUP];
    type Step = Weights;

    fn tile<const R: usize, const C: usize>(
        self,
        rows: &[[u8; GROUP]],
        panels: &[Weights],
        depth: usize,
        sums: &mut [Sums],
        stride: usize,
    ) {
        for (row, sums) in rows.chunks(depth).zip(sums.chunks_mut(stride)) {
            for (panel, sums) in panels.chunks(depth).zip(sums) {
                *sums = Sums::default();
                for (group, weights) in row.iter().zip(panel) {
                    for (sum, weights) in sums.iter_mut().zip(weights.as_chunks::<GROUP>().0) {
                        *sum += dot(group.map(i32::from), weights.map(i32::from));
                    }
                }
            }
        }
    }

    fn multiply(self, rows: &[[u8; GROUP]], panels: &[Weights], depth: usize, sums: &mut [Sums]) {
        multiply::<_, 1, 1>(self, rows, panels, depth, sums);
    }
}

impl Tile for ScalarPairs {
    const ROWS: usize = 1;
    type Group = Pair;
    type Step = Pairs;

    fn tile<const R: usize, const C: usize>(
        self,
        rows: &[Pair],
        panels: &[Pairs],
        depth: usize,
        sums: &mut [Sums],
        stride: usize,
    ) {
        for (row, sums) in rows.chunks(depth).zip(sums.chunks_mut(stride)) {
            for (panel, sums) in panels.chunks(depth).zip(sums) {
                *sums = Sums::default();
                for (pair, columns) in row.iter().zip(panel) {
                    for (sum, column) in sums.iter_mut().zip(columns) {
                        *sum += dot(pair.map(i32::from), column.map(i32::from));
                    }
                }
            }
        }
    }

    fn multiply(self, rows: &[Pair], panels: &[Pairs], depth: usize, sums: &mut [Sums]) {
        multiply::<_, 1, 1>(self, rows, panels, depth, sums);
    }
}

#[inline(always)]
fn dot<const N: usize>(a: [i32; N], b: [i32; N]) -> i32 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}
