//! `GET /models`.

use serde::Deserialize;

use crate::Model;
use crate::wire::Fault;

/// The method that a model must have to complete conversations.
const METHOD: &str = "generateContent";

/// # Errors
/// A malformed [`Fault`] if `body` is no such list.
pub(crate) fn parse_models(body: &[u8]) -> Result<Vec<Model>, Fault> {
    let listing: Listing = serde_json::from_slice(body).map_err(|error| Fault::unreadable(body, &error))?;
    let completes = |entry: &Entry| {
        entry.supported_generation_methods.as_ref().is_none_or(|methods| methods.iter().any(|m| m == METHOD))
    };
    let models = listing.models.into_iter().filter(completes).map(|entry| Model {
        name: entry.name.strip_prefix("models/").unwrap_or(&entry.name).to_owned(),
        context_tokens: entry.input_token_limit.filter(|tokens| *tokens > 0),
    });
    Ok(models.filter(|model| !model.name.is_empty()).collect())
}

#[derive(Deserialize)]
struct Listing {
    models: Vec<Entry>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Entry {
    name: String,
    input_token_limit: Option<u32>,
    supported_generation_methods: Option<Vec<String>>,
}
