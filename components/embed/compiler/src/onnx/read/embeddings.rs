//! The embeddings below the first layer.

use tract_onnx::pb::{NodeProto, tensor_proto::DataType};

use super::Reader;
use crate::encoder::Weights;
use crate::error::Error;
use crate::onnx::graph::{floats, input, int8, is, unrecognised};

impl<'a> Reader<'a> {
    pub(super) fn is_embeddings(&self, sum: &'a NodeProto) -> bool {
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
    pub(super) fn embeddings(&self, sum: &'a NodeProto) -> Result<(Weights, Vec<f32>, Vec<f32>), Error> {
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
}
