//! Integer products: rows by panels of sixteen columns, exactly.
//!
//! Two kinds, both as tiles that keep their sums in registers: rows of unsigned 8-bit activations by int8 weights ([`Product`]), for
//! the linear layers, and rows of pairs of 16 bits by the same ([`Product::Pairs`]), for attention. Each kernel computes the same sums
//! of the same integers, so all of them give the same bits ([`scalar`] says what those are); they differ in the processor they need.
//! The quantising before and the scaling after are in [`crate::operators`].

#[cfg(all(target_arch = "wasm32", target_feature = "relaxed-simd"))]
mod relaxed;
#[cfg(any(test, not(all(target_arch = "wasm32", target_feature = "simd128"))))]
mod scalar;
#[cfg(all(target_arch = "wasm32", target_feature = "simd128"))]
mod simd128;
#[cfg(test)]
mod tests;
#[cfg(target_arch = "x86_64")]
mod x86;

use crate::format::{GROUP, PANEL};

/// Sums of a row by the columns of one panel.
pub(crate) type Sums = [i32; PANEL];

/// Weights of four inputs and 16 columns, as the blob has them.
pub(crate) type Weights = [i8; GROUP * PANEL];

/// Two consecutive numbers of a row or a column.
pub(crate) type Pair = [i16; 2];

/// Pairs of 16 columns.
pub(crate) type Pairs = [Pair; PANEL];

/// A product, tile by tile.
pub(crate) trait Tile: Copy {
    /// Rows whose groups lie side by side, see [`interleave`].
    const ROWS: usize;
    /// Consecutive numbers of a row that are multiplied in one step.
    type Group: Copy + Default;
    /// What a panel has for one step.
    type Step;

    /// `R` rows by `C` panels, `depth` steps each, to `R` rows of `stride` sums.
    fn tile<const R: usize, const C: usize>(
        self,
        rows: &[Self::Group],
        panels: &[Self::Step],
        depth: usize,
        sums: &mut [Sums],
        stride: usize,
    );

    /// All rows by all panels, row by row; a kernel has its best tile here.
    fn multiply(self, rows: &[Self::Group], panels: &[Self::Step], depth: usize, sums: &mut [Sums]);
}

/// One way to multiply.
pub(crate) trait Product: Tile<Step = Weights> {
    /// Panels that are best multiplied at once.
    const PANELS: usize;

    /// The product for attention on the same processor.
    type Pairs: Tile<Step = Pairs>;

    /// Four consecutive quantised activations (0..=255) in the kernel's form.
    fn group(activations: [u8; GROUP]) -> Self::Group;

    /// A pair of a row in the form of [`Self::Pairs`].
    fn pair(pair: Pair) -> <Self::Pairs as Tile>::Group;

    fn pairs(self) -> Self::Pairs;

    /// Runs `f` compiled for the processor features that the kernel needs, so that what surrounds a product is vectorised too.
    #[inline(always)]
    fn with_features<T>(self, f: impl FnOnce() -> T) -> T {
        f()
    }
}

/// Cuts a product into tiles of `R` × `C`, and what is left into smaller ones.
#[inline(always)]
fn multiply<T: Tile, const R: usize, const C: usize>(
    tile: T,
    rows: &[T::Group],
    panels: &[T::Step],
    depth: usize,
    sums: &mut [Sums],
) {
    if depth == 0 {
        return sums.fill([0; PANEL]);
    }
    let stride = panels.len() / depth;
    let mut columns = panels.chunks_exact(C * depth);
    for (at, panels) in columns.by_ref().enumerate() {
        down::<T, R, C>(tile, rows, panels, depth, sums.get_mut(at * C..).unwrap_or_default(), stride);
    }
    let whole = stride - stride % C;
    for (at, panels) in columns.remainder().chunks_exact(depth).enumerate() {
        down::<T, R, 1>(tile, rows, panels, depth, sums.get_mut(whole + at..).unwrap_or_default(), stride);
    }
}

/// All rows by `C` panels.
#[inline(always)]
fn down<T: Tile, const R: usize, const C: usize>(
    tile: T,
    rows: &[T::Group],
    panels: &[T::Step],
    depth: usize,
    mut sums: &mut [Sums],
    stride: usize,
) {
    let mut whole = rows.chunks_exact(R * depth);
    for rows in whole.by_ref() {
        tile.tile::<R, C>(rows, panels, depth, sums, stride);
        sums = sums.get_mut(R * stride..).unwrap_or_default();
    }
    let mut rest = whole.remainder();
    if R > 4 && rest.len() >= 4 * depth {
        tile.tile::<4, C>(rest, panels, depth, sums, stride);
        sums = sums.get_mut(4 * stride..).unwrap_or_default();
        rest = rest.get(4 * depth..).unwrap_or_default();
    }
    for row in rest.chunks_exact(depth) {
        tile.tile::<1, C>(row, panels, depth, sums, stride);
        sums = sums.get_mut(stride..).unwrap_or_default();
    }
}

/// Where the groups of a row go, so that those which a tile reads in one step lie side by side: the place of the first, and how
/// far apart they are.
#[inline(always)]
pub(crate) fn interleave<P: Tile>(row: usize, rows: usize, depth: usize) -> (usize, usize) {
    let whole = rows - rows % P::ROWS;
    let (first, together) = if row < whole {
        (row - row % P::ROWS, P::ROWS)
    } else if P::ROWS > 4 && row < whole + 4 && whole + 4 <= rows {
        (whole, 4)
    } else {
        (row, 1)
    };
    (first * depth + row - first, together)
}

/// What can be done with a kernel without knowing which it is.
pub(crate) trait Visitor {
    fn visit<P: Product>(self, product: P);
}

/// The kernels of this target.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kernel {
    #[cfg(any(test, not(all(target_arch = "wasm32", target_feature = "simd128"))))]
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
            #[cfg(any(test, not(all(target_arch = "wasm32", target_feature = "simd128"))))]
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
    {
        x86::vectorised(f)
    }
    #[cfg(not(target_arch = "x86_64"))]
    {
        f()
    }
}
