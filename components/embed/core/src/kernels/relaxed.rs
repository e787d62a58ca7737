//! Products by `i16x8.relaxed_dot_i8x16_i7x16_s`, for activations of 7 bits.
//!
//! The instruction adds two products of an int8 and a 7-bit number in 16 bits, which never saturates, so that its result is the same
//! on every host. The compiler packs a 7-bit model so that four products fit as well ([`crate::format::summable`]): two steps are added
//! in 16 bits and widened once. A tile is two rows by eight columns: as many as leave registers for all operands of two steps.

use std::arch::wasm32::{
    i16x8_add, i16x8_relaxed_dot_i8x16_i7x16, i32x4_add, i32x4_extadd_pairwise_i16x8, i32x4_splat, v128,
    v128_load, v128_store,
};
use std::hint::black_box;

use super::simd128::{Simd128Pairs, steps};
use super::{Pair, Product, Sums, Tile, Weights, multiply};
use crate::format::GROUP;

/// Four activations, four times.
type Group = [[u8; GROUP]; 4];

#[derive(Clone, Copy)]
pub(crate) struct Relaxed;

impl Product for Relaxed {
    const PANELS: usize = 1;
    type Pairs = Simd128Pairs;

    #[inline(always)]
    fn group(activations: [u8; GROUP]) -> Group {
        [activations; 4]
    }

    #[inline(always)]
    fn pair(pair: Pair) -> [Pair; 4] {
        [pair; 4]
    }

    fn pairs(self) -> Simd128Pairs {
        Simd128Pairs
    }
}

impl Tile for Relaxed {
    const ROWS: usize = 2;
    type Group = Group;
    type Step = Weights;

    #[inline(always)]
    fn tile<const R: usize, const C: usize>(
        self,
        rows: &[Group],
        panels: &[Weights],
        depth: usize,
        sums: &mut [Sums],
        stride: usize,
    ) {
        assert!(rows.len() >= R * depth && panels.len() >= C * depth && sums.len() >= (R - 1) * stride + C);
        let zero = black_box(0);
        for panel in 0..C {
            for half in 0..2 {
                // SAFETY: within the bounds that were just checked.
                let tile = unsafe {
                    let weights = panels.as_ptr().add(panel * depth).cast::<v128>().add(half * 2);
                    columns::<R>(rows.as_ptr().cast(), weights, depth, zero)
                };
                for (row, [low, high]) in tile.into_iter().enumerate() {
                    // SAFETY: eight of the 16 sums of a row of the tile.
                    unsafe {
                        let at = sums.as_mut_ptr().add(row * stride + panel).cast::<v128>().add(half * 2);
                        v128_store(at, low);
                        v128_store(at.add(1), high);
                    }
                }
            }
        }
    }

    #[inline(always)]
    fn multiply(self, rows: &[Group], panels: &[Weights], depth: usize, sums: &mut [Sums]) {
        multiply::<_, 2, 1>(self, rows, panels, depth, sums);
    }
}

/// Vectors of a step of a panel.
const STEP: usize = size_of::<Weights>() / size_of::<v128>();

/// Sums of eight columns. A function of its own, so that nothing else competes for its registers.
///
/// # Safety
/// `R` × `depth` groups, and `depth` steps of a panel of which the first two vectors are the eight columns'.
#[inline(never)]
unsafe fn columns<const R: usize>(
    rows: *const v128,
    weights: *const v128,
    depth: usize,
    zero: usize,
) -> [[v128; 2]; R] {
    let mut sums = [[i32x4_splat(0); 2]; R];
    let two = |rows: *const v128, weights: *const v128| {
        // SAFETY: the caller's.
        unsafe {
            let even = [v128_load(weights), v128_load(weights.add(1))];
            let odd = [v128_load(weights.add(STEP)), v128_load(weights.add(STEP + 1))];
            for (row, sums) in sums.iter_mut().enumerate() {
                let groups = [v128_load(rows.add(row)), v128_load(rows.add(R + row))];
                for ((sum, even), odd) in sums.iter_mut().zip(even).zip(odd) {
                    let even = i16x8_relaxed_dot_i8x16_i7x16(even, groups[0]);
                    let odd = i16x8_relaxed_dot_i8x16_i7x16(odd, groups[1]);
                    *sum = i32x4_add(*sum, i32x4_extadd_pairwise_i16x8(i16x8_add(even, odd)));
                }
            }
        }
    };
    steps(depth / 2, (rows, 2 * R), (weights, 2 * STEP), zero, two);
    if depth % 2 == 1 {
        // SAFETY: the caller's.
        unsafe {
            let (rows, weights) = (rows.add((depth - 1) * R), weights.add((depth - 1) * STEP));
            let last = [v128_load(weights), v128_load(weights.add(1))];
            for (row, sums) in sums.iter_mut().enumerate() {
                let group = v128_load(rows.add(row));
                for (sum, last) in sums.iter_mut().zip(last) {
                    let last = i16x8_relaxed_dot_i8x16_i7x16(last, group);
                    *sum = i32x4_add(*sum, i32x4_extadd_pairwise_i16x8(last));
                }
            }
        }
    }
    sums
}
