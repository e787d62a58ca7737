//! Products by `i32x4.dot_i16x8_s`: weights are widened from int8 as they are loaded, activations are stored widened.
//!
//! A tile is four rows by four columns, or eight in attention: eight sums, the operands and one product fit in sixteen registers.

use std::array::from_fn;
use std::arch::wasm32::{
    i16x8_load_extend_i8x8, i32x4_add, i32x4_dot_i16x8, i32x4_shuffle, i32x4_splat, v128, v128_load,
    v128_store,
};

use super::{Pair, Pairs, Product, Sums, Tile, Weights, multiply};
use crate::format::{GROUP, PANEL};

/// Vectors of four columns in a panel.
pub(super) const VECTORS: usize = size_of::<Sums>() / size_of::<v128>();

#[derive(Clone, Copy)]
pub(crate) struct Simd128;

#[derive(Clone, Copy)]
pub(crate) struct Simd128Pairs;

impl Product for Simd128 {
    const ROWS: usize = 4;
    const PANELS: usize = 1;
    type Pairs = Simd128Pairs;

    #[inline(always)]
    fn group(activations: [u8; GROUP]) -> [[i16; GROUP]; 2] {
        [activations.map(i16::from); 2]
    }

    fn pairs(self) -> Simd128Pairs {
        Simd128Pairs
    }
}

impl Tile for Simd128 {
    type Group = [[i16; GROUP]; 2];
    type Step = Weights;

    #[inline(always)]
    fn tile<const R: usize, const C: usize>(
        self,
        rows: &[[[i16; GROUP]; 2]],
        panels: &[Weights],
        depth: usize,
        sums: &mut [Sums],
        stride: usize,
    ) {
        assert!(rows.len() >= R * depth && panels.len() >= C * depth && sums.len() >= (R - 1) * stride + C);
        for panel in 0..C {
            for quarter in 0..PANEL / 4 {
                // SAFETY: within the bounds that were just checked.
                let tile = unsafe {
                    let weights = panels.as_ptr().add(panel * depth).cast::<i8>().add(quarter * 16);
                    columns::<R>(rows.as_ptr(), weights, depth)
                };
                for (row, sum) in tile.into_iter().enumerate() {
                    // SAFETY: four of the 16 sums of a row of the tile.
                    unsafe {
                        let at = sums.as_mut_ptr().add(row * stride + panel).cast::<v128>();
                        v128_store(at.add(quarter), sum);
                    }
                }
            }
        }
    }

    #[inline(always)]
    fn multiply(self, rows: &[[[i16; GROUP]; 2]], panels: &[Weights], depth: usize, sums: &mut [Sums]) {
        multiply::<_, 4, 1>(self, rows, panels, depth, sums);
    }
}

/// Sums of four columns. A function of its own, so that nothing else competes for its registers.
///
/// # Safety
/// `R` × `depth` groups, and `depth` steps of a panel of which the first 16 bytes are the four columns'.
#[inline(never)]
unsafe fn columns<const R: usize>(rows: *const [[i16; GROUP]; 2], weights: *const i8, depth: usize) -> [v128; R] {
    // Two lanes a column: inputs 0 and 1 of each group in the one, 2 and 3 in the other.
    let mut sums = [[i32x4_splat(0); 2]; R];
    for step in 0..depth {
        // SAFETY: the caller's.
        unsafe {
            let weights = weights.add(step * size_of::<Weights>());
            let [low, high] = [i16x8_load_extend_i8x8(weights), i16x8_load_extend_i8x8(weights.add(8))];
            for (row, sums) in sums.iter_mut().enumerate() {
                let group = v128_load(rows.add(step * R + row).cast());
                sums[0] = i32x4_add(sums[0], i32x4_dot_i16x8(low, group));
                sums[1] = i32x4_add(sums[1], i32x4_dot_i16x8(high, group));
            }
        }
    }
    sums.map(|[low, high]| {
        i32x4_add(i32x4_shuffle::<0, 2, 4, 6>(low, high), i32x4_shuffle::<1, 3, 5, 7>(low, high))
    })
}

impl Tile for Simd128Pairs {
    type Group = Pair;
    type Step = Pairs;

    #[inline(always)]
    fn tile<const R: usize, const C: usize>(
        self,
        rows: &[Pair],
        panels: &[Pairs],
        depth: usize,
        sums: &mut [Sums],
        stride: usize,
    ) {
        assert!(rows.len() >= R * depth && panels.len() >= C * depth && sums.len() >= (R - 1) * stride + C);
        assert!(depth.is_multiple_of(4));
        for panel in 0..C {
            // SAFETY: within the bounds that were just checked.
            unsafe {
                let (panel, sums) = (panels.as_ptr().add(panel * depth), sums.as_mut_ptr().add(panel));
                pairs::<R>(rows.as_ptr(), panel, depth, sums, stride);
            }
        }
    }

    #[inline(always)]
    fn multiply(self, rows: &[Pair], panels: &[Pairs], depth: usize, sums: &mut [Sums]) {
        multiply::<_, 2, 1>(self, rows, panels, depth, sums);
    }
}

/// # Safety
/// `R` × `depth` pairs, `depth` steps, `R` rows of `stride` sums.
#[inline(never)]
unsafe fn pairs<const R: usize>(
    rows: *const Pair,
    panel: *const Pairs,
    depth: usize,
    to: *mut Sums,
    stride: usize,
) {
    let mut sums = [[i32x4_splat(0); VECTORS]; R];
    // SAFETY: the caller's.
    unsafe {
        for first in (0..depth).step_by(4) {
            let pairs: [v128; R] = from_fn(|row| v128_load(rows.add(row * depth + first).cast()));
            let columns = panel.add(first).cast::<v128>();
            step(&mut sums, columns, pairs.map(|four| i32x4_shuffle::<0, 0, 0, 0>(four, four)));
            step(&mut sums, columns.add(4), pairs.map(|four| i32x4_shuffle::<1, 1, 1, 1>(four, four)));
            step(&mut sums, columns.add(8), pairs.map(|four| i32x4_shuffle::<2, 2, 2, 2>(four, four)));
            step(&mut sums, columns.add(12), pairs.map(|four| i32x4_shuffle::<3, 3, 3, 3>(four, four)));
        }
        for (row, sums) in sums.iter().enumerate() {
            for (vector, sum) in sums.iter().enumerate() {
                v128_store(to.add(row * stride).cast::<v128>().add(vector), *sum);
            }
        }
    }
}

/// # Safety
/// Sixteen columns, one a lane.
#[inline(always)]
unsafe fn step<const R: usize>(sums: &mut [[v128; VECTORS]; R], columns: *const v128, pairs: [v128; R]) {
    for vector in 0..VECTORS {
        // SAFETY: the caller's.
        let column = unsafe { v128_load(columns.add(vector)) };
        for (sums, pair) in sums.iter_mut().zip(pairs) {
            sums[vector] = i32x4_add(sums[vector], i32x4_dot_i16x8(column, pair));
        }
    }
}
