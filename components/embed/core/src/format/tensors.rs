//! A model's numbers as the compiler has them, and their way into the blob.

use super::{ALIGNMENT, GROUP, Header, PANEL};

/// Word embedding: one row a token.
#[derive(Debug, Clone, PartialEq)]
pub struct Table {
    /// `vocabulary` × `hidden`, row by row, in -127..=127, or -7..=7 where an element has 4 bits.
    pub values: Vec<i8>,
    /// Scale of each row, or of each [`super::NARROW_GROUP`] elements where an element has 4 bits.
    pub scales: Vec<f32>,
}

/// A linear layer y = x W + b with int8 weights.
#[derive(Debug, Clone, PartialEq)]
pub struct Matrix {
    /// Rows of W.
    pub inputs: usize,
    /// Columns of W.
    pub outputs: usize,
    /// `inputs` × `outputs`, row by row, in -127..=127.
    pub values: Vec<i8>,
    /// Scale of each column.
    pub scales: Vec<f32>,
    /// b.
    pub bias: Vec<f32>,
}

/// Layer normalisation.
#[derive(Debug, Clone, PartialEq)]
pub struct Norm {
    /// Factor of each element.
    pub gain: Vec<f32>,
    /// Summand of each element.
    pub shift: Vec<f32>,
}

/// One layer of the encoder.
#[derive(Debug, Clone, PartialEq)]
pub struct Layer {
    /// Query, key and value side by side: `hidden` × 3 `hidden`. The query's scales and bias are divided by the root of a head's width.
    pub projections: Matrix,
    /// Output of attention.
    pub output: Matrix,
    /// After attention.
    pub output_norm: Norm,
    /// First half of the feed-forward part, followed by the activation function.
    pub up: Matrix,
    /// Second half.
    pub down: Matrix,
    /// After the feed-forward part.
    pub down_norm: Norm,
}

/// All numbers of an encoder.
#[derive(Debug, Clone, PartialEq)]
pub struct Tensors {
    /// Word embedding.
    pub words: Table,
    /// Position embedding with that of token type 0 added: `max_tokens` × `hidden`.
    pub positions: Vec<f32>,
    /// After the sum of the embeddings.
    pub embedding_norm: Norm,
    /// First to last.
    pub layers: Vec<Layer>,
}

/// The blob. Sizes must be those that the header says; the reader checks the sum of them.
pub fn write(header: &Header, tensors: &Tensors, vocabulary: &str) -> Vec<u8> {
    let mut blob = header.to_bytes();
    match header.embedding_bits {
        4 => append(&mut blob, &narrow(&tensors.words.values)),
        _ => append(&mut blob, bytemuck::cast_slice(&tensors.words.values)),
    }
    append(&mut blob, bytemuck::cast_slice(&tensors.words.scales));
    append(&mut blob, bytemuck::cast_slice(&tensors.positions));
    append_norm(&mut blob, &tensors.embedding_norm);
    let append_matrix = |blob: &mut Vec<u8>, matrix: &Matrix| match header.activation_bits {
        7 => append_matrix(blob, &summable(matrix)),
        _ => append_matrix(blob, matrix),
    };
    for layer in &tensors.layers {
        append_matrix(&mut blob, &layer.projections);
        append_matrix(&mut blob, &layer.output);
        append_norm(&mut blob, &layer.output_norm);
        append_matrix(&mut blob, &layer.up);
        append_matrix(&mut blob, &layer.down);
        append_norm(&mut blob, &layer.down_norm);
    }
    append(&mut blob, vocabulary.as_bytes());
    blob
}

/// The same matrix with no sum of four products that kernels for 7-bit activations make in 16 bits beyond 16 bits: of two neighbouring
/// inputs of one group and the two of the next that have the same places. Where all four weights are among the very largest of their
/// column, which is rare, the largest are made smaller.
pub fn summable(matrix: &Matrix) -> Matrix {
    const LARGEST: i32 = i16::MAX as i32 / 127;
    let mut matrix = matrix.clone();
    let outputs = matrix.outputs;
    for first in (0..matrix.inputs).step_by(2 * GROUP).flat_map(|group| [group, group + 2]) {
        let inputs = [first, first + 1, first + GROUP, first + GROUP + 1];
        for column in 0..outputs {
            let places = inputs.map(|input| input * outputs + column);
            for sign in [1, -1] {
                let weight = |values: &[i8], place: usize| {
                    values.get(place).map_or(0, |&value| (i32::from(value) * sign).max(0))
                };
                let sum = |values: &[i8]| places.iter().map(|&place| weight(values, place)).sum::<i32>();
                while sum(&matrix.values) > LARGEST {
                    let largest = places.into_iter().max_by_key(|&place| weight(&matrix.values, place));
                    if let Some(value) = largest.and_then(|place| matrix.values.get_mut(place)) {
                        *value -= sign as i8;
                    }
                }
            }
        }
    }
    matrix
}

/// Two neighbours a byte, the first in its lower half.
fn narrow(values: &[i8]) -> Vec<u8> {
    values.as_chunks::<2>().0.iter().map(|&[low, high]| (low as u8 & 15) | ((high as u8) << 4)).collect()
}

/// Weights in panels: for each 16 columns, for each 4 inputs, for each column, its 4 weights. Missing columns are zero.
pub fn pack(matrix: &Matrix) -> Vec<i8> {
    let mut packed = Vec::with_capacity(matrix.inputs * matrix.outputs.next_multiple_of(PANEL));
    for first in (0..matrix.outputs).step_by(PANEL) {
        for group in (0..matrix.inputs).step_by(GROUP) {
            for column in first..first + PANEL {
                for input in group..group + GROUP {
                    let inside = column < matrix.outputs;
                    let value = matrix.values.get(input * matrix.outputs + column).filter(|_| inside);
                    packed.push(value.copied().unwrap_or(0));
                }
            }
        }
    }
    packed
}

fn append_norm(blob: &mut Vec<u8>, norm: &Norm) {
    append(blob, bytemuck::cast_slice(&norm.gain));
    append(blob, bytemuck::cast_slice(&norm.shift));
}

/// Packed weights, then scale, bias and sum of each column; missing columns are zero throughout.
fn append_matrix(blob: &mut Vec<u8>, matrix: &Matrix) {
    let padded = matrix.outputs.next_multiple_of(PANEL);
    let pad = |values: &[f32]| {
        let mut values = values.to_vec();
        values.resize(padded, 0.0);
        values
    };
    let mut sums = vec![0i32; padded];
    for row in matrix.values.chunks(matrix.outputs.max(1)) {
        for (sum, &value) in sums.iter_mut().zip(row) {
            *sum += i32::from(value);
        }
    }
    append(blob, bytemuck::cast_slice(&pack(matrix)));
    append(blob, bytemuck::cast_slice(&pad(&matrix.scales)));
    append(blob, bytemuck::cast_slice(&pad(&matrix.bias)));
    append(blob, bytemuck::cast_slice(&sums));
}

fn append(blob: &mut Vec<u8>, section: &[u8]) {
    blob.resize(blob.len().next_multiple_of(ALIGNMENT), 0);
    blob.extend_from_slice(section);
}
