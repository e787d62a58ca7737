//! Every kernel of this processor against the scalar one, exactly.

use proptest::prelude::*;

use super::{Kernel, Product, ROWS, Tile, Visitor, scalar::Scalar};
use crate::format::{Matrix, PANEL, pack};

fn kernels() -> Vec<Kernel> {
    let mut kernels = vec![Kernel::Scalar];
    #[cfg(target_arch = "x86_64")]
    kernels.extend(super::x86::kernels());
    kernels
}

struct Check<'a> {
    activations: &'a [u8],
    panel: &'a [i8],
    full: Tile<ROWS>,
}

impl Visitor for Check<'_> {
    fn visit<P: Product>(self, product: P) {
        let activations: Vec<P::Activation> = self.activations.iter().map(|&a| a.into()).collect();
        let inputs = self.panel.len() / PANEL;
        let tile = product.with_features(|| product.tile::<ROWS>(&activations, self.panel));
        assert_eq!(tile, self.full);
        for row in 0..ROWS {
            let [single] = product.tile::<1>(&activations[row * inputs..][..inputs], self.panel);
            assert_eq!(single, self.full[row]);
        }
    }
}

fn check(activations: &[u8], values: Vec<i8>, inputs: usize, outputs: usize) {
    let matrix = Matrix { inputs, outputs, values, scales: vec![], bias: vec![] };
    let packed = pack(&matrix);
    for (at, panel) in packed.chunks(inputs * PANEL).enumerate() {
        let mut expected: Tile<ROWS> = [[0; PANEL]; ROWS];
        for (row, sums) in expected.iter_mut().enumerate() {
            for (column, sum) in sums.iter_mut().enumerate() {
                let column = at * PANEL + column;
                if column < outputs {
                    *sum = (0..inputs)
                        .map(|k| {
                            i32::from(activations[row * inputs + k])
                                * i32::from(matrix.values[k * outputs + column])
                        })
                        .sum();
                }
            }
        }
        assert_eq!(Scalar.tile::<ROWS>(activations, panel), expected);
        for kernel in kernels() {
            kernel.accept(Check { activations, panel, full: expected });
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
