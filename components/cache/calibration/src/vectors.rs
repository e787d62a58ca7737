//! Vectors of many texts, kept between runs.

use std::collections::HashMap;
use std::fs;

use anyhow::{Context, Result};
use gusset_cache::{Embedder, Model, quantise};
use gusset_embed::Purpose;

use crate::Sources;

/// Texts to vectors with a byte a value, as the cache keeps them.
pub(crate) struct Vectors {
    model: Model,
    of: HashMap<String, Vec<i8>>,
}

/// Texts of a batch.
const BATCH: usize = 32;

impl Vectors {
    /// Embeds those of the texts that the file of vectors doesn't have.
    pub(crate) fn load(sources: &Sources, texts: &[&str]) -> Result<Self> {
        let path = &sources.encoder;
        let blob =
            fs::read(path).with_context(|| format!("reading {}: run `cargo xtask build`", path.display()))?;
        let embedder = gusset_embed::Embedder::load(blob)?;
        let info = embedder.model();
        let model = Model { id: info.id.clone(), fingerprint: info.fingerprint.clone() };
        let mut of: HashMap<String, Vec<i8>> = match &sources.vectors {
            Some(file) if file.exists() => {
                let (fingerprint, kept): (String, HashMap<String, Vec<i8>>) =
                    postcard::from_bytes(&fs::read(file)?)?;
                if fingerprint == model.fingerprint { kept } else { HashMap::new() }
            }
            _ => HashMap::new(),
        };
        let mut missing: Vec<&str> = texts.iter().copied().filter(|text| !of.contains_key(*text)).collect();
        // Texts of about the same length cost the least together.
        missing.sort_unstable_by_key(|text| (text.len(), *text));
        missing.dedup();
        for batch in missing.chunks(BATCH) {
            let made = embedder.embed(batch, Purpose::Query)?;
            for (text, vector) in batch.iter().zip(made.values.chunks(made.dimension)) {
                of.insert((*text).to_owned(), quantise(vector));
            }
        }
        if let (Some(file), false) = (&sources.vectors, missing.is_empty()) {
            fs::write(file, postcard::to_extend(&(&model.fingerprint, &of), Vec::new())?)?;
        }
        Ok(Self { model, of })
    }

    pub(crate) fn of(&self, text: &str) -> Result<&[i8]> {
        self.of.get(text).map(Vec::as_slice).with_context(|| format!("no vector of {text:?}"))
    }
}

impl Embedder for Vectors {
    fn model(&self) -> Model {
        self.model.clone()
    }

    fn embed(&self, question: &str) -> Result<Option<Vec<f32>>, String> {
        Ok(self.of.get(question).map(|vector| vector.iter().map(|&value| f32::from(value)).collect()))
    }
}

/// Cosine of two vectors.
pub(crate) fn cosine(a: &[i8], b: &[i8]) -> f64 {
    let dot = |a: &[i8], b: &[i8]| a.iter().zip(b).map(|(&a, &b)| i32::from(a) * i32::from(b)).sum::<i32>();
    f64::from(dot(a, b)) / (f64::from(dot(a, a)) * f64::from(dot(b, b))).sqrt().max(1.0)
}
