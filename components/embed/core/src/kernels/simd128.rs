//! Products by `i32x4.dot_i16x8_s`: weights widened from int8 as they are loaded, activations stored as i16.

use std::arch::wasm32::{
    i16x8_extend_high_i8x16, i16x8_extend_low_i8x16, i32x4_add, i32x4_dot_i16x8, i32x4_shuffle, i32x4_splat,
    v128, v128_load, v128_load64_splat, v128_store,
};

use super::{Product, Tile};
use crate::format::{GROUP, PANEL};

#[derive(Clone, Copy)]
pub(crate) struct Simd128;

impl Product for Simd128 {
    type Activation = i16;

    #[inline(always)]
    fn tile<const R: usize>(self, activations: &[i16], panel: &[i8]) -> Tile<R> {
        let inputs = panel.len() / PANEL;
        assert!(activations.len() >= R * inputs && inputs.is_multiple_of(GROUP));
        let mut tile = [[0; PANEL]; R];
        for quarter in 0..PANEL / GROUP {
            // Two lanes a column: inputs 0 and 1 of each group in the one, 2 and 3 in the other.
            let mut sums = [[i32x4_splat(0); 2]; R];
            for group in 0..inputs / GROUP {
                // SAFETY: 16 bytes at `group * 64 + quarter * 16` end within `inputs * 16`.
                let weights = unsafe {
                    v128_load(panel.as_ptr().add(group * GROUP * PANEL + quarter * 16).cast::<v128>())
                };
                let (low, high) = (i16x8_extend_low_i8x16(weights), i16x8_extend_high_i8x16(weights));
                for (row, sums) in sums.iter_mut().enumerate() {
                    // SAFETY: four activations at `row * inputs + group * 4` end within `R * inputs`.
                    let four = unsafe {
                        v128_load64_splat(
                            activations.as_ptr().add(row * inputs + group * GROUP).cast::<u64>(),
                        )
                    };
                    sums[0] = i32x4_add(sums[0], i32x4_dot_i16x8(low, four));
                    sums[1] = i32x4_add(sums[1], i32x4_dot_i16x8(high, four));
                }
            }
            for ([low, high], tile) in sums.into_iter().zip(&mut tile) {
                let even = i32x4_shuffle::<0, 2, 4, 6>(low, high);
                let odd = i32x4_shuffle::<1, 3, 5, 7>(low, high);
                // SAFETY: four sums at `quarter * 4` end within 16.
                unsafe { v128_store(tile.as_mut_ptr().add(quarter * 4).cast::<v128>(), i32x4_add(even, odd)) }
            }
        }
        tile
    }
}
