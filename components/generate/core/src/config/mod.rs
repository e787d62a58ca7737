//! Nodes as an operator configures them. Parsed and validated here, once, whichever file or variable they came from.

mod defaults;
mod dialect;
mod resilience;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, HashSet};
use std::fmt;
use std::time::Duration;

use http::{HeaderName, HeaderValue, Uri};
use serde::Deserialize;

use crate::{Error, Model};
pub use resilience::{Breaker, Retry};

pub use dialect::{Capability, Dialect};

/// A server that completes conversations.
///
/// Every limit is in milliseconds and counts from the start of an attempt, but for `between_tokens_ms`.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Node {
    /// Base of its API, version included: `http://127.0.0.1:9000/v1`. Without credentials and without a query. May be left out where the
    /// dialect is one provider's own: [`Dialect::home`].
    #[serde(default)]
    pub url: String,
    /// What it speaks.
    #[serde(default)]
    pub dialect: Dialect,
    /// The one model to ask it for. `None`: all that it lists.
    #[serde(default)]
    pub model: Option<String>,
    /// Sent in the header that the dialect has for it: `authorization: Bearer`, `x-api-key` or `x-goog-api-key`.
    #[serde(default)]
    pub api_key: Option<Secret>,
    /// Sent with every request. They go before the headers that the dialect sends by itself.
    #[serde(default)]
    pub headers: BTreeMap<String, Secret>,
    /// Bound of completion tokens for a request that names none, where the dialect wants one: Anthropic's does.
    #[serde(default)]
    pub max_tokens: Option<u32>,
    /// All that its models can do beside text. `None`: what their dialect has words for.
    #[serde(default)]
    pub capabilities: Option<Vec<Capability>>,
    /// Until a connection stands.
    #[serde(default = "defaults::connect_ms")]
    pub connect_ms: u32,
    /// Until the first token arrives.
    #[serde(default = "defaults::first_token_ms")]
    pub first_token_ms: u32,
    /// From one token to the next.
    #[serde(default = "defaults::between_tokens_ms")]
    pub between_tokens_ms: u32,
    /// Until the completion has ended.
    #[serde(default = "defaults::total_ms")]
    pub total_ms: u32,
    /// Ask the next target too where this one has said nothing for so long. `None`: only where the request says so.
    #[serde(default)]
    pub hedge_ms: Option<u32>,
    /// When it is left alone.
    #[serde(default)]
    pub breaker: Breaker,
    /// How often it is asked again.
    #[serde(default)]
    pub retry: Retry,
}

/// A text that is never printed.
#[derive(Clone, PartialEq, Eq, Deserialize)]
#[serde(transparent)]
pub struct Secret(String);

/// Parses a JSON array of nodes, or URLs with white space between them, and validates them. Empty means none.
///
/// The short form is for where a value can have no comma, such as `wasmtime serve -S config-var=…`.
///
/// # Errors
/// [`Error::Configuration`], naming the field and the remedy.
pub fn parse(text: &str) -> Result<Vec<Node>, Error> {
    let mut nodes: Vec<Node> = if text.trim_start().starts_with(['[', '{']) {
        serde_json::from_str(text).map_err(|error| Error::Configuration {
            field: "nodes".to_owned(),
            problem: error.to_string(),
            remedy: "write a JSON array such as [{\"url\":\"http://127.0.0.1:9000/v1\"}]".to_owned(),
        })?
    } else {
        text.split_whitespace().map(Node::new).collect()
    };
    nodes.iter_mut().for_each(Node::settle);
    validate(&nodes)?;
    Ok(nodes)
}

/// Checks nodes that were parsed elsewhere, from TOML say.
///
/// # Errors
/// [`Error::Configuration`] for the first fault, naming the field and the remedy.
pub fn validate(nodes: &[Node]) -> Result<(), Error> {
    let mut seen = HashSet::new();
    for (index, node) in nodes.iter().enumerate() {
        let fault = |field: &str, problem: String, remedy: &str| Error::Configuration {
            field: format!("nodes[{index}].{field}"),
            problem,
            remedy: remedy.to_owned(),
        };
        node.check_url().map_err(|(problem, remedy)| fault("url", problem, remedy))?;
        if !seen.insert((node.target(), node.model.as_deref())) {
            let remedy = "name each node once, or give each a `model` of its own";
            return Err(fault("url", format!("{} stands here twice", node.target()), remedy));
        }
        if node.model.as_deref().is_some_and(|model| model.trim().is_empty()) {
            return Err(fault("model", "is empty".to_owned(), "name a model, or leave the field out"));
        }
        if node.api_key.as_ref().is_some_and(|key| !key.is_header_text()) {
            let problem = "has characters that no header may carry".to_owned();
            return Err(fault("api_key", problem, "write the key alone, without line breaks"));
        }
        if let Some(name) = node.headers.iter().find_map(Node::unfit_header) {
            let problem = format!("has `{name}`, which can't be sent so");
            return Err(fault(
                "headers",
                problem,
                "write name = \"value\", each of ASCII without line breaks",
            ));
        }
        if node.max_tokens == Some(0) {
            return Err(fault("max_tokens", "is 0".to_owned(), "write at least 1, or leave it out"));
        }
        node.check_limits().map_err(|(field, problem, remedy)| fault(field, problem, remedy))?;
    }
    Ok(())
}

