//! The encoder as a tract plan.
//!
//! One plan serves every number of tokens and sequences: both are symbols. It is of the whole encoder or of a stretch of layers ([`Part`]). Its order of evaluation, and when a tensor's memory is
//! free again, are tract's; what is computed is in [`crate::operators`].

use std::ops::Range;
use std::sync::Arc;

use tract_core::internal::*;

use crate::error::Error;
use crate::format::Header;
use crate::kernels::Kernel;
use crate::operators::{AddNorm, Attention, Compute, Dense, Lookup, Operator, Pool};
use crate::weights::{Matrix, Weights};

/// Inputs `ids` (i32, tokens), or `states` (f32, tokens × `hidden`) above the first layer, and `ends` (i32, sequences); output
/// states, or vectors (f32, sequences × `hidden`) where it ends by pooling.
pub(crate) type Plan = Arc<TypedRunnableModel>;

/// A stretch of the encoder.
#[derive(Debug, Clone)]
pub(crate) struct Part {
    /// From 0, with the embeddings of the tokens below them.
    pub(crate) layers: Range<usize>,
    /// Whether pooling follows.
    pub(crate) pooled: bool,
}

/// Builds the plan of a part. The weights stay where they are.
pub(crate) fn plan(header: &Header, weights: &Arc<Weights>, part: &Part) -> Result<Plan, Error> {
    build(header, weights, part).map_err(Error::engine)
}

/// Runs a plan on its first input and the ends of its sequences; returns the output's values.
pub(crate) fn run(plan: &Plan, input: Tensor, ends: &[i32]) -> Result<Vec<f32>, Error> {
    let evaluate = || -> TractResult<Vec<f32>> {
        let outputs = plan.run(tvec![input.into(), tensor1(ends).into()])?;
        let output: &Tensor = outputs.first().context("a plan has an output")?;
        Ok(output.try_as_plain_ram()?.as_slice::<f32>()?.to_vec())
    };
    evaluate().map_err(Error::engine)
}

fn build(header: &Header, weights: &Arc<Weights>, part: &Part) -> TractResult<Plan> {
    let mut graph = Graph { model: TypedModel::default(), header, weights };
    let tokens = graph.model.symbols.new_with_prefix("tokens");
    let sequences = graph.model.symbols.new_with_prefix("sequences");
    let (hidden, epsilon) = (header.hidden, header.epsilon);
    let source = if part.layers.start == 0 {
        graph.model.add_source("ids", i32::datum_type().fact([tokens.to_dim()]))?
    } else {
        graph.model.add_source("states", f32::datum_type().fact([tokens.to_dim(), hidden.to_dim()]))?
    };
    let ends = graph.model.add_source("ends", i32::datum_type().fact([sequences.to_dim()]))?;

    let mut state = source;
    if part.layers.start == 0 {
        let lookup = Lookup { weights: Arc::clone(weights), hidden, epsilon };
        state = graph.wire("embeddings", lookup, &[source, ends])?;
    }
    for layer in part.layers.clone() {
        state = graph.layer(layer, state, ends)?;
    }
    if part.pooled {
        state = graph.wire("pool", Pool { pooling: header.pooling, hidden }, &[state, ends])?;
    }
    graph.model.select_output_outlets(&[state])?;
    graph.model.into_runnable()
}

struct Graph<'a> {
    model: TypedModel,
    header: &'a Header,
    weights: &'a Arc<Weights>,
}

impl Graph<'_> {
    fn layer(&mut self, layer: usize, input: OutletId, ends: OutletId) -> TractResult<OutletId> {
        let &Header { hidden, heads, epsilon, activation, .. } = self.header;
        let name = |part: &str| format!("layer.{layer}.{part}");
        let norm = |norm| AddNorm { weights: Arc::clone(self.weights), norm, layer, hidden, epsilon };
        let output_norm = norm(|weights, layer| Some(&weights.layers.get(layer)?.output_norm));
        let down_norm = norm(|weights, layer| Some(&weights.layers.get(layer)?.down_norm));

        let projections = self.dense(layer, |weights, layer| Some(&weights.layers.get(layer)?.projections));
        let projected = self.wire(&name("projections"), projections, &[input])?;
        let kernel = Kernel::detect(self.header.activation_bits);
        let attention = Attention { hidden, heads, kernel };
        let mixed = self.wire(&name("attention"), attention, &[projected, ends])?;
        let output = self.dense(layer, |weights, layer| Some(&weights.layers.get(layer)?.output));
        let attended = self.wire(&name("output"), output, &[mixed])?;
        let middle = self.wire(&name("output_norm"), output_norm, &[attended, input])?;

        let mut up = self.dense(layer, |weights, layer| Some(&weights.layers.get(layer)?.up));
        up.activation = Some(activation);
        let wide = self.wire(&name("up"), up, &[middle])?;
        let down = self.dense(layer, |weights, layer| Some(&weights.layers.get(layer)?.down));
        let narrow = self.wire(&name("down"), down, &[wide])?;
        self.wire(&name("down_norm"), down_norm, &[narrow, middle])
    }

    fn dense(&self, layer: usize, matrix: fn(&Weights, usize) -> Option<&Matrix>) -> Dense {
        Dense {
            weights: Arc::clone(self.weights),
            matrix,
            layer,
            activation: None,
            activation_bits: self.header.activation_bits,
            kernel: Kernel::detect(self.header.activation_bits),
        }
    }

    fn wire(&mut self, name: &str, compute: impl Compute, inputs: &[OutletId]) -> TractResult<OutletId> {
        let outlets = self.model.wire_node(name, Operator::new(compute), inputs)?;
        outlets.first().copied().context("an operator has an output")
    }
}
