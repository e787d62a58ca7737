//! A linear layer with int8 weights: rows quantised as they come, product, scale, bias and activation function in one pass.

use std::sync::Arc;

use tract_core::internal::*;

use super::{Compute, rows, values, written};
use crate::format::{Activation, GROUP, PANEL};
use crate::kernels::{Kernel, Product, Sums, Visitor, Weights as Step, interleave};
use crate::math;
use crate::weights::{Matrix, Weights};

/// Rows that are quantised at a time: they stay in the second-level cache while all panels pass by.
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
        let write = |output: &mut [f32]| {
            self.kernel.accept(Run {
                panels: matrix.panels.as_chunks().0,
                columns: Columns {
                    scales: matrix.scales.as_chunks().0,
                    bias: matrix.bias.as_chunks().0,
                    sums: matrix.sums.as_chunks().0,
                },
                inputs: matrix.inputs,
                outputs: matrix.outputs,
                largest: ((1u32 << self.activation_bits) - 1) as f32,
                activation: self.activation,
                input,
                output,
            });
        };
        // SAFETY: a matrix has panels for all its outputs, so that every column of every row is finished.
        unsafe { written([input.len() / matrix.inputs, matrix.outputs], write) }
    }
}

impl Dense {
    fn matrix(&self) -> TractResult<&Matrix> {
        (self.matrix)(&self.weights, self.layer).context("a layer is missing")
    }
}

struct Run<'a> {
    panels: &'a [Step],
    columns: Columns<'a>,
    inputs: usize,
    outputs: usize,
    /// Largest quantised activation: 127 or 255.
    largest: f32,
    activation: Option<Activation>,
    input: &'a [f32],
    output: &'a mut [f32],
}

/// What turns integer sums into outputs, a panel each.
struct Columns<'a> {
    scales: &'a [[f32; PANEL]],
    bias: &'a [[f32; PANEL]],
    sums: &'a [Sums],
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
        let depth = self.inputs / GROUP;
        let rows = BLOCK.min(self.input.len() / self.inputs);
        let mut row = vec![[0; GROUP]; depth];
        let mut quantised = vec![P::Group::default(); rows * depth];
        let mut scales = [Scale::default(); BLOCK];
        let mut sums = vec![Sums::default(); rows * P::PANELS];
        let blocks = self.input.chunks(BLOCK * self.inputs).zip(self.output.chunks_mut(BLOCK * self.outputs));
        for (input, output) in blocks {
            let count = input.len() / self.inputs;
            let quantised = quantised.get_mut(..count * depth).unwrap_or_default();
            for (at, (values, scale)) in input.chunks_exact(self.inputs).zip(&mut scales).enumerate() {
                *scale = quantise(values, self.largest, &mut row);
                let (first, step) = interleave::<P>(at, count, depth);
                let places = quantised.get_mut(first..).unwrap_or_default().iter_mut().step_by(step);
                places.zip(&row).for_each(|(place, &group)| *place = P::group(group));
            }
            for (at, panels) in self.panels.chunks(P::PANELS * depth).enumerate() {
                let width = panels.len() / depth;
                let sums = sums.get_mut(..count * width).unwrap_or_default();
                product.multiply(quantised, panels, depth, sums);
                let columns = self.columns.cut(at * P::PANELS, width);
                let rows = sums.chunks_exact(width).zip(&scales).zip(output.chunks_exact_mut(self.outputs));
                for ((sums, &scale), output) in rows {
                    let output = output.get_mut(at * P::PANELS * PANEL..).unwrap_or_default();
                    columns.finish(sums, scale, output, activate);
                }
            }
        }
    }
}

impl Columns<'_> {
    #[inline(always)]
    fn cut(&self, first: usize, width: usize) -> Self {
        Self {
            scales: self.scales.get(first..first + width).unwrap_or_default(),
            bias: self.bias.get(first..first + width).unwrap_or_default(),
            sums: self.sums.get(first..first + width).unwrap_or_default(),
        }
    }

    /// One row's sums by some panels to its outputs; the last panel may have more columns than there are outputs.
    #[inline(always)]
    fn finish(&self, sums: &[Sums], scale: Scale, output: &mut [f32], activate: impl Fn(f32) -> f32) {
        let panels = sums.iter().zip(self.scales).zip(self.bias).zip(self.sums);
        let (whole, rest) = output.as_chunks_mut();
        let mut whole = whole.iter_mut();
        for (((sums, scales), bias), weights) in panels {
            let mut values = [0.0; PANEL];
            let columns = sums.iter().zip(scales).zip(bias).zip(weights);
            for ((((&sum, &column), &bias), &weights), value) in columns.zip(&mut values) {
                let sum = sum - scale.zero * weights;
                *value = activate(sum as f32 * (scale.scale * column) + bias);
            }
            match whole.next() {
                Some(output) => *output = values,
                None => rest.iter_mut().zip(values).for_each(|(output, value)| *output = value),
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
