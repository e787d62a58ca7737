//! A linear layer with int8 weights: rows quantised as they come, product, scale, bias and activation function in one pass.
#![expect(
    clippy::indexing_slicing,
    reason = "hot loops over tiles whose bounds are checked where the tiles are cut"
)]

use std::sync::Arc;

use tract_core::internal::*;

use super::{Compute, filled, rows, values};
use crate::format::{Activation, GROUP, PANEL};
use crate::kernels::{Kernel, Product, ROWS, Visitor};
use crate::math;
use crate::weights::{Matrix, Weights};

/// Rows that are quantised at a time: at up to 4 bytes an activation they stay in the second-level cache while all panels pass by.
const BLOCK: usize = 64;

/// Input tokens × inputs; output tokens × outputs.
pub(crate) struct Dense {
    pub(crate) weights: Arc<Weights>,
    pub(crate) matrix: fn(&Weights, usize) -> Option<&Matrix>,
    pub(crate) layer: usize,
    pub(crate) activation: Option<Activation>,
    pub(crate) activation_bits: u32,
    pub(crate) kernel: Kernel,
}

impl Compute for Dense {
    const NAME: &'static str = "Dense";

    fn shape(&self, inputs: &[&TypedFact]) -> TractResult<[TDim; 2]> {
        Ok([rows(inputs, 0)?, self.matrix()?.outputs.to_dim()])
    }

    fn eval(&self, inputs: TVec<TValue>) -> TractResult<Tensor> {
        let input = args_1!(inputs);
        let input = values::<f32>(&input)?;
        let matrix = self.matrix()?;
        filled([input.len() / matrix.inputs, matrix.outputs], |output| {
            self.kernel.accept(Run {
                matrix: &Columns {
                    panels: &matrix.panels,
                    scales: &matrix.scales,
                    bias: &matrix.bias,
                    sums: &matrix.sums,
                    inputs: matrix.inputs,
                    outputs: matrix.outputs,
                },
                largest: ((1u32 << self.activation_bits) - 1) as f32,
                activation: self.activation,
                input,
                output,
            });
            Ok(())
        })
    }
}

impl Dense {
    fn matrix(&self) -> TractResult<&Matrix> {
        (self.matrix)(&self.weights, self.layer).context("a layer is missing")
    }
}

/// The slices of a [`Matrix`].
struct Columns<'a> {
    panels: &'a [i8],
    scales: &'a [f32],
    bias: &'a [f32],
    sums: &'a [i32],
    inputs: usize,
    outputs: usize,
}

struct Run<'a> {
    matrix: &'a Columns<'a>,
    /// Largest quantised activation: 127 or 255.
    largest: f32,
    activation: Option<Activation>,
    input: &'a [f32],
    output: &'a mut [f32],
}

/// How a row was quantised: x = scale (q - zero).
#[derive(Clone, Copy, Default)]
struct Scale {
    scale: f32,
    zero: i32,
}

impl Visitor for Run<'_> {
    fn visit<P: Product>(self, product: P) {
        product.with_features(
            #[inline(always)]
            || match self.activation {
                None => self.run(product, |x| x),
                Some(Activation::Gelu) => self.run(product, math::gelu),
                Some(Activation::GeluTanh) => self.run(product, math::gelu_tanh),
            },
        );
    }
}

impl Run<'_> {
    #[inline(always)]
    fn run<P: Product>(self, product: P, activate: impl Fn(f32) -> f32 + Copy) {
        let (inputs, outputs) = (self.matrix.inputs, self.matrix.outputs);
        let groups = inputs / GROUP;
        let mut row = vec![[0; GROUP]; groups];
        let mut quantised = vec![P::Group::default(); BLOCK.min(self.input.len() / inputs) * groups];
        let mut scales = [Scale::default(); BLOCK];
        for (input, output) in self.input.chunks(BLOCK * inputs).zip(self.output.chunks_mut(BLOCK * outputs))
        {
            let count = input.len() / inputs;
            // Rows beyond the last whole tile are tiles of their own.
            let tiled = count - count % ROWS;
            for (at, (values, scale)) in input.chunks_exact(inputs).zip(&mut scales).enumerate() {
                *scale = quantise(values, self.largest, &mut row);
                let (first, step) = if at < tiled { (at - at % ROWS, ROWS) } else { (at, 1) };
                let places = quantised[first * groups + (at - first)..].iter_mut().step_by(step);
                for (place, &group) in places.zip(&row) {
                    *place = P::group(group);
                }
            }
            let panels = self.matrix.panels.chunks_exact(inputs * PANEL).zip((0..outputs).step_by(PANEL));
            for (panel, first) in panels {
                let columns = Panel::cut(self.matrix, first);
                for at in (0..tiled).step_by(ROWS) {
                    let tile = product.tile::<ROWS>(&quantised[at * groups..], panel);
                    columns.finish(tile, &scales[at..], &mut output[at * outputs..], activate);
                }
                for at in tiled..count {
                    let tile = product.tile::<1>(&quantised[at * groups..], panel);
                    columns.finish(tile, &scales[at..], &mut output[at * outputs..], activate);
                }
            }
        }
    }
}

/// What turns a panel's integer sums into outputs.
struct Panel<'a> {
    scales: &'a [f32; PANEL],
    bias: &'a [f32; PANEL],
    sums: &'a [i32; PANEL],
    first: usize,
    outputs: usize,
}

impl<'a> Panel<'a> {
    #[inline(always)]
    fn cut(matrix: &Columns<'a>, first: usize) -> Self {
        let at = first / PANEL;
        Self {
            scales: &matrix.scales.as_chunks().0[at],
            bias: &matrix.bias.as_chunks().0[at],
            sums: &matrix.sums.as_chunks().0[at],
            first,
            outputs: matrix.outputs,
        }
    }

    #[inline(always)]
    fn finish<const R: usize>(
        &self,
        tile: [[i32; PANEL]; R],
        scales: &[Scale],
        output: &mut [f32],
        activate: impl Fn(f32) -> f32,
    ) {
        let width = PANEL.min(self.outputs - self.first);
        for ((sums, scale), output) in tile.iter().zip(scales).zip(output.chunks_mut(self.outputs)) {
            let mut values = [0.0; PANEL];
            for (column, value) in values.iter_mut().enumerate() {
                let sum = sums[column] - scale.zero * self.sums[column];
                *value = activate(sum as f32 * (scale.scale * self.scales[column]) + self.bias[column]);
            }
            let output = &mut output[self.first..self.first + width];
            if let Some(whole) = output.as_mut_array() {
                *whole = values;
            } else {
                output.copy_from_slice(&values[..width]);
            }
        }
    }
}

/// One row to integers 0..=largest, its own range mapped onto theirs, with zero exact.
#[inline(always)]
fn quantise(row: &[f32], largest: f32, quantised: &mut [[u8; GROUP]]) -> Scale {
    let (low, high) = math::range(row, 0.0);
    let scale = (high - low) / largest;
    let inverse = if scale > 0.0 { 1.0 / scale } else { 0.0 };
    let zero = math::round(-low * inverse);
    for (quantised, &x) in quantised.as_flattened_mut().iter_mut().zip(row) {
        *quantised = (math::round(x * inverse) + zero).clamp(0, largest as i32) as u8;
    }
    Scale { scale, zero }
}
