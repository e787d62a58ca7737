//! Recognises a BERT encoder, or a cross-encoder, in an ONNX graph, from its output to its inputs.
//!
//! What is recognised is what [`mod@super::write`] writes, with f32 or int8 layers, whatever the names, and what exporters commonly write instead: operands
//! in either order, GELU as one operator or by erf or tanh, scores divided instead of multiplied, positions sliced or gathered.
//! Masks are not looked at: the engine has no padding.

mod activation;
mod attention;
mod embeddings;
mod scorer;

use gusset_embed::format::{Activation, Norm};
use tract_onnx::pb::NodeProto;

use super::graph::{File, Graph, attribute, floats, input, int8, unrecognised};
use crate::encoder::{Encoder, Layer, Linear, Weights};
use crate::error::Error;

/// Reads an encoder.
///
/// # Errors
/// A file that is no ONNX, or the first node that a BERT encoder doesn't have there.
pub fn read(bytes: &[u8]) -> Result<Encoder, Error> {
    let file = File::parse(bytes)?;
    let reader = Reader { graph: file.graph()? };
    let output = reader.graph.output().to_owned();
    let (scorer, mut state) = match reader.scorer(&output)? {
        Some((scorer, state)) => (Some(scorer), state),
        None => (None, output),
    };
    let mut layers = Vec::new();
    let mut shape: Option<Shape> = None;
    loop {
        let norm = reader.norm(&state)?;
        let sum =
            reader.graph.expect(&norm.input, "Add", "the sum of a residual connection or of embeddings")?;
        if reader.is_embeddings(sum) {
            let shape = shape.ok_or_else(|| unrecognised(sum, "at least one layer above the embeddings"))?;
            let (words, positions, types) = reader.embeddings(sum)?;
            layers.reverse();
            let encoder = Encoder {
                hidden: norm.norm.gain.len(),
                heads: shape.heads,
                epsilon: norm.epsilon,
                activation: shape.activation,
                words,
                positions,
                types,
                embedding_norm: norm.norm,
                layers,
                scorer,
            };
            encoder.check()?;
            return Ok(encoder);
        }
        let (layer, below, found) = reader.layer(sum, norm)?;
        if shape.is_some_and(|shape| shape != found) {
            return Err(unrecognised(sum, "a layer of the same heads and activation function as the others"));
        }
        shape = Some(found);
        layers.push(layer);
        state = below;
    }
}

/// What all layers share.
#[derive(Clone, Copy, PartialEq)]
struct Shape {
    heads: usize,
    activation: Activation,
}

struct Normed {
    input: String,
    norm: Norm,
    epsilon: f32,
}

struct Reader<'a> {
    graph: Graph<'a>,
}

impl<'a> Reader<'a> {
    fn norm(&self, value: &str) -> Result<Normed, Error> {
        let node = self.graph.expect(value, "LayerNormalization", "LayerNormalization")?;
        let tensor = |at| {
            let name = input(node, at)?;
            floats(self.graph.tensor(name).ok_or_else(|| Error::MissingValue(name.to_owned()))?)
        };
        if attribute(node, "axis").is_some_and(|axis| !matches!(axis.i, -1 | 2)) {
            return Err(unrecognised(node, "normalisation of the last axis"));
        }
        Ok(Normed {
            input: input(node, 0)?.to_owned(),
            norm: Norm { gain: tensor(1)?, shift: tensor(2)? },
            epsilon: attribute(node, "epsilon").map_or(1e-5, |epsilon| epsilon.f),
        })
    }

    /// A layer from the sum before its last normalisation, and the value that it reads.
    fn layer(&self, sum: &'a NodeProto, norm: Normed) -> Result<(Layer, String, Shape), Error> {
        let (down, wide, middle) = self.residual(sum)?;
        let (narrow, activation) = self.activation(&wide)?;
        let (up, source) = self.linear(&narrow)?;
        if !self.graph.same(&source, &middle) {
            return Err(unrecognised(sum, "the feed-forward part to read what its residual connection adds"));
        }
        let output_norm = self.norm(&middle)?;
        if output_norm.epsilon.to_bits() != norm.epsilon.to_bits() {
            return Err(unrecognised(sum, "the same epsilon in all layer normalisations"));
        }
        let sum = self.graph.expect(&output_norm.input, "Add", "the residual connection around attention")?;
        let (output, mixed, below) = self.residual(sum)?;
        let (projections, heads) = self.attention(&mixed)?;
        let [query, key, value] = projections.map(|(linear, source)| {
            if self.graph.same(&source, &below) {
                Ok(linear)
            } else {
                Err(unrecognised(sum, "attention to read what its residual connection adds"))
            }
        });
        let layer = Layer {
            query: query?,
            key: key?,
            value: value?,
            output,
            output_norm: output_norm.norm,
            up,
            down,
            down_norm: norm.norm,
        };
        Ok((layer, below, Shape { heads, activation }))
    }

