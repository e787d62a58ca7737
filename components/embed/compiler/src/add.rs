//! A published model to a folder of ours: read, quantised, compiled, compared with f32, described.

mod card;

use std::path::{Path, PathBuf};

use gusset_embed::Embedder;
use gusset_rerank::Reranker;

use crate::check::Agreement;
use crate::config::Kind;
use crate::encoder::Encoder;
use crate::error::Error;
use crate::published::{self, Description, Folder, Overrides, Published};
use crate::{blob, cross, onnx};

/// A model, ready to be written.
#[derive(Debug)]
pub struct Added {
    /// What it is for.
    pub kind: Kind,
    /// Hexadecimal sha256 over weights, tokenizer and quantisation.
    pub fingerprint: String,
    /// How well int8 follows f32.
    pub agreement: Agreement,
    /// Its files by name.
    pub files: Vec<(&'static str, Vec<u8>)>,
}

/// Makes a model of a published one. `id` is what it will be called, `origin` where the folder is from, for the card.
///
/// # Errors
/// A folder that lacks a file, or has one that is malformed, contradicts another, or asks for what the engine doesn't run: each names file and
/// field, and a remedy.
pub fn add(folder: &Folder, id: &str, origin: &str, overrides: &Overrides) -> Result<Added, Error> {
    named(id)?;
    let Published { encoder, vocabulary, description } = published::read(folder, id, overrides)?;
    let int8 = encoder.clone().quantised();
    let Made { kind, fingerprint, agreement, json, mut files } = match &description {
        Description::Embedder(description) => embedder(&encoder, &int8, &vocabulary, description)?,
        Description::CrossEncoder(description) => cross_encoder(&encoder, &int8, &vocabulary, description)?,
    };
    files.insert(0, ("model.int8.onnx", onnx::write(&int8)));
    files.insert(1, ("vocab.txt", vocabulary.into_bytes()));
    files.insert(2, ("model.json", json));
    let card = card::Card { id, origin, description: &description, encoder: &int8, agreement: &agreement };
    let card = card.text(&files, &folder.sources(), &fingerprint);
    files.push(("README.md", card.into_bytes()));
    Ok(Added { kind, fingerprint, agreement, files })
}

impl Added {
    /// Writes the files into a folder, which is made if it isn't there. Returns the path of the first of the compiled ones.
    ///
    /// # Errors
    /// A file that can't be written.
    pub fn write(&self, folder: &Path) -> Result<PathBuf, Error> {
        let failed = |path: &Path| {
            let path = path.display().to_string();
            move |source| Error::File { path, source }
        };
        std::fs::create_dir_all(folder).map_err(failed(folder))?;
        for (name, content) in &self.files {
            let path = folder.join(name);
            std::fs::write(&path, content).map_err(failed(&path))?;
        }
        Ok(folder.join(match self.kind {
            Kind::Embedder => EMBEDDER,
            Kind::CrossEncoder => ENCODER,
        }))
    }
}

/// A compiled embedder, and both parts of a compiled cross-encoder.
const EMBEDDER: &str = "embed.blob";
const ENCODER: &str = "rerank.blob";
const HEAD: &str = "rerank.head";

/// What a model's kind decides.
struct Made {
    kind: Kind,
    fingerprint: String,
    agreement: Agreement,
    json: Vec<u8>,
    files: Vec<(&'static str, Vec<u8>)>,
}

fn embedder(
    encoder: &Encoder,
    int8: &Encoder,
    vocabulary: &str,
    description: &blob::Description,
) -> Result<Made, Error> {
    let blob = blob::pack(int8, vocabulary, description)?;
    let embedder = Embedder::load(blob.clone())?;
    Ok(Made {
        kind: Kind::Embedder,
        fingerprint: embedder.model().fingerprint.clone(),
        agreement: Agreement::of_embedder(&embedder, encoder, description.pooling).map_err(incomparable)?,
        json: json(description)?,
        files: vec![(EMBEDDER, blob)],
    })
}

fn cross_encoder(
    encoder: &Encoder,
    int8: &Encoder,
    vocabulary: &str,
    description: &cross::Description,
) -> Result<Made, Error> {
    let compiled = cross::pack(int8, vocabulary, description)?;
    let load = || Embedder::load(compiled.encoder.clone());
    let reranker = Reranker::new(load()?, &compiled.head)?;
    Ok(Made {
        kind: Kind::CrossEncoder,
        fingerprint: reranker.model().fingerprint.clone(),
        agreement: Agreement::of_cross_encoder(&reranker, &load()?, encoder).map_err(incomparable)?,
        json: json(description)?,
        files: vec![(ENCODER, compiled.encoder), (HEAD, compiled.head)],
    })
}

/// A name is a folder's, and part of what callers of the API see.
fn named(id: &str) -> Result<(), Error> {
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
    if !id.is_empty() && !id.starts_with('.') && id.chars().all(plain) {
        return Ok(());
    }
    Err(Error::Description(format!(
        "`{id}` can't be a model's name: give one of letters, digits, `-`, `_` and `.` with --name"
    )))
}

fn json(description: &impl serde::Serialize) -> Result<Vec<u8>, Error> {
    let mut json = serde_json::to_vec_pretty(description)
        .map_err(|source| Error::Malformed { format: "model.json", source: source.into() })?;
    json.push(b'\n');
    Ok(json)
}

fn incomparable(error: anyhow::Error) -> Error {
    Error::Reference(format!("{error:#}"))
}
