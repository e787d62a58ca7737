//! Products by `i32x4.relaxed_dot_i8x16_i7x16_add_s`, for activations of 7 bits.
//!
//! With the second operand below 128 the instruction's result is the same on every host: two products of an int8 and a 7-bit number
//! never saturate 16 bits.

use std::arch::wasm32::{
    i32x4_relaxed_dot_i8x16_i7x16_add, i32x4_splat, v128, v128_load, v128_load32_splat, v128_store,
};

use super::{Product, Tile};
use crate::format::{GROUP, PANEL};

#[derive(Clone, Copy)]
pub(crate) struct Relaxed;

impl Product for Relaxed {
    type Activation = u8;

    #[inline(always)]
    fn tile<const R: usize>(self, activations: &[u8], panel: &[i8]) -> Tile<R> {
        let inputs = panel.len() / PANEL;
        assert!(activations.len() >= R * inputs && inputs.is_multiple_of(GROUP));
        let mut tile = [[0; PANEL]; R];
        for half in 0..2 {
            let mut sums = [[i32x4_splat(0); 2]; R];
            for group in 0..inputs / GROUP {
                // SAFETY: 32 bytes at `group * 64 + half * 32` end within `inputs * 16`.
                let weights: [v128; 2] = unsafe {
                    let at = panel.as_ptr().add(group * GROUP * PANEL + half * 32).cast::<v128>();
                    [v128_load(at), v128_load(at.add(1))]
                };
                for (row, sums) in sums.iter_mut().enumerate() {
                    // SAFETY: four activations at `row * inputs + group * 4` end within `R * inputs`.
                    let four = unsafe {
                        v128_load32_splat(
                            activations.as_ptr().add(row * inputs + group * GROUP).cast::<u32>(),
                        )
                    };
                    sums[0] = i32x4_relaxed_dot_i8x16_i7x16_add(weights[0], four, sums[0]);
                    sums[1] = i32x4_relaxed_dot_i8x16_i7x16_add(weights[1], four, sums[1]);
                }
            }
            for (sums, tile) in sums.into_iter().zip(&mut tile) {
                // SAFETY: eight sums at `half * 8` end within 16.
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
