//! Integer products: rows of unsigned activations by one panel of int8 weights, exactly.
//!
//! Each kernel computes the same sums of the same integers, so all of them give the same bits ([`scalar`] says what those are); they
//! differ in the processor they need. The quantising before and the scaling after are in [`crate::operators`].

#[cfg(all(target_arch = "wasm32", target_feature = "relaxed-simd"))]
mod relaxed;
mod scalar;
#[cfg(all(target_arch = "wasm32", target_feature = "simd128"))]
mod simd128;
#[cfg(test)]
mod tests;
#[cfg(target_arch = "x86_64")]
mod x86;

use crate::format::{GROUP, PANEL};

/// Rows of a full tile.
pub(crate) const ROWS: usize = 4;

/// Sums of `R` rows by one panel.
pub(crate) type Tile<const R: usize> = [[i32; PANEL]; R];

/// Weights of four inputs and 16 columns, as the blob has them.
type Weights = [i8; GROUP * PANEL];

/// One way to multiply.
pub(crate) trait Product: Copy {
    /// Four consecutive activations of a row, as the kernel reads them.
    type Group: Copy + Default;

    /// Quantised activations (0..=255) to the kernel's form.
    fn group(activations: [u8; GROUP]) -> Self::Group;

    /// `R` rows by one panel. The rows' groups lie side by side: the first of each row, then the second of each.
    fn tile<const R: usize>(self, groups: &[Self::Group], panel: &[i8]) -> Tile<R>;

    /// Runs `f` compiled for the processor features that the kernel needs, so that what surrounds a product is vectorised too.
    #[inline(always)]
    fn with_features<T>(self, f: impl FnOnce() -> T) -> T {
        f()
    }
}

/// A panel and the groups of `R` rows, step by step.
#[inline(always)]
fn steps<'a, G, const R: usize>(
    groups: &'a [G],
    panel: &'a [i8],
) -> impl Iterator<Item = (&'a Weights, &'a [G; R])> + Clone {
    panel.as_chunks().0.iter().zip(groups.as_chunks().0)
}

/// What can be done with a kernel without knowing which it is.
pub(crate) trait Visitor {
    fn visit<P: Product>(self, product: P);
}

/// The kernels of this target.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kernel {
    #[cfg_attr(
        all(target_arch = "wasm32", target_feature = "simd128", not(test)),
        expect(dead_code, reason = "this target always has a faster one")
    )]
    Scalar,
    #[cfg(all(target_arch = "wasm32", target_feature = "simd128"))]
    Simd128,
    /// Only for 7-bit activations: what it does with 8 bits is the host's choice.
    #[cfg(all(target_arch = "wasm32", target_feature = "relaxed-simd"))]
    Relaxed,
    #[cfg(target_arch = "x86_64")]
    Avx2(x86::Avx2),
    #[cfg(target_arch = "x86_64")]
    AvxVnni(x86::AvxVnni),
    #[cfg(target_arch = "x86_64")]
    Avx512Vnni(x86::Avx512Vnni),
}

impl Kernel {
    /// The fastest kernel of this processor for activations of that many bits.
    pub(crate) fn detect(activation_bits: u32) -> Self {
        #[cfg(all(target_arch = "wasm32", target_feature = "relaxed-simd"))]
        if activation_bits < 8 {
            return Kernel::Relaxed;
        }
        let _ = activation_bits;
        #[cfg(all(target_arch = "wasm32", target_feature = "simd128"))]
        return Kernel::Simd128;
        #[cfg(not(all(target_arch = "wasm32", target_feature = "simd128")))]
        {
            #[cfg(target_arch = "x86_64")]
            if let Some(kernel) = x86::kernels().next() {
                return kernel;
            }
            Kernel::Scalar
        }
    }

    pub(crate) fn accept(self, visitor: impl Visitor) {
        match self {
            Kernel::Scalar => visitor.visit(scalar::Scalar),
            #[cfg(all(target_arch = "wasm32", target_feature = "simd128"))]
            Kernel::Simd128 => visitor.visit(simd128::Simd128),
            #[cfg(all(target_arch = "wasm32", target_feature = "relaxed-simd"))]
            Kernel::Relaxed => visitor.visit(relaxed::Relaxed),
            #[cfg(target_arch = "x86_64")]
            Kernel::Avx2(product) => visitor.visit(product),
            #[cfg(target_arch = "x86_64")]
            Kernel::AvxVnni(product) => visitor.visit(product),
            #[cfg(target_arch = "x86_64")]
            Kernel::Avx512Vnni(product) => visitor.visit(product),
        }
    }
}

/// Runs `f` with the vectors that this processor has, for code without integer products.
#[inline(always)]
pub(crate) fn vectorised<T>(f: impl FnOnce() -> T) -> T {
    #[cfg(target_arch = "x86_64")]
    if let Some(avx2) = x86::Avx2::detect() {
        return avx2.with_features(f);
    }
    f()
}
