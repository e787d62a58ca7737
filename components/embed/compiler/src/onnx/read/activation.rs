//! The activation function of the feed-forward part.

use gusset_embed::format::Activation;

use super::Reader;
use crate::error::Error;
use crate::onnx::graph::{attribute, floats, input, unrecognised};

impl Reader<'_> {
    /// What an activation function reads, and which it is.
    pub(super) fn activation(&self, value: &str) -> Result<(String, Activation), Error> {
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

    fn scalar(&self, value: &str) -> Option<f32> {
        let values = floats(self.graph.tensor(value)?).ok()?;
        if let [x] = values.as_slice() { Some(*x) } else { None }
    }
}
