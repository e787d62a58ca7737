//! The component's exports, and the one conversion of errors.

use gusset_embed::Purpose as CorePurpose;

use gusset_embed_weights::embedder;

mod bindings {
    wit_bindgen::generate!({ path: "../../wit", world: "embed", generate_all });

    use super::Component;
    export!(Component);
}

use bindings::exports::gusset::embed::embed::{Embeddings, Error, Guest as Embed, Model, Purpose};
use bindings::exports::gusset::embed::tokenize::Guest as Tokenize;

struct Component;

impl Embed for Component {
    fn model_info() -> Model {
        // An unreadable model has no name; `embed` says why.
        let Ok(embedder) = embedder() else {
            return Model { id: String::new(), fingerprint: String::new(), dimension: 0, max_tokens: 0 };
        };
        let model = embedder.model();
        Model {
            id: model.id.clone(),
            fingerprint: model.fingerprint.clone(),
            dimension: model.dimension as u32,
            max_tokens: model.max_tokens as u32,
        }
    }

    fn embed(texts: Vec<String>, purpose: Purpose) -> Result<Embeddings, Error> {
        let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
        let purpose = match purpose {
            Purpose::Query => CorePurpose::Query,
            Purpose::Passage => CorePurpose::Passage,
        };
        let embeddings =
            embedder().map_err(error)?.embed(&texts, purpose).map_err(|source| error(&source))?;
        Ok(Embeddings {
            dimension: embeddings.dimension as u32,
            values: embeddings.values,
            tokens: narrow(&embeddings.tokens),
            truncated: embeddings.truncated,
        })
    }
}

impl Tokenize for Component {
    fn count_tokens(texts: Vec<String>) -> Vec<u32> {
        let Ok(embedder) = embedder() else { return vec![0; texts.len()] };
        texts.iter().map(|text| embedder.tokenizer().count(text) as u32).collect()
    }

    fn token_offsets(text: String) -> Vec<u32> {
        embedder().map_or_else(|_| Vec::new(), |embedder| narrow(&embedder.tokenizer().offsets(&text)))
    }
}

/// Sizes of things in a 32-bit memory.
fn narrow(sizes: &[usize]) -> Vec<u32> {
    sizes.iter().map(|&size| size as u32).collect()
}

fn error(error: &gusset_embed::Error) -> Error {
    let mut message = error.to_string();
    let mut cause = std::error::Error::source(error);
    while let Some(source) = cause {
        message.push_str(": ");
        message.push_str(&source.to_string());
        cause = source.source();
    }
    Error::Other(message)
}
