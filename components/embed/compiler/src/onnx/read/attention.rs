//! Self-attention: projections, heads, scores and their mix.

use super::Reader;
use crate::encoder::Linear;
use crate::error::Error;
use crate::onnx::graph::{attribute, floats, input, ints, unrecognised};

impl Reader<'_> {
    /// Query, key and value with what they read, and the number of heads.
    pub(super) fn attention(&self, value: &str) -> Result<([(Linear, String); 3], usize), Error> {
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
}
