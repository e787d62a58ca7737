//! A BERT encoder with its numbers, between file formats; and its quantisation.

use gusset_embed::format::{Activation, NARROW_GROUP, Norm, Table};

use crate::error::Error;

/// Weights of one tensor.
#[derive(Debug, Clone, PartialEq)]
pub enum Weights {
    /// As trained.
    F32(Vec<f32>),
    /// Value = int8 × the scale of its column (of a linear layer) or row (of the word embedding).
    Int8 {
        /// In -127..=127.
        values: Vec<i8>,
        /// One a column or row.
        scales: Vec<f32>,
    },
}

/// y = x W + b.
#[derive(Debug, Clone, PartialEq)]
pub struct Linear {
    /// Rows of W.
    pub inputs: usize,
    /// Columns of W.
    pub outputs: usize,
    /// W, row by row.
    pub weights: Weights,
    /// b.
    pub bias: Vec<f32>,
}

/// One layer.
#[derive(Debug, Clone, PartialEq)]
pub struct Layer {
    /// Query projection, not scaled.
    pub query: Linear,
    /// Key projection.
    pub key: Linear,
    /// Value projection.
    pub value: Linear,
    /// Output of attention.
    pub output: Linear,
    /// After attention.
    pub output_norm: Norm,
    /// First half of the feed-forward part.
    pub up: Linear,
    /// Second half.
    pub down: Linear,
    /// After the feed-forward part.
    pub down_norm: Norm,
}

/// An encoder.
#[derive(Debug, Clone, PartialEq)]
pub struct Encoder {
    /// Length of a token's vector.
    pub hidden: usize,
    /// Attention heads.
    pub heads: usize,
    /// Added to the variance in layer normalisation.
    pub epsilon: f32,
    /// Activation function.
    pub activation: Activation,
    /// Word embedding, tokens × `hidden`.
    pub words: Weights,
    /// Position embedding, positions × `hidden`.
    pub positions: Vec<f32>,
    /// Token type embedding, types × `hidden`.
    pub types: Vec<f32>,
    /// After the sum of the embeddings.
    pub embedding_norm: Norm,
    /// First to last.
    pub layers: Vec<Layer>,
    /// What a cross-encoder has on top; an embedder has none.
    pub scorer: Option<Scorer>,
}

/// The state of `[CLS]` to one score: a linear layer, tanh, and a linear layer of one output. Never quantised.
#[derive(Debug, Clone, PartialEq)]
pub struct Scorer {
    /// `hidden` to `hidden`, before tanh.
    pub pooler: Linear,
    /// `hidden` to the logit.
    pub classifier: Linear,
}

