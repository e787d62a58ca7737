//! Unknown keys: found before anything is parsed into types, and named with the nearest known key and the line.

use super::Error;
use std::borrow::Cow;
use std::path::Path;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

/// Every key there is, by section. Sections without a line here (`models`, `routes`, `routing`, `cache`) are checked by the cores that read them. A test holds it against the types.
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
            "models",
            "routes",
            "routing",
            "cache",
            "keys",
            "budgets",
            "usage",
        ],
    ),
    ("embed", &["native", "model"]),
    ("state", &["path", "redis", "redis_env", "memory", "responses_kept"]),
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
        &[
            "url",
            "dialect",
            "model",
            "api_key_env",
            "headers",
            "max_tokens",
            "capabilities",
            "connect_ms",
            "first_token_ms",
            "between_tokens_ms",
            "total_ms",
            "hedge_ms",
            "breaker",
            "retry",
        ],
    ),
    (
        "nodes.breaker",
        &[
            "enabled",
            "window_ms",
            "calls",
            "errors",
            "slow",
            "slow_ms",
            "failures",
            "open_ms",
            "max_open_ms",
            "unauthorized_ms",
        ],
    ),
    ("nodes.retry", &["attempts", "share", "reserve", "backoff_ms", "max_backoff_ms"]),
    ("retrieval", &["passages", "engine", "url", "api_key_env"]),
    ("chunking", &["strategy", "max_tokens", "overlap_tokens", "section_tokens", "context", "collections"]),
    ("generation", &["context_tokens", "answer_tokens", "first_token_ms", "hedge_ms"]),
    ("telemetry", &["traces_kept", "judged_percent"]),
    (
        "keys",
        &[
            "name",
            "sha256",
            "tenant",
            "admin",
            "endpoints",
            "models",
            "collections",
            "feature",
            "user",
            "expires",
            "requests_per_minute",
            "tokens_per_minute",
            "usd_per_day",
            "usd_per_month",
        ],
    ),
    (
        "budgets",
        &[
            "name",
            "match",
            "per",
            "unpriced",
            "requests_per_minute",
            "tokens_per_minute",
            "usd_per_day",
            "usd_per_month",
        ],
    ),
    ("budgets.match", &["tenant", "key", "feature", "user", "model", "endpoint"]),
    ("usage", &["recorded"]),
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
    match first_unknown(table.get_ref(), "") {
        Some((key, section)) => Err(unknown(key, key.get_ref().as_ref(), &section)),
        None => Ok(()),
    }
}

/// The first key of `table` that means nothing there or in a section below it, and in which section it stands.
fn first_unknown<'a, 'i>(
    table: &'a DeTable<'i>,
    section: &str,
) -> Option<(&'a Spanned<Cow<'i, str>>, String)> {
    table.iter().find_map(|(key, value)| {
        let name = key.get_ref().as_ref();
        if !known(section).contains(&name) {
            return Some((key, section.to_owned()));
        }
        let below = if section.is_empty() { name.to_owned() } else { format!("{section}.{name}") };
        // A table where a plain value belongs is a matter of types.
        let tables = if known(&below).is_empty() { Vec::new() } else { tables(value.get_ref()) };
        tables.into_iter().find_map(|table| first_unknown(table, &below))
    })
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
