//! Products by `vpdpbusd` and `vpdpwssd` in 512 bits: one panel a vector.
//!
//! A tile of eight rows by three panels keeps 24 independent sums, enough to hide the instruction's latency, and loads eleven
//! operands for them.

use std::arch::x86_64::{
    _mm512_dpbusd_epi32, _mm512_dpwssd_epi32, _mm512_loadu_si512, _mm512_set1_epi32, _mm512_setzero_si512,
    _mm512_storeu_si512,
};

use super::super::{Pair, Pairs, Product, Sums, Tile, Weights, multiply};
use crate::format::GROUP;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Avx512Vnni(());

/// Pairs on the same.
#[derive(Clone, Copy)]
pub(crate) struct Avx512Pairs(Avx512Vnni);

impl Avx512Vnni {
    pub(super) fn detect() -> Option<Self> {
        (is_x86_feature_detected!("avx512f")
            && is_x86_feature_detected!("avx512bw")
            && is_x86_feature_detected!("avx512dq")
            && is_x86_feature_detected!("avx512vl")
            && is_x86_feature_detected!("avx512vnni"))
        .then_some(Self(()))
    }
}

impl Product for Avx512Vnni {
    const PANELS: usize = 3;
    type Pairs = Avx512Pairs;

    #[inline(always)]
    fn group(activations: [u8; GROUP]) -> [u8; GROUP] {
        activations
    }

    #[inline(always)]
    fn pair(pair: Pair) -> Pair {
        pair
    }

    fn pairs(self) -> Avx512Pairs {
        Avx512Pairs(self)
    }

    #[inline(always)]
    fn with_features<T>(self, f: impl FnOnce() -> T) -> T {
        #[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl,avx512vnni")]
        fn with<T>(f: impl FnOnce() -> T) -> T {
            f()
        }
        // SAFETY: `self` proves the features.
        unsafe { with(f) }
    }
}

impl Tile for Avx512Vnni {
    const ROWS: usize = 8;
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
        // SAFETY: within the bounds that were just checked; `self` proves the features.
        unsafe { bytes::<R, C>(rows.as_ptr(), panels.as_ptr(), depth, sums.as_mut_ptr(), stride) }
    }

    #[inline(always)]
    fn multiply(self, rows: &[[u8; GROUP]], panels: &[Weights], depth: usize, sums: &mut [Sums]) {
        multiply::<_, 8, 3>(self, rows, panels, depth, sums);
    }
}

impl Tile for Avx512Pairs {
    const ROWS: usize = 1;
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
        // SAFETY: within the bounds that were just checked; `self` proves the features.
        unsafe { pairs::<R, C>(rows.as_ptr(), panels.as_ptr(), depth, sums.as_mut_ptr(), stride) }
    }

    #[inline(always)]
    fn multiply(self, rows: &[Pair], panels: &[Pairs], depth: usize, sums: &mut [Sums]) {
        multiply::<_, 8, 2>(self, rows, panels, depth, sums);
    }
}

/// # Safety
/// `R` × `depth` groups, `C` × `depth` steps, `R` rows of `stride` sums of which `C` are written.
#[target_feature(enable = "avx512f,avx512vnni")]
#[inline(never)]
unsafe fn bytes<const R: usize, const C: usize>(
    rows: *const [u8; GROUP],
    panels: *const Weights,
    depth: usize,
    to: *mut Sums,
    stride: usize,
) {
    let mut sums = [[_mm512_setzero_si512(); C]; R];
    // SAFETY: the caller's.
    unsafe {
        for step in 0..depth {
            // A closure would not have the function's features, and could not be part of it.
            let mut weights = [_mm512_setzero_si512(); C];
            for (panel, weights) in weights.iter_mut().enumerate() {
                *weights = _mm512_loadu_si512(panels.add(panel * depth + step).cast());
            }
            for (row, sums) in sums.iter_mut().enumerate() {
                let group = rows.add(step * R + row).cast::<i32>().read_unaligned();
                let group = _mm512_set1_epi32(group);
                for (sum, weights) in sums.iter_mut().zip(weights) {
                    *sum = _mm512_dpbusd_epi32(*sum, group, weights);
                }
            }
        }
        for (row, sums) in sums.iter().enumerate() {
            for (panel, &sum) in sums.iter().enumerate() {
                _mm512_storeu_si512(to.add(row * stride + panel).cast(), sum);
            }
        }
    }
}

/// # Safety
/// As [`bytes`].
#[target_feature(enable = "avx512f,avx512vnni")]
#[inline(never)]
unsafe fn pairs<const R: usize, const C: usize>(
    rows: *const Pair,
    panels: *const Pairs,
    depth: usize,
    to: *mut Sums,
    stride: usize,
) {
    let mut sums = [[_mm512_setzero_si512(); C]; R];
    // SAFETY: the caller's.
    unsafe {
        for step in 0..depth {
            let mut columns = [_mm512_setzero_si512(); C];
            for (panel, columns) in columns.iter_mut().enumerate() {
                *columns = _mm512_loadu_si512(panels.add(panel * depth + step).cast());
            }
            for (row, sums) in sums.iter_mut().enumerate() {
                let pair = rows.add(row * depth + step).cast::<i32>().read_unaligned();
                let pair = _mm512_set1_epi32(pair);
                for (sum, columns) in sums.iter_mut().zip(columns) {
                    *sum = _mm512_dpwssd_epi32(*sum, columns, pair);
                }
            }
        }
        for (row, sums) in sums.iter().enumerate() {
            for (panel, &sum) in sums.iter().enumerate() {
                _mm512_storeu_si512(to.add(row * stride + panel).cast(), sum);
            }
        }
    }
}
