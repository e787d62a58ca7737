//! Every kernel of this target against the definition, exactly. Those of WebAssembly:
//!
//! ```text
//! CARGO_TARGET_WASM32_WASIP2_RUNNER=wasmtime RUSTFLAGS="-C target-feature=+simd128,+relaxed-simd" \
//!   cargo test -p gusset-embed --target wasm32-wasip2 --lib
//! ```

use proptest::prelude::*;

use super::{Kernel, Pair, Pairs, Product, Sums, Tile, Visitor, Weights, interleave, scalar};
use crate::format::{GROUP, Matrix, PANEL, pack, summable};

/// Every kernel that this target has, with the bits of activation that it takes.
fn kernels() -> Vec<(Kernel, u32)> {
    let kernels = vec![(Kernel::Scalar, 8), (Kernel::detect(8), 8), (Kernel::detect(7), 7)];
    #[cfg(target_arch = "x86_64")]
    let kernels = kernels.into_iter().chain(super::x86::kernels().map(|kernel| (kernel, 8))).collect();
    kernels
}

/// A product of activations, row by row, and a matrix.
struct Dense<'a> {
    activations: &'a [u8],
    matrix: &'a Matrix,
}

impl Visitor for Dense<'_> {
    fn visit<P: Product>(self, product: P) {
        let &Matrix { inputs, outputs, .. } = self.matrix;
        let depth = inputs / GROUP;
        let rows = self.activations.len() / inputs;
        let mut groups = vec![P::Group::default(); rows * depth];
        for (row, activations) in self.activations.chunks(inputs).enumerate() {
            let (first, step) = interleave::<P>(row, rows, depth);
            for (at, &group) in activations.as_chunks().0.iter().enumerate() {
                groups[first + at * step] = P::group(group);
            }
        }
        let packed = pack(self.matrix);
        let panels: &[Weights] = packed.as_chunks().0;
        let count = outputs.div_ceil(PANEL);
        let mut sums = vec![[i32::MIN; PANEL]; rows * count];
        product.with_features(|| product.multiply(&groups, panels, depth, &mut sums));
        for (row, sums) in sums.chunks(count).enumerate() {
            for (column, &sum) in sums.as_flattened().iter().take(outputs).enumerate() {
                let products = (0..inputs).map(|input| {
                    let weight = self.matrix.values[input * outputs + column];
                    i32::from(self.activations[row * inputs + input]) * i32::from(weight)
                });
                assert_eq!(sum, products.sum::<i32>(), "row {row} of {rows}, column {column}");
            }
        }
    }
}

/// A product for attention.
struct Attention<'a> {
    rows: &'a [Pair],
    panels: &'a [Pairs],
    depth: usize,
    expected: &'a [Sums],
}

impl Visitor for Attention<'_> {
    fn visit<P: Product>(self, product: P) {
        let mut sums = vec![[i32::MIN; PANEL]; self.expected.len()];
        let count = self.rows.len() / self.depth;
        let mut groups = vec![<P::Pairs as Tile>::Group::default(); self.rows.len()];
        for (at, row) in self.rows.chunks(self.depth).enumerate() {
            let (first, step) = interleave::<P::Pairs>(at, count, self.depth);
            for (group, &pair) in row.iter().enumerate() {
                groups[first + group * step] = P::pair(pair);
            }
        }
        product.with_features(|| product.pairs().multiply(&groups, self.panels, self.depth, &mut sums));
        assert_eq!(sums, self.expected);
    }
}

fn check(activations: &[u8], values: Vec<i8>, inputs: usize, outputs: usize) {
    let matrix = Matrix { inputs, outputs, values, scales: vec![], bias: vec![] };
    for (kernel, bits) in kernels() {
        let activations: Vec<u8> = activations.iter().map(|&activation| activation >> (8 - bits)).collect();
        let matrix = if bits == 7 { &summable(&matrix) } else { &matrix };
        kernel.accept(Dense { activations: &activations, matrix });
    }
}

/// Numbers without a pattern.
fn numbers(seed: u64) -> impl FnMut() -> u64 {
    let mut state = seed | 1;
    move || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state >> 20
    }
}

#[test]
fn extremes_do_not_saturate() {
    for inputs in [4, 8, 384, 1536] {
        for weight in [-127, 127, -1] {
            check(&vec![255; inputs * 4], vec![weight; inputs * PANEL], inputs, PANEL);
        }
    }
}

#[test]
fn weights_within_bounds_stay_as_they_are() {
    let values: Vec<i8> = (0..384 * 4).map(|at| (at * 7 % 129 - 64) as i8).collect();
    let matrix = Matrix { inputs: 384, outputs: 4, values, scales: vec![], bias: vec![] };
    assert_eq!(summable(&matrix), matrix);
}

proptest! {
    #[test]
    fn all_kernels_agree(
        groups in 1usize..40,
        rows in 1usize..22,
        outputs in 1usize..80,
        seed in any::<u64>(),
    ) {
        let inputs = groups * GROUP;
        let mut next = numbers(seed);
        let activations: Vec<u8> = (0..inputs * rows).map(|_| next() as u8).collect();
        let values: Vec<i8> = (0..inputs * outputs).map(|_| (next() as i8).max(-127)).collect();
        check(&activations, values, inputs, outputs);
    }

    #[test]
    fn all_kernels_attend_alike(
        depth in 1usize..60,
        rows in 1usize..22,
        panels in 1usize..6,
        seed in any::<u64>(),
    ) {
        let mut next = numbers(seed);
        // As small as makes any sum of theirs one of 32 bits.
        let mut pair = || [next(), next()].map(|number| (number as i16) >> 5);
        let rows: Vec<Pair> = (0..rows * depth).map(|_| pair()).collect();
        let panels: Vec<Pairs> = (0..panels * depth).map(|_| std::array::from_fn(|_| pair())).collect();
        let mut expected = vec![[0; PANEL]; rows.len() * panels.len() / depth / depth];
        scalar::ScalarPairs.multiply(&rows, &panels, depth, &mut expected);
        for (kernel, _) in kernels() {
            kernel.accept(Attention { rows: &rows, panels: &panels, depth, expected: &expected });
        }
    }
}