impl Weights {
    /// Number of weights.
    pub fn len(&self) -> usize {
        match self {
            Weights::F32(values) => values.len(),
            Weights::Int8 { values, .. } => values.len(),
        }
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

impl Encoder {
    /// Tokens of the vocabulary.
    pub fn vocabulary(&self) -> usize {
        self.words.len() / self.hidden
    }

    /// Width of the feed-forward part.
    pub fn intermediate(&self) -> usize {
        self.layers.first().map_or(0, |layer| layer.up.outputs)
    }

    /// The same encoder with int8 weights: symmetric, one scale a column of each linear layer and a row of the word embedding. What is
    /// int8 already stays as it is.
    #[must_use]
    pub fn quantised(mut self) -> Self {
        let hidden = self.hidden;
        self.words = match self.words {
            Weights::F32(values) => quantise(&values, hidden),
            int8 => int8,
        };
        for layer in &mut self.layers {
            for linear in [
                &mut layer.query,
                &mut layer.key,
                &mut layer.value,
                &mut layer.output,
                &mut layer.up,
                &mut layer.down,
            ] {
                if let Weights::F32(values) = &linear.weights {
                    let columns = quantise(&transposed(values, linear.outputs), linear.inputs);
                    if let Weights::Int8 { values, scales } = columns {
                        linear.weights = Weights::Int8 { values: transposed(&values, linear.inputs), scales };
                    }
                }
            }
        }
        self
    }

    /// Fits the word embedding to a vocabulary of that many tokens. Rows beyond it, which models have where their table was padded to a
    /// round number, are dropped: no text asks for them.
    ///
    /// # Errors
    /// A table that lacks rows, or has so many too many that it isn't padding.
    pub fn fit(&mut self, tokens: usize) -> Result<(), Error> {
        /// Tables are padded to multiples of this at most.
        const PADDING: usize = 128;
        let rows = self.vocabulary();
        if !(rows.saturating_sub(PADDING - 1)..=rows).contains(&tokens) {
            return Err(Error::Setting {
                file: "tokenizer.json",
                field: "model.vocab",
                problem: format!("{tokens} tokens, and the word embedding has {rows} rows"),
                remedy: "take the tokenizer that the model was trained with",
            });
        }
        match &mut self.words {
            Weights::F32(values) => values.truncate(tokens * self.hidden),
            Weights::Int8 { values, scales } => {
                values.truncate(tokens * self.hidden);
                scales.truncate(tokens);
            }
        }
        Ok(())
    }

    /// Checks that all parts fit together.
    ///
    /// # Errors
    /// Names the part that doesn't.
    pub fn check(&self) -> Result<(), Error> {
        let (hidden, intermediate) = (self.hidden, self.intermediate());
        let linear = |name: &str, linear: &Linear, inputs, outputs| {
            let fits = (linear.inputs, linear.outputs) == (inputs, outputs)
                && linear.bias.len() == outputs
                && linear.weights.len() == inputs * outputs
                && !matches!(&linear.weights, Weights::Int8 { scales, .. } if scales.len() != outputs);
            let problem = || format!("not a linear layer of {inputs} inputs and {outputs} outputs");
            if fits { Ok(()) } else { Err(Error::tensor(name, problem())) }
        };
        let norm = |name: &str, norm: &Norm| {
            let fits = norm.gain.len() == hidden && norm.shift.len() == hidden;
            let problem = || format!("not a layer normalisation of {hidden} elements");
            if fits { Ok(()) } else { Err(Error::tensor(name, problem())) }
        };
        if hidden == 0 || self.heads == 0 || !hidden.is_multiple_of(self.heads) {
            let problem = format!("{} heads don't divide {hidden} elements", self.heads);
            return Err(Error::Description(problem));
        }
        for (name, length) in
            [("words", self.words.len()), ("positions", self.positions.len()), ("types", self.types.len())]
        {
            if length == 0 || !length.is_multiple_of(hidden) {
                return Err(Error::tensor(name, format!("rows are not of {hidden} elements")));
            }
        }
        norm("embeddings", &self.embedding_norm)?;
        for (at, layer) in self.layers.iter().enumerate() {
            let name = |part| format!("layer {at}, {part}");
            linear(&name("query"), &layer.query, hidden, hidden)?;
            linear(&name("key"), &layer.key, hidden, hidden)?;
            linear(&name("value"), &layer.value, hidden, hidden)?;
            linear(&name("output"), &layer.output, hidden, hidden)?;
            norm(&name("output norm"), &layer.output_norm)?;
            linear(&name("up"), &layer.up, hidden, intermediate)?;
            linear(&name("down"), &layer.down, intermediate, hidden)?;
            norm(&name("down norm"), &layer.down_norm)?;
        }
        let Some(scorer) = &self.scorer else { return Ok(()) };
        linear("pooler", &scorer.pooler, hidden, hidden)?;
        let labels = scorer.classifier.outputs;
        if labels != 1 {
            let problem = format!(
                "{labels} labels, and a reranker gives one score: take a cross-encoder with one label"
            );
            return Err(Error::tensor("classifier", problem));
        }
        linear("classifier", &scorer.classifier, hidden, 1)
    }
}

/// Row by row to column by column, for a matrix of that many columns.
pub(crate) fn transposed<T: Copy>(values: &[T], columns: usize) -> Vec<T> {
    (0..columns).flat_map(|column| values.iter().skip(column).step_by(columns).copied()).collect()
}

/// Rows of `width` to int8, each with the scale that loses least of it.
fn quantise(values: &[f32], width: usize) -> Weights {
    let mut quantised = Vec::with_capacity(values.len());
    let mut scales = Vec::with_capacity(values.len() / width.max(1));
    for row in values.chunks(width.max(1)) {
        let scale = best_scale(row, 127.0);
        scales.push(scale);
        quantised.extend(row.iter().map(|&x| round(x, scale, 127.0)));
    }
    Weights::Int8 { values: quantised, scales }
}

/// A word embedding of 4 bits an element from one of int8, a scale for each row and one for each few elements: with one a row, an outlier would
/// leave the others two or three steps.
pub(crate) fn narrow(values: &[i8], scales: &[f32], hidden: usize) -> Table {
    let mut table = Table { values: Vec::with_capacity(values.len()), scales: Vec::new() };
    for (row, &scale) in values.chunks(hidden.max(1)).zip(scales) {
        let row: Vec<f32> = row.iter().map(|&value| f32::from(value) * scale).collect();
        for group in row.chunks(NARROW_GROUP) {
            let scale = best_scale(group, 7.0);
            table.scales.push(scale);
            table.values.extend(group.iter().map(|&x| round(x, scale, 7.0)));
        }
    }
    table
}

fn round(x: f32, scale: f32, largest: f32) -> i8 {
    (x / scale).round_ties_even().clamp(-largest, largest) as i8
}

/// The scale with the least squared error, among those that clip the largest weight by up to a fifth.
fn best_scale(row: &[f32], steps: f32) -> f32 {
    let largest = row.iter().fold(0.0f32, |largest, x| largest.max(x.abs()));
    if largest == 0.0 {
        return 1.0;
    }
    let error = |scale: f32| -> f64 {
        row.iter().map(|&x| f64::from(x - f32::from(round(x, scale, steps)) * scale).powi(2)).sum()
    };
    (0..=20)
        .map(|step| largest / steps * (1.0 - step as f32 * 0.01))
        .map(|scale| (error(scale), scale))
        .min_by(|a, b| a.0.total_cmp(&b.0))
        .map_or(1.0, |(_, scale)| scale)
}
