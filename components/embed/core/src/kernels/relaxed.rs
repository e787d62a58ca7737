//! Products by `i16x8.relaxed_dot_i8x16_i7x16_s`, for activations of 7 bits. Each group is stored four times, so that a load
//! is all that an operand costs.
//!
//! With the second operand below 128 the instruction's result is the same on every host: two products of an int8 and a 7-bit number
//! never saturate 16 bits.

use std::arch::wasm32::{
    i16x8_relaxed_dot_i8x16_i7x16, i16x8_splat, i32x4_add, i32x4_dot_i16x8, i32x4_splat, v128, v128_load,
    v128_store,
};

use super::{Product, Tile, steps};
use crate::format::{GROUP, PANEL};

/// Four activations, four times.
type Group = [[u8; GROUP]; 4];

#[derive(Clone, Copy)]
pub(crate) struct Relaxed;

impl Product for Relaxed {
    type Group = Group;

    #[inline(always)]
    fn group(activations: [u8; GROUP]) -> Group {
        [activations; 4]
    }

    #[inline(always)]
    fn tile<const R: usize>(self, groups: &[Group], panel: &[i8]) -> Tile<R> {
        let mut tile = [[0; PANEL]; R];
        for half in 0..2 {
            for (sums, tile) in columns::<R>(groups, panel, half).into_iter().zip(&mut tile) {
                // SAFETY: eight of the 16 sums, from `half * 8`.
                unsafe {
                    let at = tile.as_mut_ptr().add(half * 8).cast::<v128>();
                    v128_store(at, sums[0]);
                    v128_store(at.add(1), sums[1]);
                }
            }
        }
        tile
    }
}

/// Sums of eight columns. A function of its own, so that nothing else, the other half's sums included, competes for its registers.
#[inline(never)]
fn columns<const R: usize>(groups: &[Group], panel: &[i8], half: usize) -> [[v128; 2]; R] {
    let ones = i16x8_splat(1);
    // Four products to two sums of 16 bits, these to one of 32.
    let product = |weights, group| i32x4_dot_i16x8(i16x8_relaxed_dot_i8x16_i7x16(weights, group), ones);
    let mut sums = [[i32x4_splat(0); 2]; R];
    for (weights, groups) in steps::<_, R>(groups, panel) {
        // SAFETY: 32 of the 64 bytes, from `half * 32`; `half` is 0 or 1.
        let [low, high] = unsafe {
            let at = weights.as_ptr().add(half * 32).cast::<v128>();
            [v128_load(at), v128_load(at.add(1))]
        };
        for (sums, group) in sums.iter_mut().zip(groups) {
            // SAFETY: a group is 16 bytes.
            let group = unsafe { v128_load(group.as_ptr().cast::<v128>()) };
            sums[0] = i32x4_add(sums[0], product(low, group));
            sums[1] = i32x4_add(sums[1], product(high, group));
        }
    }
    sums
}
