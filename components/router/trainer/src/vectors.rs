//! Embeddings of prompts and descriptions by the model that the component asks, kept in a file between runs.

use std::cell::RefCell;
use std::collections::HashMap;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use gusset_embed::{Embedder, ModelInfo, Purpose};
use sha2::{Digest, Sha256};

/// Texts a call.
const BATCH: usize = 32;

type Key = [u8; 32];

/// The embedder, and what it said before.
pub(crate) struct Vectors {
    embedder: Embedder,
    kept: RefCell<HashMap<Key, Vec<f32>>>,
    file: Option<PathBuf>,
}

impl Vectors {
    /// `blob`: the compiled model, `target/embed.blob` of a build. `file`: where to keep vectors.
    pub(crate) fn open(blob: &Path, file: Option<PathBuf>) -> Result<Self> {
        let bytes = fs::read(blob)
            .with_context(|| format!("reading {}: `cargo xtask build` makes it", blob.display()))?;
        let embedder = Embedder::load(bytes)?;
        let kept = match file.as_deref().map(fs::read) {
            Some(Ok(bytes)) => read(&bytes, embedder.model().dimension),
            _ => HashMap::new(),
        };
        Ok(Self { embedder, kept: RefCell::new(kept), file })
    }

    pub(crate) fn model(&self) -> &ModelInfo {
        self.embedder.model()
    }

    /// A vector a text, in their order.
    pub(crate) fn of(&self, texts: &[&str]) -> Result<Vec<Vec<f32>>> {
        let keys: Vec<Key> = texts.iter().map(|text| self.key(text)).collect();
        let mut kept = self.kept.borrow_mut();
        let missing: Vec<(&str, Key)> = texts
            .iter()
            .copied()
            .zip(keys.iter().copied())
            .filter(|(_, key)| !kept.contains_key(key))
            .collect();
        for (at, batch) in missing.chunks(BATCH).enumerate() {
            if at % 32 == 0 {
                eprintln!("embedding {} of {}", at * BATCH, missing.len());
            }
            let texts: Vec<&str> = batch.iter().map(|(text, _)| *text).collect();
            let found = self.embedder.embed(&texts, Purpose::Query)?;
            for ((_, key), vector) in batch.iter().zip(found.values.chunks_exact(found.dimension)) {
                kept.insert(*key, vector.to_vec());
            }
        }
        if let Some(file) = self.file.as_ref().filter(|_| !missing.is_empty()) {
            fs::write(file, write(&kept)).with_context(|| format!("writing {}", file.display()))?;
        }
        Ok(keys.iter().filter_map(|key| kept.get(key).cloned()).collect())
    }

    fn key(&self, text: &str) -> Key {
        Sha256::new().chain_update(&self.embedder.model().fingerprint).chain_update(text).finalize().into()
    }
}

fn write(kept: &HashMap<Key, Vec<f32>>) -> Vec<u8> {
    let entry = |(key, vector): (&Key, &Vec<f32>)| {
        key.iter().copied().chain(vector.iter().flat_map(|value| value.to_le_bytes())).collect::<Vec<u8>>()
    };
    kept.iter().flat_map(entry).collect()
}

fn read(bytes: &[u8], dimension: usize) -> HashMap<Key, Vec<f32>> {
    let entry = |entry: &[u8]| {
        let (key, values) = entry.split_first_chunk::<32>()?;
        Some((*key, values.as_chunks::<4>().0.iter().map(|bytes| f32::from_le_bytes(*bytes)).collect()))
    };
    bytes.chunks_exact(32 + 4 * dimension).filter_map(entry).collect()
}
