//! Products by `vpdpbusd` on processors that have it in 256 bits only.

use std::arch::x86_64::{
    _mm256_dpbusd_avx_epi32, _mm256_loadu_si256, _mm256_set1_epi32, _mm256_setzero_si256, _mm256_storeu_si256,
};

use super::super::{Pair, Product, Sums, Tile, Weights, multiply};
use super::Avx2;
use crate::format::GROUP;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct AvxVnni(Avx2);

impl AvxVnni {
    pub(super) fn detect() -> Option<Self> {
        Avx2::detect().filter(|_| is_x86_feature_detected!("avxvnni")).map(Self)
    }
}

impl Product for AvxVnni {
    const PANELS: usize = 1;
    type Pairs = <Avx2 as Product>::Pairs;

    #[inline(always)]
    fn group(activations: [u8; GROUP]) -> [u8; GROUP] {
        activations
    }

    #[inline(always)]
    fn pair(pair: Pair) -> Pair {
        pair
    }

    fn pairs(self) -> Self::Pairs {
        self.0.pairs()
    }

    #[inline(always)]
    fn with_features<T>(self, f: impl FnOnce() -> T) -> T {
        self.0.with_features(f)
    }
}

impl Tile for AvxVnni {
    const ROWS: usize = 6;
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
        for panel in 0..C {
            // SAFETY: within the bounds that were just checked; `self` proves the features.
            unsafe {
                let (panel, sums) = (panels.as_ptr().add(panel * depth), sums.as_mut_ptr().add(panel));
                tile::<R>(rows.as_ptr(), panel, depth, sums, stride);
            }
        }
    }

    #[inline(always)]
    fn multiply(self, rows: &[[u8; GROUP]], panels: &[Weights], depth: usize, sums: &mut [Sums]) {
        multiply::<_, 6, 1>(self, rows, panels, depth, sums);
    }
}

/// # Safety
/// `R` × `depth` groups, `depth` steps, `R` rows of `stride` sums.
#[target_feature(enable = "avx2,avxvnni")]
#[inline(never)]
unsafe fn tile<const R: usize>(
    rows: *const [u8; GROUP],
    panel: *const Weights,
    depth: usize,
    to: *mut Sums,
    stride: usize,
) {
    let mut sums = [[_mm256_setzero_si256(); 2]; R];
    // SAFETY: the caller's.
    unsafe {
        for step in 0..depth {
            let weights = panel.add(step).cast::<i8>();
            let [low, high] =
                [_mm256_loadu_si256(weights.cast()), _mm256_loadu_si256(weights.add(32).cast())];
            for (row, sums) in sums.iter_mut().enumerate() {
                let group = rows.add(step * R + row).cast::<i32>().read_unaligned();
                let group = _mm256_set1_epi32(group);
                sums[0] = _mm256_dpbusd_avx_epi32(sums[0], group, low);
                sums[1] = _mm256_dpbusd_avx_epi32(sums[1], group, high);
            }
        }
        for (row, &[low, high]) in sums.iter().enumerate() {
            let to = to.add(row * stride).cast::<i32>();
            _mm256_storeu_si256(to.cast(), low);
            _mm256_storeu_si256(to.add(8).cast(), high);
        }
    }
}
