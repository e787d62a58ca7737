//! Where collections are kept, if not in the state.

use super::Environment;
use gusset_generate::config::Secret;
use serde::{Deserialize, Serialize};

/// An existing engine that collections are kept in.
#[derive(Clone, Debug)]
pub struct Engine {
    /// What it is.
    pub kind: EngineKind,
    /// Where it is.
    pub url: String,
    /// What it is opened with: a password or a key.
    pub api_key: Option<Secret>,
}

/// Engines that there are clients for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum EngineKind {
    /// PostgreSQL with pgvector.
    Postgres,
    /// Qdrant, over its REST interface.
    Qdrant,
}

/// The keys of `[retrieval]` about it.
#[derive(Clone, Default, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct Section {
    #[serde(skip_serializing_if = "Option::is_none")]
    engine: Option<EngineKind>,
    #[serde(skip_serializing_if = "Option::is_none")]
    url: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    api_key_env: Option<String>,
}

// === impl EngineKind ===

impl EngineKind {
    /// What a URL is one of; `None` for what is no URL of an engine.
    #[must_use]
    pub fn of(url: &str) -> Option<Self> {
        match url.split_once("://")?.0 {
            "postgres" | "postgresql" => Some(Self::Postgres),
            "http" | "https" => Some(Self::Qdrant),
            _ => None,
        }
    }
}

// === impl Section ===

impl Section {
    pub(super) fn is_set(&self) -> bool {
        self.engine.is_some()
    }

    /// The engine, with its key taken from the environment.
    ///
    /// # Errors
    /// The key of the configuration, and what is wrong with it.
    pub(super) fn resolve(&self, environment: &Environment) -> Result<Option<Engine>, (String, String)> {
        let invalid = |key: &str, problem: String| Err((format!("retrieval.{key}"), problem));
        let Some(kind) = self.engine else {
            return match (&self.url, &self.api_key_env) {
                (None, None) => Ok(None),
                (Some(_), _) => invalid("url", "is set, and `engine` is not: say what is there".into()),
                (_, Some(_)) => {
                    invalid("api_key_env", "is set, and `engine` is not: say what it is for".into())
                }
            };
        };
        let Some(url) = self.url.clone() else {
            return invalid("url", "is missing: say where the engine is".into());
        };
        let checked = match kind {
            EngineKind::Postgres => gusset_engines_native::check_postgres(&url),
            EngineKind::Qdrant => gusset_engines::qdrant::check(&url),
        };
        if let Err(problem) = checked {
            return invalid("url", format!("is not usable: {problem}"));
        }
        let api_key = match &self.api_key_env {
            None => None,
            Some(variable) => match environment.get(variable) {
                Some(key) => Some(Secret::new(key)),
                None => {
                    return invalid(
                        "api_key_env",
                        format!("names {variable}, which is not set; export it first"),
                    );
                }
            },
        };
        Ok(Some(Engine { kind, url, api_key }))
    }
}

#[cfg(test)]
impl Section {
    /// Every key written.
    pub(super) fn complete() -> Self {
        Self {
            engine: Some(EngineKind::Postgres),
            url: Some("postgres://gusset@127.0.0.1/gusset".into()),
            api_key_env: Some("KEY".into()),
        }
    }
}
