//! `/v1/vector_stores`: collections, the files in them, and search.

mod chunking;
mod file;
mod filters;
mod search;
mod store;

pub use chunking::{Gusset, Strategy};
pub use file::{Attach, FileObject, detached, failed, lists_completed};
pub use search::{Results, Search};
pub use store::{Create, Object, deleted, update};

use crate::Error;

/// Metadata as the store keeps it: texts.
type Pairs = Vec<(String, String)>;

/// OpenAI's bounds of metadata.
const PAIRS: usize = 16;
const KEY_LENGTH: usize = 64;
const VALUE_LENGTH: usize = 512;

/// Checks `metadata` or `attributes`: texts, numbers and booleans, which are kept as texts.
fn pairs(param: &str, fields: serde_json::Map<String, serde_json::Value>) -> Result<Pairs, Error> {
    if fields.len() > PAIRS {
        return Err(Error::invalid(param, format!("`{param}` takes at most {PAIRS} pairs.")));
    }
    let pair = |(key, value): (String, serde_json::Value)| {
        let path = format!("{param}.{key}");
        let value = match value {
            serde_json::Value::String(text) => text,
            serde_json::Value::Number(number) => number.to_string(),
            serde_json::Value::Bool(flag) => flag.to_string(),
            _ => return Err(Error::invalid(path, "A value must be a text, a number or a boolean.")),
        };
        if key.is_empty() || key.chars().count() > KEY_LENGTH || value.chars().count() > VALUE_LENGTH {
            let message = format!("A key has 1 to {KEY_LENGTH} characters, a value at most {VALUE_LENGTH}.");
            return Err(Error::invalid(path, message));
        }
        Ok((key, value))
    };
    fields.into_iter().map(pair).collect()
}

fn object(pairs: &[(String, String)]) -> serde_json::Map<String, serde_json::Value> {
    pairs.iter().map(|(key, value)| (key.clone(), serde_json::Value::from(value.as_str()))).collect()
}

#[cfg(test)]
mod tests;
