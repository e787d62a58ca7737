//! Recognises a BERT encoder in an ONNX graph, from its output to its inputs.
//!
//! What is recognised is what [`super::write`] writes, with f32 or int8 layers, whatever the names, and what exporters commonly write instead: operands
//! in either order, GELU as one operator or by erf or tanh, scores divided instead of multiplied, positions sliced or gathered.
//! Masks are not looked at: the engine has no padding.

use gusset_embed::format::{Activation, Norm};
use tract_onnx::pb::{NodeProto, tensor_proto::DataType};

use super::graph::{File, Graph, attribute, floats, input, int8, ints, is, unrecognised};
use crate::encoder::{Encoder, Layer, Linear, Weights};
use crate::error::Error;

/// Reads an encoder.
///
/// # Errors
/// A file that is no ONNX, or the first node that a BERT encoder doesn't have there.
pub fn read(bytes: &[u8]) -> Result<Encoder, Error> {
    let file = File::parse(bytes)?;
    let reader = Reader { graph: file.graph()? };
    let mut state = reader.graph.output().to_owned();
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

    /// What an activation function reads, and which it is.
    fn activation(&self, value: &str) -> Result<(String, Activation), Error> {
        const EXPECTED: &str = "GELU: Gelu, or x/2 (1 + erf(x/√2)), or its tanh form";
        let node = self.graph.node(value)?;
        if node.op_type == "Gelu" {
            let tanh = attribute(node, "approximate").is_some_and(|kind| kind.s == b"tanh");
            let activation = if tanh { Activation::GeluTanh } else { Activation::Gelu };
            return Ok((input(node, 0)?.to_owned(), activation));
        }
        // Three factors in any order: x, one half, and one plus a bent x.
        let mut factors = Vec::new();
        let mut open = vec![value];
        while let Some(value) = open.pop() {
            match self.graph.node(value) {
                Ok(node) if node.op_type == "Mul" && factors.len() + open.len() < 3 => {
                    open.extend([input(node, 0)?, input(node, 1)?]);
                }
                _ => factors.push(value),
            }
        }
        let is_half = |value: &&str| self.scalar(value).is_some_and(|x| x == 0.5);
        let is_shifted = |value: &&str| {
            self.graph.node(value).is_ok_and(|node| {
                node.op_type == "Add"
                    && self.graph.stored(node).is_some_and(|(one, _)| one.dims.iter().product::<i64>() == 1)
            })
        };
        let half = factors.iter().position(is_half);
        let shifted = factors.iter().position(is_shifted);
        let (3, Some(half), Some(shifted)) = (factors.len(), half, shifted) else {
            return Err(unrecognised(node, EXPECTED));
        };
        let rest = (0..3).find(|&at| at != half && at != shifted).and_then(|at| factors.get(at));
        let x = rest.ok_or_else(|| unrecognised(node, EXPECTED))?;
        let add = self.graph.node(factors.get(shifted).copied().unwrap_or_default())?;
        let (_, bent) = self.graph.stored(add).ok_or_else(|| unrecognised(add, EXPECTED))?;
        let activation = match self.graph.node(bent)?.op_type.as_str() {
            "Erf" => Activation::Gelu,
            "Tanh" => Activation::GeluTanh,
            _ => return Err(unrecognised(self.graph.node(bent)?, EXPECTED)),
        };
        Ok(((*x).to_owned(), activation))
    }

    /// Query, key and value with what they read, and the number of heads.
    fn attention(&self, value: &str) -> Result<([(Linear, String); 3], usize), Error> {
        let joined = self.graph.expect(value, "Reshape", "the heads joined by Reshape")?;
        let by_token =
            self.graph.expect(input(joined, 0)?, "Transpose", "the heads' outputs brought to token order")?;
        let mixed = self.graph.expect(input(by_token, 0)?, "MatMul", "values mixed by attention")?;
        let softmax = self.graph.expect(input(mixed, 0)?, "Softmax", "Softmax of the scores")?;
        let mut scores = self.graph.node(input(softmax, 0)?)?;
        let mut scale = 1.0;
        loop {
            let (a, b) = (input(scores, 0)?, input(scores, 1)?);
            match scores.op_type.as_str() {
                "MatMul" => break,
                // The mask: the side that leads to the product of query and key goes on.
                "Add" => scores = self.graph.node(if self.leads_to_product(a) { a } else { b })?,
                "Mul" | "Div" => {
                    let (x, rest) =
                        self.graph.stored(scores).ok_or_else(|| unrecognised(scores, "a stored scale"))?;
                    let x = floats(x)?.first().copied().unwrap_or(1.0);
                    scale *= if scores.op_type == "Mul" { x } else { 1.0 / x };
                    scores = self.graph.node(rest)?;
                }
                _ => {
                    return Err(unrecognised(
                        scores,
                        "scores: the scaled and masked product of query and key",
                    ));
                }
            }
        }
        let (query, heads, width) = self.head(input(scores, 0)?, &[0, 2, 1, 3])?;
        let (key, key_heads, _) = self.head(input(scores, 1)?, &[0, 2, 3, 1])?;
        let (value, value_heads, _) = self.head(input(mixed, 1)?, &[0, 2, 1, 3])?;
        if heads != key_heads || heads != value_heads {
            return Err(unrecognised(scores, "as many heads of queries as of keys and values"));
        }
        if (scale * (width as f32).sqrt() - 1.0).abs() > 1e-3 {
            return Err(unrecognised(scores, "scores divided by the root of a head's width"));
        }
        Ok(([query, key, value], heads))
    }

    fn leads_to_product(&self, value: &str) -> bool {
        let Ok(node) = self.graph.node(value) else { return false };
        match node.op_type.as_str() {
            "MatMul" => true,
            "Mul" | "Div" => self.graph.stored(node).is_some_and(|(_, rest)| self.leads_to_product(rest)),
            _ => false,
        }
    }

    /// A projection split into heads: the linear layer with what it reads, the number of heads and their width.
    fn head(&self, value: &str, order: &[i64]) -> Result<((Linear, String), usize, usize), Error> {
        let transpose = self.graph.expect(value, "Transpose", "a projection brought to head order")?;
        if attribute(transpose, "perm").is_none_or(|perm| perm.ints != order) {
            return Err(unrecognised(
                transpose,
                "query and value by head, token, element; key by head, element, token",
            ));
        }
        let reshape = self.graph.expect(input(transpose, 0)?, "Reshape", "a projection split into heads")?;
        let shape = self.graph.tensor(input(reshape, 1)?);
        let shape = ints(shape.ok_or_else(|| unrecognised(reshape, "a stored shape"))?)?;
        let linear = self.linear(input(reshape, 0)?)?;
        let [_, _, heads, width] = *shape.as_slice() else {
            return Err(unrecognised(reshape, "batch, tokens, heads, elements"));
        };
        let heads = if heads > 0 { heads } else { linear.0.outputs as i64 / width.max(1) };
        let heads = usize::try_from(heads).ok().filter(|&heads| heads > 0);
        let heads = heads.ok_or_else(|| unrecognised(reshape, "a number of heads"))?;
        let width = linear.0.outputs / heads;
        Ok((linear, heads, width))
    }

    fn is_embeddings(&self, sum: &'a NodeProto) -> bool {
        self.summands(sum).iter().any(|value| self.is_words(value))
    }

    fn is_words(&self, value: &str) -> bool {
        let Ok(node) = self.graph.node(value) else { return false };
        match node.op_type.as_str() {
            "Gather" => self.graph.node(node.input.get(1).map_or("", String::as_str)).is_err(),
            "Mul" => {
                node.input.iter().any(|value| self.graph.node(value).is_ok_and(|node| node.op_type == "Cast"))
            }
            _ => false,
        }
    }

    /// The operands of nested additions.
    fn summands(&self, sum: &'a NodeProto) -> Vec<&'a str> {
        let mut open: Vec<&str> = sum.input.iter().map(String::as_str).collect();
        let mut leaves = Vec::new();
        while let Some(value) = open.pop() {
            match self.graph.node(value) {
                Ok(node)
                    if node.op_type == "Add" && self.graph.stored(node).is_none() && leaves.len() < 8 =>
                {
                    open.extend(node.input.iter().map(String::as_str));
                }
                _ => leaves.push(value),
            }
        }
        leaves
    }

    /// Words, positions and token types. The word embedding is the table with most rows, that of token types the one with fewest.
    fn embeddings(&self, sum: &'a NodeProto) -> Result<(Weights, Vec<f32>, Vec<f32>), Error> {
        const EXPECTED: &str = "the sum of word, position and token type embeddings";
        let mut tables = Vec::new();
        for value in self.summands(sum) {
            tables.push(self.table(value)?);
        }
        tables.sort_by_key(Weights::len);
        let three = <[Weights; 3]>::try_from(tables).map_err(|_| unrecognised(sum, EXPECTED))?;
        match three {
            [Weights::F32(types), Weights::F32(positions), words] => Ok((words, positions, types)),
            _ => Err(unrecognised(sum, "position and token type embeddings in f32")),
        }
    }

    /// A table that rows are looked up in.
    fn table(&self, value: &str) -> Result<Weights, Error> {
        const EXPECTED: &str =
            "Gather or Slice of a stored table, or Mul of a gathered int8 row and its scale";
        if let Some(tensor) = self.graph.tensor(value) {
            return Ok(Weights::F32(floats(tensor)?));
        }
        let node = self.graph.node(value)?;
        match node.op_type.as_str() {
            "Gather" | "Slice" => {
                let tensor = self.graph.tensor(input(node, 0)?);
                Ok(Weights::F32(floats(tensor.ok_or_else(|| unrecognised(node, EXPECTED))?)?))
            }
            "Mul" => {
                let mut parts = [None, None];
                for (part, value) in parts.iter_mut().zip(&node.input) {
                    let mut gather = self.graph.node(value)?;
                    if gather.op_type == "Cast" {
                        gather = self.graph.node(input(gather, 0)?)?;
                    }
                    *part = self.graph.tensor(input(gather, 0)?);
                }
                let [Some(a), Some(b)] = parts else { return Err(unrecognised(node, EXPECTED)) };
                let (values, scales) = if is(a, DataType::Int8) { (a, b) } else { (b, a) };
                Ok(Weights::Int8 { values: int8(values)?, scales: floats(scales)? })
            }
            _ => Err(unrecognised(node, EXPECTED)),
        }
    }

    fn scalar(&self, value: &str) -> Option<f32> {
        let values = floats(self.graph.tensor(value)?).ok()?;
        if let [x] = values.as_slice() { Some(*x) } else { None }
    }
}
