//! Products by `i16x8.relaxed_dot_i8x16_i7x16_s`, for activations of 7 bits.
//!
//! The instruction adds two products of an int8 and a 7-bit number in 16 bits, which never saturates, so that its result is the same
//! on every host. The compiler packs a 7-bit model so that four products fit as well ([`crate::format`]): two steps are added in 16
//! bits and widened once. Weights are operands in memory, read once a row; activations stay in registers for all columns.

use std::arch::wasm32::{
    i16x8_add, i16x8_relaxed_dot_i8x16_i7x16, i32x4_add, i32x4_extadd_pairwise_i16x8, i32x4_shuffle, i32x4_splat, v128,
    v128_load, v128_load32_splat, v128_store,
};

use super::simd128::{Simd128Pairs, VECTORS};
use super::{Product, Sums, Tile, Weights, multiply};
use crate::format::GROUP;

#[derive(Clone, Copy)]
pub(crate) struct Relaxed;

impl Product for Relaxed {
    const ROWS: usize = 1;
    const PANELS: usize = 2;
    type Pairs = Simd128Pairs;

    #[inline(always)]
    fn group(activations: [u8; GROUP]) -> [u8; GROUP] {
        activations
    }

    fn pairs(self) -> Simd128Pairs {
        Simd128Pairs
    }
}

impl Tile for Relaxed {
    type Group = [u8; GROUP];
    type Step = Weights;

    #[inline(always)]
    fn tile<const R: usize, const C: usize>(
        self,
        rows: &[[u8; GROUP]],
        panels: &[Weights],
        depth: usize,
        sums: &mut [Sums],
        stride: usize,
    ) {
        assert!(rows.len() >= R * depth && panels.len() >= C * depth && sums.len() >= (R - 1) * stride + C);
        for row in 0..R {
            // SAFETY: within the bounds that were just checked.
            unsafe {
                let sums = sums.as_mut_ptr().add(row * stride).cast();
                columns::<C>(rows.as_ptr().add(row * depth), panels.as_ptr(), depth, sums);
            }
        }
    }

    #[inline(always)]
    fn multiply(self, rows: &[[u8; GROUP]], panels: &[Weights], depth: usize, sums: &mut [Sums]) {
        multiply::<_, 1, 2>(self, rows, panels, depth, sums);
    }
}

/// One row by `C` panels. A function of its own, so that nothing else competes for its registers.
///
/// # Safety
/// `depth` groups, `C` × `depth` steps, `C` × 16 sums.
#[inline(never)]
unsafe fn columns<const C: usize>(
    row: *const [u8; GROUP],
    panels: *const Weights,
    depth: usize,
    to: *mut v128,
) {
    let mut sums = [[i32x4_splat(0); VECTORS]; C];
    let whole = depth - depth % 4;
    // SAFETY: the caller's.
    unsafe {
        for first in (0..whole).step_by(4) {
            let four = v128_load(row.add(first).cast());
            let groups = [i32x4_shuffle::<0, 0, 0, 0>(four, four), i32x4_shuffle::<1, 1, 1, 1>(four, four)];
            two(&mut sums, panels.add(first), depth, groups);
            let groups = [i32x4_shuffle::<2, 2, 2, 2>(four, four), i32x4_shuffle::<3, 3, 3, 3>(four, four)];
            two(&mut sums, panels.add(first + 2), depth, groups);
        }
        for last in whole..depth {
            let group = v128_load32_splat(row.add(last).cast());
            for (panel, sums) in sums.iter_mut().enumerate() {
                let weights = panels.add(panel * depth + last).cast::<v128>();
                for (vector, sum) in sums.iter_mut().enumerate() {
                    let product = i16x8_relaxed_dot_i8x16_i7x16(v128_load(weights.add(vector)), group);
                    *sum = i32x4_add(*sum, i32x4_extadd_pairwise_i16x8(product));
                }
            }
        }
        for (at, sum) in sums.as_flattened().iter().enumerate() {
            v128_store(to.add(at), *sum);
        }
    }
}

/// Two steps of a row.
///
/// # Safety
/// Two steps of each panel.
#[inline(always)]
unsafe fn two<const C: usize>(
    sums: &mut [[v128; VECTORS]; C],
    panels: *const Weights,
    depth: usize,
    groups: [v128; 2],
) {
    for (panel, sums) in sums.iter_mut().enumerate() {
        for (vector, sum) in sums.iter_mut().enumerate() {
            // SAFETY: the caller's.
            let weights = unsafe {
                let weights = panels.add(panel * depth).cast::<v128>();
                [v128_load(weights.add(vector)), v128_load(weights.add(VECTORS + vector))]
            };
            let first = i16x8_relaxed_dot_i8x16_i7x16(weights[0], groups[0]);
            let second = i16x8_relaxed_dot_i8x16_i7x16(weights[1], groups[1]);
            *sum = i32x4_add(*sum, i32x4_extadd_pairwise_i16x8(i16x8_add(first, second)));
        }
    }
}
