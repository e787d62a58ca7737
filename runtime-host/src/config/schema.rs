//! Unknown keys: found before anything is parsed into types, and named with the nearest known key and the line.

use super::Error;
use std::path::Path;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

/// Every key there is, by section. A test holds it against the types.
pub(super) const SECTIONS: &[(&str, &[&str])] = &[
    (
        "",
        &[
            "listen",
            "component",
            "embed",
            "state",
            "limits",
            "auth",
            "nodes",
            "retrieval",
            "chunking",
            "generation",
            "telemetry",
        ],
    ),
    ("embed", &["native", "model"]),
    ("state", &["path", "memory", "responses_kept"]),
    (
        "limits",
        &[
            "body_bytes",
            "file_bytes",
            "request_seconds",
            "concurrent_requests",
            "connections",
            "requests_per_instance",
            "requests_per_life",
            "instance_memory_bytes",
            "drain_seconds",
        ],
    ),
    ("auth", &["keys"]),
    (
        "nodes",
        &["url", "model", "api_key_env", "connect_ms", "first_token_ms", "between_tokens_ms", "total_ms"],
    ),
    ("retrieval", &["passages"]),
    ("chunking", &["max_tokens", "overlap_tokens"]),
    ("generation", &["context_tokens", "answer_tokens"]),
    ("telemetry", &["traces_kept"]),
];

/// Refuses the first key that means nothing.
///
/// # Errors
/// [`Error::UnknownKey`], or [`Error::Syntax`] where the text is not TOML.
pub(super) fn check(text: &str, path: &Path) -> Result<(), Error> {
    let table = DeTable::parse(text)
        .map_err(|source| Error::Syntax { path: path.to_owned(), source: source.into() })?;
    let unknown = |key: &Spanned<_>, name: &str, section: &str| Error::UnknownKey {
        path: path.to_owned(),
        line: line(text, key.span().start),
        key: name.to_owned(),
        place: if section.is_empty() { String::new() } else { format!(" in [{section}]") },
        nearest: nearest(name, section),
    };
    for (key, value) in table.get_ref() {
        let name = key.get_ref().as_ref();
        if !known("").contains(&name) {
            return Err(unknown(key, name, ""));
        }
        for (key, _) in tables(value.get_ref()).into_iter().flatten() {
            if !known(name).contains(&key.get_ref().as_ref()) {
                return Err(unknown(key, key.get_ref().as_ref(), name));
            }
        }
    }
    Ok(())
}

/// The table that a section is, or the tables where it is written as an array of them.
fn tables<'a, 'i>(value: &'a DeValue<'i>) -> Vec<&'a DeTable<'i>> {
    match value {
        DeValue::Table(table) => vec![table],
        DeValue::Array(items) => items.iter().filter_map(|item| item.get_ref().as_table()).collect(),
        _ => Vec::new(),
    }
}

fn known(section: &str) -> &'static [&'static str] {
    SECTIONS.iter().find(|(name, _)| *name == section).map_or(&[], |(_, keys)| keys)
}

/// The known key nearest to `name`: of its own section, unless another section has exactly that key.
fn nearest(name: &str, section: &str) -> String {
    let elsewhere = SECTIONS.iter().find(|(_, keys)| keys.contains(&name));
    if let Some((other, _)) = elsewhere {
        return if other.is_empty() {
            format!("{name}, above the first section")
        } else {
            format!("[{other}] {name}")
        };
    }
    let mut keys: Vec<&str> = known(section).to_vec();
    keys.sort_by(|a, b| strsim::jaro_winkler(name, b).total_cmp(&strsim::jaro_winkler(name, a)));
    keys.first().copied().unwrap_or_default().to_owned()
}

fn line(text: &str, offset: usize) -> usize {
    1 + text.bytes().take(offset).filter(|&b| b == b'\n').count()
}
