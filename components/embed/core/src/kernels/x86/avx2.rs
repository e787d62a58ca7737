//! Products by `vpmaddwd`: weights are widened from int8 as they are loaded, activations are stored widened.

use std::arch::x86_64::{
    _mm_loadu_si128, _mm256_add_epi32, _mm256_cvtepi8_epi16, _mm256_hadd_epi32, _mm256_loadu_si256,
    _mm256_madd_epi16, _mm256_permute4x64_epi64, _mm256_set1_epi32, _mm256_set1_epi64x, _mm256_setzero_si256,
    _mm256_storeu_si256,
};

use super::super::{Pair, Pairs, Product, Sums, Tile, Weights, multiply};
use crate::format::GROUP;

/// For any processor with AVX2.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Avx2(());

/// Pairs on the same.
#[derive(Clone, Copy)]
pub(crate) struct Avx2Pairs(Avx2);

impl Avx2 {
    pub(crate) fn detect() -> Option<Self> {
        is_x86_feature_detected!("avx2").then_some(Self(()))
    }
}

impl Product for Avx2 {
    const PANELS: usize = 1;
    type Pairs = Avx2Pairs;

    #[inline(always)]
    fn group(activations: [u8; GROUP]) -> [i16; GROUP] {
        activations.map(i16::from)
    }

    #[inline(always)]
    fn pair(pair: Pair) -> Pair {
        pair
    }

    fn pairs(self) -> Avx2Pairs {
        Avx2Pairs(self)
    }

    #[inline(always)]
    fn with_features<T>(self, f: impl FnOnce() -> T) -> T {
        #[target_feature(enable = "avx2")]
        fn with<T>(f: impl FnOnce() -> T) -> T {
            f()
        }
        // SAFETY: `self` proves the feature.
        unsafe { with(f) }
    }
}

impl Tile for Avx2 {
    const ROWS: usize = 4;
    type Group = [i16; GROUP];
    type Step = Weights;

    #[inline(always)]
    fn tile<const R: usize, const C: usize>(
        self,
        rows: &[[i16; GROUP]],
        panels: &[Weights],
        depth: usize,
        sums: &mut [Sums],
        stride: usize,
    ) {
        assert!(rows.len() >= R * depth && panels.len() >= C * depth && sums.len() >= (R - 1) * stride + C);
        for panel in 0..C {
            // SAFETY: within the bounds that were just checked; `self` proves the feature.
            unsafe {
                let (panel, sums) = (panels.as_ptr().add(panel * depth), sums.as_mut_ptr().add(panel));
                tile::<R>(rows.as_ptr(), panel, depth, sums, stride);
            }
        }
    }

    #[inline(always)]
    fn multiply(self, rows: &[[i16; GROUP]], panels: &[Weights], depth: usize, sums: &mut [Sums]) {
        multiply::<_, 4, 1>(self, rows, panels, depth, sums);
    }
}

/// # Safety
/// `R` × `depth` groups, `depth` steps, `R` rows of `stride` sums.
#[target_feature(enable = "avx2")]
#[inline(never)]
unsafe fn tile<const R: usize>(
    rows: *const [i16; GROUP],
    panel: *const Weights,
    depth: usize,
    to: *mut Sums,
    stride: usize,
) {
    for half in 0..2 {
        // Two lanes a column, four columns a vector.
        let mut sums = [[_mm256_setzero_si256(); 2]; R];
        // SAFETY: the caller's.
        unsafe {
            for step in 0..depth {
                let weights = panel.add(step).cast::<i8>().add(half * 32);
                let low = _mm256_cvtepi8_epi16(_mm_loadu_si128(weights.cast()));
                let high = _mm256_cvtepi8_epi16(_mm_loadu_si128(weights.add(16).cast()));
                for (row, sums) in sums.iter_mut().enumerate() {
                    let group = rows.add(step * R + row).cast::<i64>().read_unaligned();
                    let group = _mm256_set1_epi64x(group);
                    sums[0] = _mm256_add_epi32(sums[0], _mm256_madd_epi16(low, group));
                    sums[1] = _mm256_add_epi32(sums[1], _mm256_madd_epi16(high, group));
                }
            }
            for (row, &[low, high]) in sums.iter().enumerate() {
                let sums = _mm256_permute4x64_epi64::<0b11_01_10_00>(_mm256_hadd_epi32(low, high));
                _mm256_storeu_si256(to.add(row * stride).cast::<i32>().add(half * 8).cast(), sums);
            }
        }
    }
}

impl Tile for Avx2Pairs {
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
        for panel in 0..C {
            // SAFETY: within the bounds that were just checked; `self` proves the feature.
            unsafe {
                let (panel, sums) = (panels.as_ptr().add(panel * depth), sums.as_mut_ptr().add(panel));
                pairs::<R>(rows.as_ptr(), panel, depth, sums, stride);
            }
        }
    }

    #[inline(always)]
    fn multiply(self, rows: &[Pair], panels: &[Pairs], depth: usize, sums: &mut [Sums]) {
        multiply::<_, 4, 1>(self, rows, panels, depth, sums);
    }
}

/// # Safety
/// `R` × `depth` pairs, `depth` steps, `R` rows of `stride` sums.
#[target_feature(enable = "avx2")]
#[inline(never)]
unsafe fn pairs<const R: usize>(
    rows: *const Pair,
    panel: *const Pairs,
    depth: usize,
    to: *mut Sums,
    stride: usize,
) {
    let mut sums = [[_mm256_setzero_si256(); 2]; R];
    // SAFETY: the caller's.
    unsafe {
        for step in 0..depth {
            let columns = panel.add(step).cast::<i32>();
            let [low, high] = [_mm256_loadu_si256(columns.cast()), _mm256_loadu_si256(columns.add(8).cast())];
            for (row, sums) in sums.iter_mut().enumerate() {
                let pair = rows.add(row * depth + step).cast::<i32>().read_unaligned();
                let pair = _mm256_set1_epi32(pair);
                sums[0] = _mm256_add_epi32(sums[0], _mm256_madd_epi16(low, pair));
                sums[1] = _mm256_add_epi32(sums[1], _mm256_madd_epi16(high, pair));
            }
        }
        for (row, &[low, high]) in sums.iter().enumerate() {
            let to = to.add(row * stride).cast::<i32>();
            _mm256_storeu_si256(to.cast(), low);
            _mm256_storeu_si256(to.add(8).cast(), high);
        }
    }
}
