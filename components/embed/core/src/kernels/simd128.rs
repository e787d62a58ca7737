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

/// Four activations, twice.
type Group = [[i16; GROUP]; 2];

impl Product for Simd128 {
    const PANELS: usize = 1;
    type Pairs = Simd128Pairs;

    #[inline(always)]
    fn group(activations: [u8; GROUP]) -> Group {
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
            for quarter in 0..PANEL / 4 {
                // SAFETY: within the bounds that were just checked.
                let tile = unsafe {
                    let weights = panels.as_ptr().add(panel * depth).cast::<i8>().add(quarter * 16);
                    columns::<R>(rows.as_ptr(), weights, depth, zero)
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
    fn multiply(self, rows: &[Group], panels: &[Weights], depth: usize, sums: &mut [Sums]) {
        multiply::<_, 4, 1>(self, rows, panels, depth, sums);
    }
}

/// Sums of four columns. A function of its own, so that nothing else competes for its registers.
///
/// # Safety
/// `R` × `depth` groups, and `depth` steps of a panel of which the first 16 bytes are the four columns'.
#[inline(never)]
unsafe fn columns<const R: usize>(
    rows: *const Group,
    weights: *const i8,
    depth: usize,
    zero: usize,
) -> [v128; R] {
    // Two lanes a column: inputs 0 and 1 of each group in the one, 2 and 3 in the other.
    let mut sums = [[i32x4_splat(0); 2]; R];
    let step = |rows: *const Group, weights: *const i8| {
        // SAFETY: the caller's.
        unsafe {
            let [low, high] = [i16x8_load_extend_i8x8(weights), i16x8_load_extend_i8x8(weights.add(8))];
            for (row, sums) in sums.iter_mut().enumerate() {
                let group = v128_load(rows.add(row).cast());
                sums[0] = i32x4_add(sums[0], i32x4_dot_i16x8(low, group));
                sums[1] = i32x4_add(sums[1], i32x4_dot_i16x8(high, group));
            }
        }
    };
    steps(depth, (rows, R), (weights, size_of::<Weights>()), zero, step);
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
    let step = |rows: *const [Pair; 4], columns: *const v128| {
        // SAFETY: the caller's.
        unsafe {
            let [low, high] = [v128_load(columns), v128_load(columns.add(1))];
            for (row, sums) in sums.iter_mut().enumerate() {
                let pair = v128_load(rows.add(row).cast());
                sums[0] = i32x4_add(sums[0], i32x4_dot_i16x8(low, pair));
                sums[1] = i32x4_add(sums[1], i32x4_dot_i16x8(high, pair));
            }
        }
    };
    steps(depth, (rows, R), (columns, size_of::<Pairs>() / size_of::<v128>()), zero, step);
    sums
}

/// Runs `step` that many times, each time with two pointers that are further by the elements beside them. `zero` is that of [`advance`].
///
/// Eight steps are one turn of the loop: a host that interrupts by epochs has a check in each turn, around which it saves every sum, and once a
/// step that takes as long as the step. Any step may be the last, and that they can be left after each is what keeps them apart: in one
/// piece, compilers put all loads of a turn first, for which there are not registers enough.
#[inline(always)]
pub(super) fn steps<A, B>(
    count: usize,
    (mut rows, row): (*const A, usize),
    (mut columns, column): (*const B, usize),
    zero: usize,
    mut step: impl FnMut(*const A, *const B),
) {
    let mut left = count;
    macro_rules! turn {
        ($($at:literal)*) => {$(
            if left == 0 {
                return;
            }
            step(rows.wrapping_add($at * row), columns.wrapping_add($at * column));
            left -= 1;
        )*};
    }
    loop {
        turn!(0 1 2 3 4 5 6 7);
        rows = advance(rows, 8 * row, zero);
        columns = advance(columns, 8 * column, zero);
    }
}

/// The pointer `by` elements further. `zero` is 0, which the compiler must not know: it would compute every address of a loop from
/// one counter, and what an address adds to a pointer would no longer be part of the instruction that uses it.
#[inline(always)]
fn advance<T>(pointer: *const T, by: usize, zero: usize) -> *const T {
    pointer.wrapping_add(by).map_addr(|address| address | zero)
}
