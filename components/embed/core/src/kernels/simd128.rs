//! Products by `i32x4.dot_i16x8_s`: weights are widened from int8 as they are loaded. Activations are stored widened, and each group
//! twice, so that a load is all that an operand costs.

use std::arch::wasm32::{
    i16x8_load_extend_i8x8, i32x4_add, i32x4_dot_i16x8, i32x4_shuffle, i32x4_splat, v128, v128_load,
    v128_store,
};

use super::{Product, Tile, steps};
use crate::format::{GROUP, PANEL};

/// Four activations, twice.
type Group = [[i16; GROUP]; 2];

#[derive(Clone, Copy)]
pub(crate) struct Simd128;

impl Product for Simd128 {
    type Group = Group;

    #[inline(always)]
    fn group(activations: [u8; GROUP]) -> Group {
        [activations.map(i16::from); 2]
    }

    // A function of its own, so that nothing else competes for its registers.
    #[inline(never)]
    fn tile<const R: usize>(self, groups: &[Group], panel: &[i8]) -> Tile<R> {
        let mut tile = [[0; PANEL]; R];
        for quarter in 0..PANEL / 4 {
            // Two lanes a column: inputs 0 and 1 of each group in the one, 2 and 3 in the other.
            let mut sums = [[i32x4_splat(0); 2]; R];
            for (weights, groups) in steps::<_, R>(groups, panel) {
                // SAFETY: 16 of the 64 bytes, from `quarter * 16`.
                let [low, high] = unsafe {
                    let at = weights.as_ptr().add(quarter * 16);
                    [i16x8_load_extend_i8x8(at), i16x8_load_extend_i8x8(at.add(8))]
                };
                for (sums, group) in sums.iter_mut().zip(groups) {
                    // SAFETY: a group is 16 bytes.
                    let group = unsafe { v128_load(group.as_ptr().cast::<v128>()) };
                    sums[0] = i32x4_add(sums[0], i32x4_dot_i16x8(low, group));
                    sums[1] = i32x4_add(sums[1], i32x4_dot_i16x8(high, group));
                }
            }
            for ([low, high], tile) in sums.into_iter().zip(&mut tile) {
                let even = i32x4_shuffle::<0, 2, 4, 6>(low, high);
                let odd = i32x4_shuffle::<1, 3, 5, 7>(low, high);
                // SAFETY: four of the 16 sums, from `quarter * 4`.
                unsafe { v128_store(tile.as_mut_ptr().add(quarter * 4).cast::<v128>(), i32x4_add(even, odd)) }
            }
        }
        tile
    }
}
