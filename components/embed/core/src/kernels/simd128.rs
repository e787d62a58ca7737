//! Products by `i32x4.dot_i16x8_s`: weights are widened from int8 as they are loaded, activations are stored widened.
//!
//! A tile is four rows by four columns, or eight in attention: eight sums, the operands and one product fit in sixteen registers.

use std::arch::wasm32::{
    i16x8_load_extend_i8x8, i32x4_add, i32x4_dot_i16x8, i32x4_shuffle, i32x4_splat, v128, v128_load,
    v128_store,
};
use std::hint::black_box;

use super::{Pair, Pairs, Product, Sums, Tile, Weights, multiply};
use crate::format::{GROUP, PANEL};

#[derive(Clone, Copy)]
pub(crate) struct Simd128;

#[derive(Clone, Copy)]
pub(crate) struct Simd128Pairs;

impl Product for Simd128 {
    const PANELS: usize = 1;
    type Pairs = Simd128Pairs;

    #[inline(always)]
    fn group(activations: [u8; GROUP]) -> [[i16; GROUP]; 2] {
        [activations.map(i16::from); 2]
    }

    #[inline(always)]
    fn pair(pair: Pair) -> [Pair; 4] {
        [pair; 4]
    }

    fn pairs(self) -> Simd128Pairs {
        Simd128Pairs
    }
}

impl Tile for Simd128 {
    const ROWS: usize = 4;
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
unsafe fn columns<const R: usize>(
    rows: *const [[i16; GROUP]; 2],
    weights: *const i8,
    depth: usize,
) -> [v128; R] {
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
    const ROWS: usize = 4;
    type Group = [Pair; 4];
    type Step = Pairs;

    #[inline(always)]
    fn tile<const R: usize, const C: usize>(
        self,
        rows: &[[Pair; 4]],
        panels: &[Pairs],
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
                    let columns = panels.as_ptr().add(panel * depth).cast::<v128>().add(half * 2);
                    pairs::<R>(rows.as_ptr(), columns, depth, zero)
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
    fn multiply(self, rows: &[[Pair; 4]], panels: &[Pairs], depth: usize, sums: &mut [Sums]) {
        multiply::<_, 4, 1>(self, rows, panels, depth, sums);
    }
}

/// Sums of eight columns, one a lane.
///
/// # Safety
/// `R` × `depth` pairs, and `depth` steps of a panel of which the first two vectors are the eight columns'.
#[inline(never)]
unsafe fn pairs<const R: usize>(
    rows: *const [Pair; 4],
    columns: *const v128,
    depth: usize,
    zero: usize,
) -> [[v128; 2]; R] {
    let mut sums = [[i32x4_splat(0); 2]; R];
    let (mut rows, mut columns) = (rows, columns);
    for _ in 0..depth {
        // SAFETY: the caller's.
        unsafe {
            let [low, high] = [v128_load(columns), v128_load(columns.add(1))];
            for (row, sums) in sums.iter_mut().enumerate() {
                let pair = v128_load(rows.add(row).cast());
                sums[0] = i32x4_add(sums[0], i32x4_dot_i16x8(low, pair));
                sums[1] = i32x4_add(sums[1], i32x4_dot_i16x8(high, pair));
            }
        }
        columns = advance(columns, size_of::<Pairs>() / size_of::<v128>(), zero);
        rows = advance(rows, R, zero);
    }
    sums
}

/// The pointer `by` elements further. `zero` is 0, which the compiler must not know: it would compute every address of a loop from
/// one counter, and what an address adds to a pointer would no longer be part of the instruction that uses it.
#[inline(always)]
pub(super) fn advance<T>(pointer: *const T, by: usize, zero: usize) -> *const T {
    pointer.wrapping_add(by).map_addr(|address| address | zero)
}
