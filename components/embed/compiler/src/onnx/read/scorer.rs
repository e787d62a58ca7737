//! What a cross-encoder has above its last layer: the pooler over `[CLS]`, and the classifier.

use tract_onnx::pb::NodeProto;

use super::Reader;
use crate::encoder::{Linear, Scorer, Weights, transposed};
use crate::error::Error;
use crate::onnx::graph::{attribute, floats, input, ints, unrecognised};

impl<'a> Reader<'a> {
    /// The scorer whose logits a value is, with the states that it reads; `None` where the value is a state itself.
    pub(super) fn scorer(&self, value: &str) -> Result<Option<(Scorer, String)>, Error> {
        let last = self.graph.node(value)?;
        if !matches!(last.op_type.as_str(), "Add" | "Gemm") {
            return Ok(None);
        }
        let (classifier, bent) = self.affine(last)?;
        let tanh = self.graph.expect(&bent, "Tanh", "tanh of the pooler, below the classifier")?;
        let (pooler, first) = self.affine(self.graph.node(input(tanh, 0)?)?)?;
        let first = self.graph.expect(&first, "Gather", "Gather of each sequence's first token")?;
        let axis = attribute(first, "axis").map_or(0, |axis| axis.i);
        let index = self.graph.tensor(input(first, 1)?);
        let index = ints(index.ok_or_else(|| unrecognised(first, "a stored index"))?)?;
        if axis != 1 || index != [0] {
            return Err(unrecognised(first, "Gather of each sequence's first token"));
        }
        Ok(Some((Scorer { pooler, classifier }, input(first, 0)?.to_owned())))
    }

    /// A linear layer as one operator or as two.
    fn affine(&self, node: &'a NodeProto) -> Result<(Linear, String), Error> {
        if node.op_type != "Gemm" {
            return self.linear(node.output.first().map_or("", String::as_str));
        }
        let factor = |name| attribute(node, name).map_or(1.0, |factor| factor.f);
        let flag = |name| attribute(node, name).is_some_and(|flag| flag.i != 0);
        if factor("alpha") != 1.0 || factor("beta") != 1.0 || flag("transA") {
            return Err(unrecognised(node, "Gemm without factors, its input as it is"));
        }
        let stored = |at| {
            let name = input(node, at)?;
            self.graph.tensor(name).ok_or_else(|| unrecognised(node, "stored weights and bias"))
        };
        let (weights, bias) = (stored(1)?, floats(stored(2)?)?);
        let [rows, columns] = *weights.dims.as_slice() else {
            return Err(unrecognised(node, "weights of two dimensions"));
        };
        let (rows, columns, values) = (rows as usize, columns as usize, floats(weights)?);
        let (inputs, outputs, values) = if flag("transB") {
            (columns, rows, transposed(&values, columns))
        } else {
            (rows, columns, values)
        };
        let linear = Linear { inputs, outputs, weights: Weights::F32(values), bias };
        Ok((linear, input(node, 0)?.to_owned()))
    }
}
