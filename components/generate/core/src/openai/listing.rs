//! `GET /models`: what a node serves, and how much of a conversation each model can see.

use serde::Deserialize;

use crate::Model;
use crate::wire::Fault;

/// Models in the server's order.
///
/// # Errors
/// A malformed [`Fault`] if `body` is no such list.
pub(crate) fn parse_models(body: &[u8]) -> Result<Vec<Model>, Fault> {
    let listing: Listing = serde_json::from_slice(body).map_err(|error| Fault::unreadable(body, &error))?;
    let models = listing.data.into_iter().filter(|entry| !entry.id.is_empty());
    Ok(models.map(|entry| Model { context_tokens: entry.context_tokens(), name: entry.id }).collect())
}

#[derive(Deserialize)]
struct Listing {
    data: Vec<Entry>,
}

#[derive(Deserialize)]
struct Entry {
    id: String,
    /// vLLM, SGLang.
    max_model_len: Option<u32>,
    /// LM Studio: what is loaded, and what could be.
    loaded_context_length: Option<u32>,
    max_context_length: Option<u32>,
    /// OpenRouter, Together.
    context_length: Option<u32>,
    /// Groq.
    context_window: Option<u32>,
    /// Anthropic.
    max_input_tokens: Option<u32>,
    /// llama.cpp.
    meta: Option<Meta>,
}

#[derive(Deserialize)]
struct Meta {
    /// What the server was started with.
    n_ctx: Option<u32>,
    /// What the model was trained with: an upper bound, used where nothing better is said.
    n_ctx_train: Option<u32>,
}

impl Entry {
    fn context_tokens(&self) -> Option<u32> {
        let meta = self.meta.as_ref();
        [
            self.max_model_len,
            meta.and_then(|meta| meta.n_ctx),
            self.loaded_context_length,
            self.context_length,
            self.context_window,
            self.max_input_tokens,
            self.max_context_length,
            meta.and_then(|meta| meta.n_ctx_train),
        ]
        .into_iter()
        .flatten()
        .find(|tokens| *tokens > 0)
    }
}
