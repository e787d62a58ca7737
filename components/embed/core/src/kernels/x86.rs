//! Products of x86-64, chosen when the program runs: AVX-512 VNNI, AVX-VNNI, AVX2.
//!
//! Each type can only be made by its `detect`, so that having one proves that the processor has what it needs.

use std::arch::x86_64::{
    __m256i, __m512i, _mm_loadu_si128, _mm256_add_epi32, _mm256_cvtepi8_epi16, _mm256_dpbusd_avx_epi32,
    _mm256_loadu_si256, _mm256_madd_epi16, _mm256_set1_epi32, _mm256_set1_epi64x, _mm256_setzero_si256,
    _mm256_storeu_si256, _mm512_add_epi32, _mm512_dpbusd_epi32, _mm512_loadu_si512, _mm512_set1_epi32,
    _mm512_setzero_si512, _mm512_storeu_si512,
};

use super::{Kernel, Product, Tile};
use crate::format::{GROUP, PANEL};

/// Bytes of one group of a panel.
const STEP: usize = GROUP * PANEL;

/// This processor's kernels, fastest first.
pub(super) fn kernels() -> impl Iterator<Item = Kernel> {
    [
        Avx512Vnni::detect().map(Kernel::Avx512Vnni),
        AvxVnni::detect().map(Kernel::AvxVnni),
        Avx2::detect().map(Kernel::Avx2),
    ]
    .into_iter()
    .flatten()
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Avx2(());

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct AvxVnni(());

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Avx512Vnni(());

impl Avx2 {
    pub(crate) fn detect() -> Option<Self> {
        is_x86_feature_detected!("avx2").then_some(Self(()))
    }
}

impl AvxVnni {
    fn detect() -> Option<Self> {
        (is_x86_feature_detected!("avx2") && is_x86_feature_detected!("avxvnni")).then_some(Self(()))
    }
}

impl Avx512Vnni {
    fn detect() -> Option<Self> {
        (is_x86_feature_detected!("avx2")
            && is_x86_feature_detected!("avx512f")
            && is_x86_feature_detected!("avx512vnni"))
        .then_some(Self(()))
    }
}

/// Panics unless `R` rows of activations are there for the panel's inputs, which it returns.
#[inline(always)]
fn inputs<const R: usize, A>(activations: &[A], panel: &[i8]) -> usize {
    let inputs = panel.len() / PANEL;
    assert!(
        activations.len() >= R * inputs && inputs.is_multiple_of(GROUP),
        "a product's operands must match"
    );
    inputs
}

impl Product for Avx2 {
    type Activation = i16;

    #[inline(always)]
    fn tile<const R: usize>(self, activations: &[i16], panel: &[i8]) -> Tile<R> {
        // SAFETY: `self` proves the feature.
        unsafe { avx2_tile(activations, panel) }
    }

    #[inline(always)]
    fn with_features<T>(self, f: impl FnOnce() -> T) -> T {
        // SAFETY: `self` proves the feature.
        unsafe { with_avx2(f) }
    }
}

impl Product for AvxVnni {
    type Activation = u8;

    #[inline(always)]
    fn tile<const R: usize>(self, activations: &[u8], panel: &[i8]) -> Tile<R> {
        // SAFETY: `self` proves the features.
        unsafe { avx_vnni_tile(activations, panel) }
    }

    #[inline(always)]
    fn with_features<T>(self, f: impl FnOnce() -> T) -> T {
        // SAFETY: `self` proves the feature.
        unsafe { with_avx2(f) }
    }
}

impl Product for Avx512Vnni {
    type Activation = u8;

    #[inline(always)]
    fn tile<const R: usize>(self, activations: &[u8], panel: &[i8]) -> Tile<R> {
        // SAFETY: `self` proves the features.
        unsafe { avx512_vnni_tile(activations, panel) }
    }

    #[inline(always)]
    fn with_features<T>(self, f: impl FnOnce() -> T) -> T {
        // SAFETY: `self` proves the feature.
        unsafe { with_avx2(f) }
    }
}

#[target_feature(enable = "avx2")]
fn with_avx2<T>(f: impl FnOnce() -> T) -> T {
    f()
}

#[target_feature(enable = "avx2")]
fn avx2_tile<const R: usize>(activations: &[i16], panel: &[i8]) -> Tile<R> {
    let inputs = inputs::<R, _>(activations, panel);
    let mut tile = [[0; PANEL]; R];
    for half in 0..2 {
        // Two lanes a column, four columns a vector.
        let mut sums = [[_mm256_setzero_si256(); 2]; R];
        for group in 0..inputs / GROUP {
            // SAFETY: 32 bytes at `group * 64 + half * 32` end within `inputs * 16`.
            let weights = unsafe {
                let at = panel.as_ptr().add(group * STEP + half * 32);
                [_mm_loadu_si128(at.cast()), _mm_loadu_si128(at.add(16).cast())]
            };
            let weights = weights.map(|weights| _mm256_cvtepi8_epi16(weights));
            for (row, sums) in sums.iter_mut().enumerate() {
                // SAFETY: four activations at `row * inputs + group * 4` end within `R * inputs`.
                let four = unsafe {
                    activations.as_ptr().add(row * inputs + group * GROUP).cast::<i64>().read_unaligned()
                };
                let four = _mm256_set1_epi64x(four);
                for (sum, weights) in sums.iter_mut().zip(weights) {
                    *sum = _mm256_add_epi32(*sum, _mm256_madd_epi16(weights, four));
                }
            }
        }
        for (sums, tile) in sums.into_iter().zip(&mut tile) {
            let mut lanes = [[0i32; 8]; 2];
            for (lanes, sum) in lanes.iter_mut().zip(sums) {
                // SAFETY: eight sums of 32 bits.
                unsafe { _mm256_storeu_si256(lanes.as_mut_ptr().cast(), sum) }
            }
            for (sum, pair) in tile.iter_mut().skip(half * 8).zip(lanes.as_flattened().as_chunks::<2>().0) {
                *sum = pair[0] + pair[1];
            }
        }
    }
    tile
}

#[target_feature(enable = "avx2,avxvnni")]
fn avx_vnni_tile<const R: usize>(activations: &[u8], panel: &[i8]) -> Tile<R> {
    let inputs = inputs::<R, _>(activations, panel);
    let mut sums = [[_mm256_setzero_si256(); 2]; R];
    for group in 0..inputs / GROUP {
        // SAFETY: 64 bytes at `group * 64` end within `inputs * 16`.
        let weights: [__m256i; 2] = unsafe {
            let at = panel.as_ptr().add(group * STEP);
            [_mm256_loadu_si256(at.cast()), _mm256_loadu_si256(at.add(32).cast())]
        };
        for (row, sums) in sums.iter_mut().enumerate() {
            // SAFETY: four activations at `row * inputs + group * 4` end within `R * inputs`.
            let four = unsafe {
                activations.as_ptr().add(row * inputs + group * GROUP).cast::<i32>().read_unaligned()
            };
            let four = _mm256_set1_epi32(four);
            for (sum, weights) in sums.iter_mut().zip(weights) {
                *sum = _mm256_dpbusd_avx_epi32(*sum, four, weights);
            }
        }
    }
    let mut tile = [[0; PANEL]; R];
    for ([low, high], tile) in sums.into_iter().zip(&mut tile) {
        // SAFETY: two times eight sums of 32 bits in 16.
        unsafe {
            _mm256_storeu_si256(tile.as_mut_ptr().cast(), low);
            _mm256_storeu_si256(tile.as_mut_ptr().add(8).cast(), high);
        }
    }
    tile
}

#[target_feature(enable = "avx512f,avx512vnni")]
fn avx512_vnni_tile<const R: usize>(activations: &[u8], panel: &[i8]) -> Tile<R> {
    let inputs = inputs::<R, _>(activations, panel);
    // Two sums a row, of alternate groups: one chain of dependent products a row would wait for its own latency.
    let mut sums = [[_mm512_setzero_si512(); 2]; R];
    let step = |sums: &mut [[__m512i; 2]; R], group: usize| {
        // SAFETY: 64 bytes at `group * 64` end within `inputs * 16`.
        let weights = unsafe { _mm512_loadu_si512(panel.as_ptr().add(group * STEP).cast()) };
        for (row, sums) in sums.iter_mut().enumerate() {
            // SAFETY: four activations at `row * inputs + group * 4` end within `R * inputs`.
            let four = unsafe {
                activations.as_ptr().add(row * inputs + group * GROUP).cast::<i32>().read_unaligned()
            };
            let [even, odd] = sums;
            let sum = if group.is_multiple_of(2) { even } else { odd };
            *sum = _mm512_dpbusd_epi32(*sum, _mm512_set1_epi32(four), weights);
        }
    };
    let groups = inputs / GROUP;
    for pair in 0..groups / 2 {
        step(&mut sums, pair * 2);
        step(&mut sums, pair * 2 + 1);
    }
    if !groups.is_multiple_of(2) {
        step(&mut sums, groups - 1);
    }
    let mut tile = [[0; PANEL]; R];
    for ([even, odd], tile) in sums.into_iter().zip(&mut tile) {
        // SAFETY: sixteen sums of 32 bits.
        unsafe { _mm512_storeu_si512(tile.as_mut_ptr().cast(), _mm512_add_epi32(even, odd)) }
    }
    tile
}
