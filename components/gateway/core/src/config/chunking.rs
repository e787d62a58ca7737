//! How documents are cut, as an operator says it.

use std::collections::BTreeMap;

use super::{flag, narrow, parsed};
use crate::Error;
use crate::chunking::{Chunking, Chunkings, Names, Settings, Strategy};

const NAMES: Names = Names {
    max_tokens: "chunk_tokens",
    overlap_tokens: "chunk_overlap_tokens",
    section_tokens: "chunk_section_tokens",
};

/// Reads what is said of all collections, and of those that have their own.
pub(super) fn read(get: &mut impl FnMut(&str) -> Result<Option<String>, String>) -> Result<Chunkings, Error> {
    let Chunking { strategy, max_tokens, overlap_tokens, parent_tokens, context } = Chunking::DEFAULT;
    let all = Chunking {
        strategy: parsed(get, "chunk_strategy", |text| self::strategy(text, strategy))?,
        max_tokens: narrow(get, NAMES.max_tokens, max_tokens, 1, 100_000)?,
        overlap_tokens: narrow(get, NAMES.overlap_tokens, overlap_tokens, 0, 99_999)?,
        parent_tokens: narrow(get, NAMES.section_tokens, parent_tokens, 0, 100_000)?,
        context: parsed(get, "chunk_context", |text| flag(text, context))?,
    };
    let named = |refused: crate::chunking::Refused| Error::Configuration {
        key: refused.name.to_owned(),
        problem: refused.to_string(),
    };
    all.check(&NAMES).map_err(named)?;
    parsed(get, "chunk_collections", |text| {
        if text.is_empty() {
            return Ok(Chunkings::of_all(all));
        }
        let some: BTreeMap<String, Settings> = serde_json::from_str(text)
            .map_err(|error| format!("must be a JSON object of collections: {error}"))?;
        Chunkings::new(all, &some).map_err(|(place, problem)| format!("`{place}` {problem}"))
    })
}

fn strategy(text: &str, default: Strategy) -> Result<Strategy, String> {
    if text.is_empty() {
        return Ok(default);
    }
    serde_json::from_value(serde_json::Value::from(text))
        .map_err(|_| format!("must be `structural`, `recursive`, `fixed` or `semantic`, and is `{text}`"))
}
