//! How far int8 follows f32 on texts of ours: what is asked of every model that is added, without any data at hand.
//!
//! Forty sentences of 5 to 40 words in eight groups of five; the second of each group is a question.

use std::fmt;

use anyhow::{Context, Result};
use gusset_embed::{Embedder, Purpose};
use gusset_rerank::{Options, Reranker};

use super::{Reference, cosine, spearman};
use crate::blob::PoolingKind;
use crate::encoder::Encoder;

static SENTENCES: &str = include_str!("sentences.txt");

/// Sentences of a group.
const GROUP: usize = 5;

/// What was compared, and how well it agrees.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Agreement {
    /// What the vectors or scores say of each other.
    pub measure: Measure,
    /// Pairs whose similarities, or scores, were ranked.
    pub pairs: usize,
    /// Spearman's correlation of int8 with f32 over these.
    pub spearman: f64,
}

/// What is measured besides the order.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Measure {
    /// Of an embedder.
    Cosine {
        /// Mean over all texts of the cosine of the int8 to the f32 vector.
        mean: f64,
        /// The lowest of them.
        worst: f64,
    },
    /// Of a cross-encoder.
    Logit {
        /// Mean absolute difference of int8 and f32.
        mean: f64,
        /// The largest of them.
        worst: f64,
    },
}

impl Agreement {
    /// Of a compiled embedder with the f32 encoder that it was made of.
    ///
    /// # Errors
    /// An engine that fails.
    pub fn of_embedder(embedder: &Embedder, encoder: &Encoder, pooling: PoolingKind) -> Result<Self> {
        let reference = Reference::new(encoder, pooling)?;
        let texts: Vec<&str> = SENTENCES.lines().collect();
        let embeddings = embedder.embed(&texts, Purpose::Passage)?;
        let int8: Vec<Vec<f32>> =
            embeddings.values.chunks(embeddings.dimension.max(1)).map(<[f32]>::to_vec).collect();
        let longest = embedder.model().max_tokens;
        let prefix = embedder.prefix(Purpose::Passage);
        let exact: Vec<Vec<f32>> = texts
            .iter()
            .map(|text| {
                reference.embed(&embedder.tokenizer().encode(&format!("{prefix}{text}"), longest).ids)
            })
            .collect::<Result<_>>()?;
        let cosines: Vec<f64> = int8.iter().zip(&exact).map(|(int8, exact)| cosine(int8, exact)).collect();
        let (a, b) = (similarities(&int8), similarities(&exact));
        Ok(Self {
            measure: Measure::Cosine {
                mean: mean(&cosines),
                worst: cosines.iter().copied().fold(1.0, f64::min),
            },
            pairs: a.len(),
            spearman: spearman(&a, &b),
        })
    }

    /// Of a compiled cross-encoder with the f32 encoder that it was made of. Each question is paired with the sentences of its own and of the
    /// next group.
    ///
    /// # Errors
    /// An engine that fails.
    pub fn of_cross_encoder(reranker: &Reranker, embedder: &Embedder, encoder: &Encoder) -> Result<Self> {
        let reference = Reference::new(encoder, PoolingKind::Cls)?;
        let texts: Vec<&str> = SENTENCES.lines().collect();
        let (mut int8, mut exact) = (Vec::new(), Vec::new());
        for (at, group) in texts.chunks(GROUP).enumerate() {
            let question = *group.get(1).context("a group has a question")?;
            let query = embedder.tokenizer().encode(question, reranker.model().query_tokens).ids;
            let next = texts.iter().cycle().skip((at + 1) * GROUP).take(GROUP);
            let passages: Vec<&str> = group.iter().chain(next).copied().collect();
            let scores = reranker.rank(question, &passages, &Options::default())?;
            int8.extend(scores.iter().map(|score| f64::from(score.value)));
            for passage in passages {
                let passage =
                    embedder.tokenizer().encode(passage, embedder.model().max_tokens + 1 - query.len());
                let ids: Vec<u32> = query.iter().chain(passage.ids.iter().skip(1)).copied().collect();
                exact.push(f64::from(reference.score(&ids, query.len())?));
            }
        }
        let differences: Vec<f64> = int8.iter().zip(&exact).map(|(a, b)| (a - b).abs()).collect();
        Ok(Self {
            measure: Measure::Logit {
                mean: mean(&differences),
                worst: differences.iter().copied().fold(0.0, f64::max),
            },
            pairs: int8.len(),
            spearman: spearman(&int8, &exact),
        })
    }

    /// Whether the model may be used: a mean cosine of at least 0.98, and an order that is nearly that of f32. The shipped embedder has 0.999
    /// and 0.998, and with a word embedding of 4 bits 0.998 and 0.996; what quantisation breaks lies far below.
    pub fn passes(&self) -> bool {
        let near = match self.measure {
            Measure::Cosine { mean, .. } => mean >= 0.98,
            Measure::Logit { .. } => true,
        };
        near && self.spearman >= 0.98
    }
}

impl fmt::Display for Agreement {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "| int8 against f32 | value |\n|---|---|")?;
        match self.measure {
            Measure::Cosine { mean, worst } => {
                writeln!(f, "| cosine of a text's two vectors, mean | {mean:.5} |")?;
                writeln!(f, "| the same, worst | {worst:.5} |")?;
            }
            Measure::Logit { mean, worst } => {
                writeln!(f, "| difference of a pair's two logits, mean | {mean:.4} |")?;
                writeln!(f, "| the same, worst | {worst:.4} |")?;
            }
        }
        write!(f, "| Spearman's correlation over {} pairs | {:.4} |", self.pairs, self.spearman)
    }
}

/// Cosines of all pairs.
fn similarities(vectors: &[Vec<f32>]) -> Vec<f64> {
    let later = |at: usize| vectors.iter().skip(at + 1);
    vectors.iter().enumerate().flat_map(|(at, a)| later(at).map(|b| cosine(a, b))).collect()
}

fn mean(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / values.len().max(1) as f64
}
