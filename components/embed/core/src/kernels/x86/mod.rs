//! Products of x86-64, chosen when the program runs: AVX-512 VNNI, AVX-VNNI, AVX2.
//!
//! Each type can only be made by its `detect`, so that having one proves that the processor has what it needs.

mod avx2;
mod avx512;
mod avx_vnni;

pub(crate) use avx_vnni::AvxVnni;
pub(crate) use avx2::Avx2;
pub(crate) use avx512::Avx512Vnni;

use super::{Kernel, Product as _};

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

/// See [`super::vectorised`].
#[inline(always)]
pub(super) fn vectorised<T>(f: impl FnOnce() -> T) -> T {
    if let Some(avx512) = Avx512Vnni::detect() {
        avx512.with_features(f)
    } else if let Some(avx2) = Avx2::detect() {
        avx2.with_features(f)
    } else {
        f()
    }
}
