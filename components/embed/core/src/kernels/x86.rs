//! Products of x86-64, chosen when the program runs: AVX-512 VNNI, AVX-VNNI, AVX2.
//!
//! Each type can only be made by its `detect`, so that having one proves that the processor has what it needs.

use std::arch::x86_64::{
    __m512i, _mm_loadu_si128, _mm256_add_epi32, _mm256_cvtepi8_epi16, _mm256_dpbusd_avx_epi32,
    _mm256_loadu_si256, _mm256_madd_epi16, _mm256_set1_epi32, _mm256_set1_epi64x, _mm256_setzero_si256,
    _mm256_storeu_si256, _mm512_add_epi32, _mm512_dpbusd_epi32, _mm512_loadu_si512, _mm512_set1_epi32,
    _mm512_setzero_si512, _mm512_storeu_si512,
};

use super::{Kernel, Product, Tile, steps};
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

impl Product for Avx2 {
    /// Four times 16 bits.
    type Group = i64;

    #[inline(always)]
    fn group(activations: [u8; GROUP]) -> i64 {
        activations.iter().rev().fold(0, |group, &activation| group << 16 | i64::from(activation))
    }

    #[inline(always)]
    fn tile<const R: usize>(self, groups: &[i64], panel: &[i8]) -> Tile<R> {
        // SAFETY: `self` proves the feature.
        unsafe { avx2_tile(groups, panel) }
    }

    #[inline(always)]
    fn with_features<T>(self, f: impl FnOnce() -> T) -> T {
        // SAFETY: `self` proves the feature.
        unsafe { with_avx2(f) }
    }
}

impl Product for AvxVnni {
    type Group = i32;

    #[inline(always)]
    fn group(activations: [u8; GROUP]) -> i32 {
        i32::from_le_bytes(activations)
    }

    #[inline(always)]
    fn tile<const R: usize>(self, groups: &[i32], panel: &[i8]) -> Tile<R> {
        // SAFETY: `self` proves the features.
        unsafe { avx_vnni_tile(groups, panel) }
    }

    #[inline(always)]
    fn with_features<T>(self, f: impl FnOnce() -> T) -> T {
        // SAFETY: `self` proves the feature.
        unsafe { with_avx2(f) }
    }
}

impl Product for Avx512Vnni {
    type Group = i32;

    #[inline(always)]
    fn group(activations: [u8; GROUP]) -> i32 {
        i32::from_le_bytes(activations)
    }

    #[inline(always)]
    fn tile<const R: usize>(self, groups: &[i32], panel: &[i8]) -> Tile<R> {
        // SAFETY: `self` proves the features.
        unsafe { avx512_vnni_tile(groups, panel) }
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
fn avx2_tile<const R: usize>(groups: &[i64], panel: &[i8]) -> Tile<R> {
    let mut tile = [[0; PANEL]; R];
    for half in 0..2 {
        // Two lanes a column, four columns a vector.
        let mut sums = [[_mm256_setzero_si256(); 2]; R];
        for (weights, groups) in steps::<_, R>(groups, panel) {
            // SAFETY: 32 of the 64 bytes, from `half * 32`.
            let [low, high] = unsafe {
                let at = weights.as_ptr().add(half * 32);
                [_mm_loadu_si128(at.cast()), _mm_loadu_si128(at.add(16).cast())]
            };
            let (low, high) = (_mm256_cvtepi8_epi16(low), _mm256_cvtepi8_epi16(high));
            for (sums, &group) in sums.iter_mut().zip(groups) {
                let group = _mm256_set1_epi64x(group);
                sums[0] = _mm256_add_epi32(sums[0], _mm256_madd_epi16(low, group));
                sums[1] = _mm256_add_epi32(sums[1], _mm256_madd_epi16(high, group));
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
fn avx_vnni_tile<const R: usize>(groups: &[i32], panel: &[i8]) -> Tile<R> {
    let mut sums = [[_mm256_setzero_si256(); 2]; R];
    for (weights, groups) in steps::<_, R>(groups, panel) {
        // SAFETY: the 64 bytes in two halves.
        let [low, high] = unsafe {
            let at = weights.as_ptr();
            [_mm256_loadu_si256(at.cast()), _mm256_loadu_si256(at.add(32).cast())]
        };
        for (sums, &group) in sums.iter_mut().zip(groups) {
            let group = _mm256_set1_epi32(group);
            sums[0] = _mm256_dpbusd_avx_epi32(sums[0], group, low);
            sums[1] = _mm256_dpbusd_avx_epi32(sums[1], group, high);
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
fn avx512_vnni_tile<const R: usize>(groups: &[i32], panel: &[i8]) -> Tile<R> {
    // Two sums a row, of alternate steps: one chain of dependent products a row would wait for its own latency.
    let mut sums = [[_mm512_setzero_si512(); R]; 2];
    let step = |sums: &mut [__m512i; R], (weights, groups): (&[i8; STEP], &[i32; R])| {
        // SAFETY: 64 bytes.
        let weights = unsafe { _mm512_loadu_si512(weights.as_ptr().cast()) };
        for (sum, &group) in sums.iter_mut().zip(groups) {
            *sum = _mm512_dpbusd_epi32(*sum, _mm512_set1_epi32(group), weights);
        }
    };
    let mut steps = steps::<_, R>(groups, panel);
    while let Some(even) = steps.next() {
        step(&mut sums[0], even);
        if let Some(odd) = steps.next() {
            step(&mut sums[1], odd);
        }
    }
    let mut tile = [[0; PANEL]; R];
    let [even, odd] = sums;
    for ((even, odd), tile) in even.into_iter().zip(odd).zip(&mut tile) {
        // SAFETY: sixteen sums of 32 bits.
        unsafe { _mm512_storeu_si512(tile.as_mut_ptr().cast(), _mm512_add_epi32(even, odd)) }
    }
    tile
}