impl Node {
    /// A node with every default.
    #[must_use]
    pub fn new(url: impl Into<String>) -> Self {
        Self {
            url: url.into(),
            dialect: Dialect::default(),
            model: None,
            api_key: None,
            headers: BTreeMap::new(),
            max_tokens: None,
            capabilities: None,
            connect_ms: defaults::connect_ms(),
            first_token_ms: defaults::first_token_ms(),
            between_tokens_ms: defaults::between_tokens_ms(),
            total_ms: defaults::total_ms(),
            hedge_ms: None,
            breaker: Breaker::default(),
            retry: Retry::default(),
        }
    }

    /// The name of this target in traces, failures and lists: its URL, without a trailing slash.
    #[must_use]
    pub fn target(&self) -> &str {
        self.url.trim_end_matches('/')
    }

    /// Fills in what the dialect knows by itself: the URL that it has but one of. Before [`validate`].
    pub fn settle(&mut self) {
        if let (true, Some(home)) = (self.url.is_empty(), self.dialect.home()) {
            home.clone_into(&mut self.url);
        }
    }

    /// Whether requests that need this may be sent to it.
    #[must_use]
    pub fn can(&self, capability: Capability) -> bool {
        match &self.capabilities {
            Some(listed) => listed.contains(&capability),
            None => self.dialect.has(capability),
        }
    }

    /// The host's name, without a port; empty if the URL was not validated.
    pub(crate) fn host(&self) -> String {
        let uri: Option<Uri> = self.url.parse().ok();
        uri.as_ref().and_then(Uri::host).unwrap_or_default().to_ascii_lowercase()
    }

    /// [`Node::connect_ms`], for a connector.
    #[must_use]
    pub fn connect_timeout(&self) -> Duration {
        Duration::from_millis(self.connect_ms.into())
    }

    /// The models of this node that may be asked for, given those that it `listed`: all of them, or the configured one, whether it
    /// is on the list or not, with what the list knows of it.
    #[must_use]
    pub fn offers(&self, listed: Vec<Model>) -> Vec<Model> {
        let Some(name) = &self.model else { return listed };
        let found = listed.into_iter().find(|model| model.name == *name);
        vec![found.unwrap_or_else(|| Model { name: name.clone(), context_tokens: None })]
    }

    fn check_url(&self) -> Result<(), (String, &'static str)> {
        let example = "write it as http://127.0.0.1:9000/v1";
        if self.url.is_empty() {
            return Err(("is missing, and the dialect has no server of its own".to_owned(), example));
        }
        let uri: Uri = self.url.parse().map_err(|error| (format!("is no URL ({error})"), example))?;
        if !matches!(uri.scheme_str(), Some("http" | "https")) {
            return Err(("is neither http nor https".to_owned(), example));
        }
        if uri.host().is_none_or(str::is_empty) {
            return Err(("names no host".to_owned(), example));
        }
        if uri.authority().is_some_and(|authority| authority.as_str().contains('@')) || uri.query().is_some()
        {
            let problem = "carries credentials or a query, which would show up in traces".to_owned();
            return Err((problem, "put the key into `api_key`"));
        }
        Ok(())
    }

    /// The header's name, if it or its value can't be sent.
    fn unfit_header<'a>((name, value): (&'a String, &Secret)) -> Option<&'a str> {
        let fits = name.parse::<HeaderName>().is_ok() && value.expose().parse::<HeaderValue>().is_ok();
        (!fits).then_some(name.as_str())
    }

    fn check_limits(&self) -> Result<(), (&'static str, String, &'static str)> {
        let limits = [
            ("connect_ms", self.connect_ms),
            ("first_token_ms", self.first_token_ms),
            ("between_tokens_ms", self.between_tokens_ms),
            ("total_ms", self.total_ms),
        ];
        if let Some((field, _)) = limits.into_iter().find(|(_, value)| *value == 0) {
            return Err((field, "is 0, so that nothing could ever succeed".to_owned(), "write at least 1"));
        }
        if self.first_token_ms > self.total_ms {
            let problem = format!("is beyond `total_ms` ({} > {})", self.first_token_ms, self.total_ms);
            return Err(("first_token_ms", problem, "raise `total_ms` or lower this"));
        }
        if self.hedge_ms == Some(0) {
            let remedy = "leave it out for no hedging";
            return Err(("hedge_ms", "is 0, which asks every target at once".to_owned(), remedy));
        }
        self.breaker.check(self.first_token_ms)?;
        self.retry.check()
    }
}

impl Secret {
    /// Wraps a credential.
    #[must_use]
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// The credential itself, for the one header that carries it.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// `text` without this credential, for messages of servers that repeat it. What is too short to be one is left: it would be found in
    /// any text.
    pub(crate) fn redact(&self, text: &str) -> String {
        if self.0.len() < 6 { text.to_owned() } else { text.replace(&self.0, "[api_key]") }
    }

    fn is_header_text(&self) -> bool {
        !self.0.is_empty() && self.0.bytes().all(|byte| matches!(byte, 0x21..=0x7e))
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(…)")
    }
}
