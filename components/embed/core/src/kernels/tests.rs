//! Every kernel of this target against the definition, exactly. Those of WebAssembly:
//!
//! ```text
//! CARGO_TARGET_WASM32_WASIP2_RUNNER=wasmtime RUSTFLAGS="-C target-feature=+simd128,+relaxed-simd" \
//!   cargo test -p gusset-embed --target wasm32-wasip2 --lib
//! ```

use proptest::prelude::*;

use super::{Kernel, Product, ROWS, Tile, Visitor};
use crate::format::{GROUP, Matrix, PANEL, pack};

/// Every kernel that this target has, with the bits of activation that it takes.
fn kernels() -> Vec<(Kernel, u32)> {
    let kernels = vec![(Kernel::Scalar, 8), (Kernel::detect(8), 8), (Kernel::detect(7), 7)];
    #[cfg(target_arch = "x86_64")]
    let kernels = kernels.into_iter().chain(super::x86::kernels().map(|kernel| (kernel, 8))).collect();
    kernels
}

struct Check<'a> {
    activations: &'a [u8],
    panel: &'a [i8],
    full: Tile<ROWS>,
}

impl Visitor for Check<'_> {
    fn visit<P: Product>(self, product: P) {
        let inputs = self.panel.len() / PANEL;
        let rows: Vec<Vec<P::Group>> = self
            .activations
            .chunks(inputs)
            .map(|row| row.as_chunks().0.iter().map(|&group| P::group(group)).collect())
            .collect();
        let side_by_side: Vec<P::Group> =
            (0..inputs / GROUP).flat_map(|group| rows.iter().map(move |row| row[group])).collect();
        let tile = product.with_features(|| product.tile::<ROWS>(&side_by_side, self.panel));
        assert_eq!(tile, self.full);
        for (row, expected) in rows.iter().zip(self.full) {
            assert_eq!(product.tile::<1>(row, self.panel), [expected]);
        }
    }
}

fn check(activations: &[u8], values: Vec<i8>, inputs: usize, outputs: usize) {
    let matrix = Matrix { inputs, outputs, values, scales: vec![], bias: vec![] };
    let packed = pack(&matrix);
    for (kernel, bits) in kernels() {
        let activations: Vec<u8> = activations.iter().map(|&activation| activation >> (8 - bits)).collect();
        for (at, panel) in packed.chunks(inputs * PANEL).enumerate() {
            let sum = |row: usize, column: usize| -> i32 {
                (0..inputs)
                    .map(|input| {
                        let weight = matrix.values[input * outputs + column];
                        i32::from(activations[row * inputs + input]) * i32::from(weight)
                    })
                    .sum()
            };
            let mut full: Tile<ROWS> = [[0; PANEL]; ROWS];
            for (row, sums) in full.iter_mut().enumerate() {
                for (column, place) in (at * PANEL..outputs).zip(sums) {
                    *place = sum(row, column);
                }
            }
            kernel.accept(Check { activations: &activations, panel, full });
        }
    }
}

#[test]
fn extremes_do_not_saturate() {
    for inputs in [4, 8, 384, 1536] {
        for weight in [-127, 127, -1] {
            check(&vec![255; inputs * ROWS], vec![weight; inputs * PANEL], inputs, PANEL);
        }
    }
}

proptest! {
    #[test]
    fn all_kernels_agree(
        groups in 1usize..40,
        outputs in 1usize..40,
        seed in any::<u64>(),
    ) {
        let inputs = groups * 4;
        let mut state = seed | 1;
        let mut next = || {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            state as u8
        };
        let activations: Vec<u8> = (0..inputs * ROWS).map(|_| next()).collect();
        let values: Vec<i8> = (0..inputs * outputs).map(|_| (next() as i8).max(-127)).collect();
        check(&activations, values, inputs, outputs);
    }
}
