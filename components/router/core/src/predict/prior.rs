//! What is predicted for each configured model: by its own answers if a panel knows it, by what the configuration says of it if not.
//!
//! A stranger's quality is, in log odds,
//!
//! 1. on average: what `quality` says; else a line over the logarithm of its `parameters`; else of the parameters that its price suggests
//!    ([`BILLIONS_A_UNIT`]); else of [`BILLIONS`];
//! 2. for a prompt: that average, plus a part ([`PriorFit::follow`]) of how far the known models are from their own averages on this
//!    prompt. Each counts by the likeness of its description to the stranger's; all equally where the stranger has none.
//!
//! [`PriorFit::follow`]: super::format::PriorFit::follow

use gusset_types::{Price, Rate};

use super::format::{Learned, Predictor};
use super::logit;
use crate::config::Model;
use crate::decision::Basis;
use crate::embedder::Embedder;
use crate::error::Error;

/// Billions of parameters that a price of 1 for a million tokens suggests, prompt and completion averaged. Open models are hosted at
/// about a dollar a million tokens per 80 billion parameters; a rough guide, for dollars.
pub const BILLIONS_A_UNIT: f64 = 80.0;

/// Billions of parameters of a model that nothing is said of.
pub const BILLIONS: f64 = 8.0;

/// How sharply the likeness of descriptions counts: cosines are divided by it before the softmax.
const SHARPNESS: f32 = 0.15;

/// How the quality of one configured model is predicted.
#[derive(Clone, Debug, PartialEq)]
pub struct Panelist {
    pub(super) basis: Basis,
    /// Mean in log odds.
    pub(super) level: f32,
    /// Outputs that its deviation from the mean is taken from.
    pub(super) parts: Vec<Part>,
}

/// One output of a panel, and how much it counts.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Part {
    pub(super) panel: usize,
    pub(super) output: usize,
    pub(super) weight: f32,
    /// The output's own mean in log odds.
    pub(super) level: f32,
}

impl Panelist {
    /// Where its predictions come from.
    #[must_use]
    pub fn basis(&self) -> Basis {
        self.basis
    }
}

impl Predictor {
    /// A panelist for each model, in order.
    ///
    /// # Errors
    /// [`Error::Configuration`] for a `learned_as` that no panel knows.
    pub fn panelists(&self, models: &[Model], embedder: &impl Embedder) -> Result<Vec<Panelist>, Error> {
        let mut known = Vec::with_capacity(models.len());
        for (at, model) in models.iter().enumerate() {
            known.push(match &model.learned_as {
                Some(name) => Some(self.find(name).ok_or_else(|| self.unknown(at, name))?),
                None => self.find(&model.name).or_else(|| self.find(model.upstream.as_deref()?)),
            });
        }
        let strangers: Vec<&str> = models
            .iter()
            .zip(&known)
            .filter(|(_, known)| known.is_none())
            .filter_map(|(model, _)| model.description.as_deref())
            .collect();
        // Without vectors every known model counts alike, as for a model without a description.
        let vectors =
            if strangers.is_empty() { Vec::new() } else { embedder.embed(&strangers).unwrap_or_default() };
        let mut vectors = vectors.iter();
        let panelists = models.iter().zip(known).map(|(model, known)| match known {
            Some((part, learned)) => Panelist {
                basis: Basis::Learned,
                level: model.quality.map_or(learned.level, |quality| logit(quality as f32)),
                parts: vec![part],
            },
            None => {
                let described = model.description.as_ref().and_then(|_| vectors.next());
                self.stranger(model, described.map(Vec::as_slice))
            }
        });
        Ok(panelists.collect())
    }

    /// A model that no panel knows, from what is said of it. `description`: the embedding of what it is said to be.
    #[must_use]
    pub fn stranger(&self, model: &Model, description: Option<&[f32]>) -> Panelist {
        let level = model.quality.map(|quality| logit(quality as f32));
        let level = level.unwrap_or_else(|| {
            let billions = model.parameters.or_else(|| suggested(&model.price)).unwrap_or(BILLIONS);
            self.prior.intercept + self.prior.slope * billions.ln() as f32
        });
        let mut parts: Vec<Part> = self.outputs().map(|(part, _)| part).collect();
        if let Some(vector) = description {
            for (part, (_, learned)) in parts.iter_mut().zip(self.outputs()) {
                let cosine: f32 =
                    learned.description.iter().zip(vector).map(|(&a, b)| f32::from(a) / 127.0 * b).sum();
                part.weight = (cosine / SHARPNESS).exp();
            }
        }
        let sum: f32 = parts.iter().map(|part| part.weight).sum();
        parts.iter_mut().for_each(|part| part.weight *= self.prior.follow / sum.max(f32::MIN_POSITIVE));
        Panelist { basis: Basis::Prior, level, parts }
    }

    fn outputs(&self) -> impl Iterator<Item = (Part, &Learned)> {
        self.panels.iter().enumerate().flat_map(|(panel, models)| {
            models.models.iter().enumerate().map(move |(output, learned)| {
                (Part { panel, output, weight: 1.0, level: logit(learned.mean) }, learned)
            })
        })
    }

    fn find(&self, name: &str) -> Option<(Part, &Learned)> {
        let name = name.rsplit('/').next().unwrap_or(name).to_lowercase();
        self.outputs().filter(|(_, learned)| learned.names.contains(&name)).last()
    }

    fn unknown(&self, at: usize, name: &str) -> Error {
        let names: Vec<&str> =
            self.outputs().filter_map(|(_, learned)| learned.names.first().map(String::as_str)).collect();
        Error::Configuration {
            field: format!("models[{at}].learned_as"),
            problem: format!("is {name:?}, which the predictor doesn't know"),
            remedy: format!("write one of {}, or leave the field out", names.join(", ")),
        }
    }
}

/// Billions of parameters that a price suggests; free says nothing.
fn suggested(price: &Price) -> Option<f64> {
    let known: Vec<f64> = [price.prompt, price.completion].into_iter().flatten().map(Rate::usd).collect();
    let mean = known.iter().sum::<f64>() / known.len() as f64;
    (mean > 0.0).then_some(mean * BILLIONS_A_UNIT)
}