    /// The two operands of a residual connection: a linear layer with what it reads, and the value that bypasses it.
    fn residual(&self, sum: &'a NodeProto) -> Result<(Linear, String, String), Error> {
        let (a, b) = (input(sum, 0)?, input(sum, 1)?);
        let (branch, bypass) = if self.is_linear(a) { (a, b) } else { (b, a) };
        let (linear, source) = self.linear(branch)?;
        Ok((linear, source, bypass.to_owned()))
    }

    fn is_linear(&self, value: &str) -> bool {
        self.graph.node(value).is_ok_and(|node| node.op_type == "Add" && self.graph.stored(node).is_some())
    }

    /// A linear layer, and the name of the f32 value that it reads.
    fn linear(&self, value: &str) -> Result<(Linear, String), Error> {
        let add = self.graph.expect(value, "Add", "the bias of a linear layer")?;
        let (bias, product) = self.graph.stored(add).ok_or_else(|| unrecognised(add, "a stored bias"))?;
        let bias = floats(bias)?;
        let product = self.graph.node(product)?;
        let (weights, dims, source) = match product.op_type.as_str() {
            "MatMul" => {
                let name = input(product, 1)?;
                let tensor =
                    self.graph.tensor(name).ok_or_else(|| unrecognised(product, "stored weights"))?;
                (Weights::F32(floats(tensor)?), &tensor.dims, input(product, 0)?)
            }
            "Mul" => self.integer_product(product)?,
            _ => return Err(unrecognised(product, "MatMul, or Mul of MatMulInteger and its scales")),
        };
        let [inputs, outputs] = *dims.as_slice() else {
            return Err(unrecognised(product, "weights of two dimensions"));
        };
        let linear = Linear { inputs: inputs as usize, outputs: outputs as usize, weights, bias };
        Ok((linear, source.to_owned()))
    }

    /// `Mul(Cast(MatMulInteger(DynamicQuantizeLinear(x), W)), Mul(scale of x, scales of W))`.
    fn integer_product(&self, product: &'a NodeProto) -> Result<(Weights, &'a Vec<i64>, &'a str), Error> {
        let (a, b) = (input(product, 0)?, input(product, 1)?);
        let is_cast = |value| self.graph.node(value).is_ok_and(|node| node.op_type == "Cast");
        let (sums, scale) = if is_cast(a) { (a, b) } else { (b, a) };
        let cast = self.graph.expect(sums, "Cast", "the cast of integer sums to f32")?;
        let sums = self.graph.expect(input(cast, 0)?, "MatMulInteger", "MatMulInteger")?;
        let name = input(sums, 1)?;
        let weights = self.graph.tensor(name).ok_or_else(|| unrecognised(sums, "stored weights"))?;
        if let Some(zero) = sums.input.get(3).filter(|name| !name.is_empty()) {
            let zero = self.graph.tensor(zero).ok_or_else(|| Error::MissingValue(zero.clone()))?;
            if int8(zero)?.iter().any(|&zero| zero != 0) {
                return Err(unrecognised(sums, "symmetric weights, their zero point 0"));
            }
        }
        let quantise =
            self.graph.expect(input(sums, 0)?, "DynamicQuantizeLinear", "DynamicQuantizeLinear")?;
        let scale = self.graph.expect(scale, "Mul", "the product of both scales")?;
        let (scales, _) =
            self.graph.stored(scale).ok_or_else(|| unrecognised(scale, "the weights' stored scales"))?;
        let mut scales = floats(scales)?;
        if let ([single], Some(&outputs)) = (scales.as_slice(), weights.dims.last()) {
            scales = vec![*single; usize::try_from(outputs).unwrap_or_default()];
        }
        Ok((Weights::Int8 { values: int8(weights)?, scales }, &weights.dims, input(quantise, 0)?))
    }
}
