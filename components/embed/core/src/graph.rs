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
use crate::operators::{AddNorm, Attention, Compute, Dense, First, Lookup, Operator, PairLookup, Pool};
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

/// Builds the plan of the whole encoder over sequences of two texts. Inputs `ids`, `ends`, and `seconds` (i32, sequences) as
/// [`PairLookup`] has it; output the states of the sequences' first tokens (f32, sequences × `hidden`).
pub(crate) fn pair_plan(header: &Header, weights: &Arc<Weights>, second: &[f32]) -> Result<Plan, Error> {
    let build = || -> TractResult<Plan> {
        let mut graph = Graph { model: TypedModel::default(), header, weights };
        let ids = graph.source::<i32>("ids", "tokens", None)?;
        let ends = graph.source::<i32>("ends", "sequences", None)?;
        let seconds = graph.source::<i32>("seconds", "sequences", None)?;
        let lookup = PairLookup { lookup: graph.lookup(), second: second.to_vec() };
        let mut state = graph.wire("embeddings", lookup, &[ids, ends, seconds])?;
        for layer in 0..header.layers {
            state = graph.layer(layer, state, ends)?;
        }
        let first = graph.wire("first", First { hidden: header.hidden }, &[state, ends])?;
        graph.model.select_output_outlets(&[first])?;
        graph.model.into_runnable()
    };
    build().map_err(Error::engine)
}

/// Runs a plan on its first input and the ends of its sequences; returns the output's values.
pub(crate) fn run(plan: &Plan, input: Tensor, ends: &[i32]) -> Result<Vec<f32>, Error> {
    evaluate(plan, tvec![input.into(), tensor1(ends).into()]).map_err(Error::engine)
}

/// Runs a plan for pairs.
pub(crate) fn run_pairs(plan: &Plan, ids: &[i32], ends: &[i32], seconds: &[i32]) -> Result<Vec<f32>, Error> {
    let inputs = [ids, ends, seconds].map(|values| tensor1(values).into());
    evaluate(plan, inputs.into_iter().collect()).map_err(Error::engine)
}

fn evaluate(plan: &Plan, inputs: TVec<TValue>) -> TractResult<Vec<f32>> {
    let outputs = plan.run(inputs)?;
    let output: &Tensor = outputs.first().context("a plan has an output")?;
    Ok(output.try_as_plain_ram()?.as_slice::<f32>()?.to_vec())
}

fn build(header: &Header, weights: &Arc<Weights>, part: &Part) -> TractResult<Plan> {
    let mut graph = Graph { model: TypedModel::default(), header, weights };
    let hidden = header.hidden;
    let source = if part.layers.start == 0 {
        graph.source::<i32>("ids", "tokens", None)?
    } else {
        graph.source::<f32>("states", "tokens", Some(hidden))?
    };
    let ends = graph.source::<i32>("ends", "sequences", None)?;

    let mut state = source;
    if part.layers.start == 0 {
        let lookup = graph.lookup();
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
    /// An input of as many rows as the symbol stands for; of that width, if it has two dimensions.
    fn source<D: Datum>(&mut self, name: &str, symbol: &str, width: Option<usize>) -> TractResult<OutletId> {
        let rows = self.model.symbols.sym(symbol).to_dim();
        let shape: TVec<TDim> = [rows].into_iter().chain(width.map(|width| width.to_dim())).collect();
        self.model.add_source(name, D::datum_type().fact(shape))
    }

    fn lookup(&self) -> Lookup {
        let &Header { hidden, epsilon, embedding_bits, .. } = self.header;
        Lookup { weights: Arc::clone(self.weights), hidden, epsilon, narrow: embedding_bits == 4 }
    }

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
