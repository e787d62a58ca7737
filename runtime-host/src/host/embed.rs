//! `gusset:embed` over [`crate::embedding`]: WIT to plain types and back, nothing decided.
//!
//! Only for an application that leaves its embedder open; the linker has these interfaces where the configuration says so.

use super::Ctx;
use crate::bindings::embed::{self, Embeddings, Error, Model, Purpose};
use crate::bindings::tokenize;
use crate::embedding::NativeEmbedder;
use gusset_embed as core;

impl Ctx {
    fn embedder(&self) -> wasmtime::Result<&NativeEmbedder> {
        self.shared.embedder.as_ref().ok_or_else(|| wasmtime::format_err!("linked without an embedder"))
    }
}

impl embed::Host for Ctx {
    fn model_info(&mut self) -> wasmtime::Result<Model> {
        let model = self.embedder()?.core().model();
        Ok(Model {
            id: model.id.clone(),
            fingerprint: model.fingerprint.clone(),
            dimension: narrow(model.dimension),
            max_tokens: narrow(model.max_tokens),
        })
    }

    /// Off the executor's threads: a batch takes as long as it takes.
    async fn embed(
        &mut self,
        texts: Vec<String>,
        purpose: Purpose,
    ) -> wasmtime::Result<Result<Embeddings, Error>> {
        let embedder = self.embedder()?.clone();
        let purpose = match purpose {
            Purpose::Query => core::Purpose::Query,
            Purpose::Passage => core::Purpose::Passage,
        };
        let embedded = tokio::task::spawn_blocking(move || embedder.embed(&texts, purpose)).await?;
        Ok(match embedded {
            Ok(embeddings) => Ok(Embeddings {
                dimension: narrow(embeddings.dimension),
                values: embeddings.values,
                tokens: embeddings.tokens.into_iter().map(narrow).collect(),
                truncated: embeddings.truncated,
            }),
            Err(error) => Err(Error::Other(error.to_string())),
        })
    }
}

impl tokenize::Host for Ctx {
    fn count_tokens(&mut self, texts: Vec<String>) -> wasmtime::Result<Vec<u32>> {
        let tokenizer = self.embedder()?.tokenizer();
        Ok(texts.iter().map(|text| narrow(tokenizer.count(text))).collect())
    }

    fn token_offsets(&mut self, text: String) -> wasmtime::Result<Vec<u32>> {
        Ok(self.embedder()?.tokenizer().offsets(&text).into_iter().map(narrow).collect())
    }
}

/// Sizes of things that came out of a 32-bit memory.
fn narrow(size: usize) -> u32 {
    u32::try_from(size).unwrap_or(u32::MAX)
}
