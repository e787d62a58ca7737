//! What the guest is told through `wasi:config`: the names are the same on every host.

use super::{Config, Key};
use std::collections::BTreeMap;

/// The guest's configuration values. Nodes are not among them: the native host asks them itself, and no key of theirs has any
/// business inside the sandbox.
#[must_use]
pub fn guest_values(config: &Config) -> BTreeMap<String, String> {
    let chunking = config.chunking.all();
    [
        ("api_key_hashes", key_hashes(&config.keys)),
        ("body_limit_bytes", config.limits.body_bytes.to_string()),
        ("file_limit_bytes", config.limits.file_bytes.to_string()),
        ("passages", config.passages.to_string()),
        ("context_tokens", config.generation.context_tokens.to_string()),
        ("answer_tokens", config.generation.answer_tokens.to_string()),
        ("chunk_strategy", chunking.strategy.name().to_owned()),
        ("chunk_tokens", chunking.max_tokens.to_string()),
        ("chunk_overlap_tokens", chunking.overlap_tokens.to_string()),
        ("chunk_section_tokens", chunking.parent_tokens.to_string()),
        ("chunk_context", chunking.context.to_string()),
        ("chunk_collections", config.chunking.to_json()),
        ("traces_kept", config.traces_kept.to_string()),
        ("judged_percent", config.judged_percent.to_string()),
        ("settings", config.settings.clone()),
        ("virtual_keys", config.metering.keys.clone()),
        ("budgets", config.metering.budgets.clone()),
        ("usage_recorded", config.metering.usage_recorded.clone()),
        ("responses_kept", config.responses_kept.to_string()),
    ]
    .map(|(name, value)| (name.to_owned(), value))
    .into()
}

/// As `api_key_hashes` lists them.
pub(super) fn key_hashes(keys: &[Key]) -> String {
    keys.iter().map(ToString::to_string).collect::<Vec<_>>().join(",")
}
