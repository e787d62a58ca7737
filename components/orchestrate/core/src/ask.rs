//! Whom a model's name asks: `collection`, `collection/model`, `collection/extractive`, or a model.
//!
//! Names of models have slashes of their own (`meta-llama/Llama-3.1-8B`). So a name is first read as a collection's, and is a
//! model's when the tenant has no such collection.

use crate::Error;

/// Longest name of a collection.
const MAX_COLLECTION_BYTES: usize = 64;

/// Asks for the extractive answer where a model's name would stand.
const EXTRACTIVE: &str = "extractive";

/// What a request's `model` asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ask {
    /// The name as it came: a model's, if `collection` turns out not to exist.
    pub model: String,
    /// A collection that may exist, and who answers from it.
    pub collection: Option<(String, By)>,
}

/// Who answers from a collection.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum By {
    /// Whichever model is up; the extractive answerer if none is.
    Any,
    /// This model; the extractive answerer if it fails.
    Model(String),
    /// The extractive answerer.
    Extractive,
}

impl Ask {
    /// Reads a request's `model`.
    ///
    /// # Errors
    /// [`Error::InvalidRequest`] if it is empty.
    pub fn parse(model: &str) -> Result<Self, Error> {
        if model.is_empty() {
            return Err(Error::InvalidRequest("`model` is empty: name a collection or a model".to_owned()));
        }
        let (name, by) = match model.split_once('/') {
            None => (model, By::Any),
            Some((name, EXTRACTIVE)) => (name, By::Extractive),
            Some((name, model)) => (name, By::Model(model.to_owned())),
        };
        let named = by != By::Model(String::new()) && is_collection_name(name);
        Ok(Self { model: model.to_owned(), collection: named.then(|| (name.to_owned(), by)) })
    }
}

impl By {
    /// The model's name as generation knows it; empty for any. `None`: nothing is to be generated.
    #[must_use]
    pub fn model(&self) -> Option<&str> {
        match self {
            Self::Any => Some(""),
            Self::Model(name) => Some(name),
            Self::Extractive => None,
        }
    }
}

/// What an extractive answer from a collection is labelled with.
#[must_use]
pub fn extractive_model(collection: &str) -> String {
    format!("{collection}/{EXTRACTIVE}")
}

/// What a model's answer is labelled with: `asked` is the name that the request gave it, empty for any; `answering` the one
/// that its target was asked for, empty where the target chose.
#[must_use]
pub fn generated_model(collection: Option<&str>, asked: &str, answering: &str) -> String {
    let model = if answering.is_empty() { asked } else { answering };
    match collection {
        Some(collection) if model.is_empty() => collection.to_owned(),
        Some(collection) => format!("{collection}/{model}"),
        None => model.to_owned(),
    }
}

/// Whether a collection could have this name: others needn't be looked up.
fn is_collection_name(name: &str) -> bool {
    let allowed = |byte: u8| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_' | b'.');
    (1..=MAX_COLLECTION_BYTES).contains(&name.len()) && name.bytes().all(allowed)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_a_collections_before_it_is_a_models() {
        let model = |name: &str| By::Model(name.to_owned());
        for (name, expected) in [
            ("docs", Some(("docs", By::Any))),
            ("docs/llama", Some(("docs", model("llama")))),
            ("docs/meta-llama/Llama-3.1-8B", Some(("docs", model("meta-llama/Llama-3.1-8B")))),
            ("docs/extractive", Some(("docs", By::Extractive))),
            ("meta-llama/Llama-3.1-8B", Some(("meta-llama", model("Llama-3.1-8B")))),
            ("Qwen/Qwen3", None),
            ("docs/", None),
            ("/llama", None),
        ] {
            let expected = expected.map(|(name, by)| (name.to_owned(), by));
            assert_eq!(Ask::parse(name), Ok(Ask { model: name.to_owned(), collection: expected }));
        }
        assert!(Ask::parse("").is_err());
    }

    #[test]
    fn an_answer_is_labelled_with_who_gave_it() {
        for (collection, asked, answering, expected) in [
            (Some("docs"), "", "llama", "docs/llama"),
            (Some("docs"), "llama", "llama", "docs/llama"),
            (Some("docs"), "", "", "docs"),
            (None, "llama", "", "llama"),
        ] {
            assert_eq!(generated_model(collection, asked, answering), expected);
        }
    }
}
