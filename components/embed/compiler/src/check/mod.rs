//! What int8 costs: vectors of the engine against those of the f32 weights, run by tract.
//!
//! Three measures: cosine of the same text's two vectors; correlation with people's judgement of similarity (STS benchmark) on either side; and
//! whether a text's vector depends on its batch. The data is read from outside the repository.
//!
//! [`Agreement`] needs none: it asks how far int8 follows f32 on a few texts of its own, of embedders and of cross-encoders.

mod agreement;
mod metrics;
mod reference;
mod texts;

use std::path::Path;

use anyhow::{Context, Result};
use gusset_embed::{Embedder, Purpose};

pub use agreement::{Agreement, Measure};
pub use metrics::{cosine, spearman};
pub use reference::Reference;

use crate::blob::PoolingKind;
use crate::encoder::Encoder;

/// Texts of the cosine measure.
const TEXTS: usize = 500;

/// Texts of a batch in the engine.
const BATCH: usize = 16;

/// What was measured.
#[derive(Debug, Clone, Copy)]
pub struct Report {
    /// Texts compared.
    pub texts: usize,
    /// Mean cosine of int8 to f32 vectors.
    pub mean_cosine: f64,
    /// The lowest of them.
    pub worst_cosine: f64,
    /// Sentence pairs judged.
    pub pairs: usize,
    /// Spearman's correlation of f32 cosines with the judgements.
    pub spearman_f32: f64,
    /// The same of the int8 engine.
    pub spearman_int8: f64,
    /// Lowest cosine of a text's vector alone to that in a batch.
    pub batch_cosine: f64,
}

impl Report {
    /// Whether the model may ship: mean cosine at least 0.99, correlation within 0.005, no dependence on the batch.
    pub fn passes(&self) -> bool {
        self.mean_cosine >= 0.99
            && (self.spearman_f32 - self.spearman_int8).abs() <= 0.005
            && self.batch_cosine >= 0.9999
    }
}

impl std::fmt::Display for Report {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        writeln!(f, "| measure | value |\n|---|---|")?;
        writeln!(f, "| cosine to f32, mean of {} texts | {:.5} |", self.texts, self.mean_cosine)?;
        writeln!(f, "| cosine to f32, worst | {:.5} |", self.worst_cosine)?;
        writeln!(f, "| STS-B dev Spearman, f32 ({} pairs) | {:.4} |", self.pairs, self.spearman_f32)?;
        writeln!(f, "| STS-B dev Spearman, int8 | {:.4} |", self.spearman_int8)?;
        write!(f, "| cosine of a text alone to the same in a batch, worst | {:.7} |", self.batch_cosine)
    }
}

/// Measures a compiled model against the f32 encoder that it came from. `progress` is told what is done, of how much.
///
/// # Errors
/// Data that is absent or unreadable, or an engine that fails.
pub fn run(
    embedder: &Embedder,
    encoder: &Encoder,
    pooling: PoolingKind,
    data: &Path,
    progress: impl Fn(usize, usize),
) -> Result<Report> {
    let reference = Reference::new(encoder, pooling)?;
    let texts = texts::mixed(data, TEXTS)?;
    let pairs = texts::similarity(data)?;
    let total = texts.len() + 2 * pairs.len();
    let ids = |text: &str| embedder.tokenizer().encode(text, embedder.model().max_tokens).ids;

    let exact: Vec<Vec<f32>> = texts
        .iter()
        .enumerate()
        .map(|(at, text)| {
            progress(at, total);
            reference.embed(&ids(text))
        })
        .collect::<Result<_>>()?;
    let batched = embed(embedder, &texts)?;
    let mut batch_cosine = 1.0f64;
    for (text, in_batch) in texts.iter().zip(&batched) {
        let alone = embedder.embed(&[text], Purpose::Passage)?.values;
        batch_cosine = batch_cosine.min(cosine(&alone, in_batch));
    }
    let cosines: Vec<f64> = exact.iter().zip(&batched).map(|(exact, int8)| cosine(exact, int8)).collect();

    let sentences: Vec<String> =
        pairs.iter().flat_map(|pair| [pair.first.clone(), pair.second.clone()]).collect();
    let exact: Vec<Vec<f32>> = sentences
        .iter()
        .enumerate()
        .map(|(at, text)| {
            progress(texts.len() + at, total);
            reference.embed(&ids(text))
        })
        .collect::<Result<_>>()?;
    let int8 = embed(embedder, &sentences)?;
    let judged: Vec<f64> = pairs.iter().map(|pair| pair.score).collect();
    let similarities = |vectors: &[Vec<f32>]| -> Vec<f64> {
        vectors.as_chunks::<2>().0.iter().map(|[a, b]| cosine(a, b)).collect()
    };
    Ok(Report {
        texts: texts.len(),
        mean_cosine: cosines.iter().sum::<f64>() / cosines.len() as f64,
        worst_cosine: cosines.iter().copied().fold(1.0, f64::min),
        pairs: pairs.len(),
        spearman_f32: spearman(&similarities(&exact), &judged),
        spearman_int8: spearman(&similarities(&int8), &judged),
        batch_cosine,
    })
}

fn embed(embedder: &Embedder, texts: &[String]) -> Result<Vec<Vec<f32>>> {
    let mut vectors = Vec::with_capacity(texts.len());
    for batch in texts.chunks(BATCH) {
        let batch: Vec<&str> = batch.iter().map(String::as_str).collect();
        let embeddings = embedder.embed(&batch, Purpose::Passage).context("embedding a batch")?;
        vectors.extend(embeddings.values.chunks(embeddings.dimension).map(<[f32]>::to_vec));
    }
    Ok(vectors)
}
