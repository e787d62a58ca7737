//! What the guest decides by: models, routes, caches and patience, as one JSON text. Their keys are those of the cores that read them, and the
//! cores check them: here, before a port is bound, and again in the guest.

use gusset_orchestrate::Settings;
use serde::{Deserialize, Serialize};

/// The sections that are handed on as they are.
#[derive(Clone, Default, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct Sections {
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) models: Vec<toml::Table>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) routes: Vec<toml::Table>,
    #[serde(skip_serializing_if = "toml::Table::is_empty")]
    pub(super) routing: toml::Table,
    #[serde(skip_serializing_if = "toml::Table::is_empty")]
    pub(super) cache: toml::Table,
}

/// What `[generation]` has for them.
#[derive(Clone, Copy, Default, Serialize)]
pub(super) struct Patience {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) first_token_ms: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) hedge_ms: Option<u32>,
}

#[derive(Serialize)]
struct Whole<'a> {
    #[serde(flatten)]
    sections: &'a Sections,
    generation: Patience,
}

impl Sections {
    /// The JSON text, checked by the cores that will read it.
    ///
    /// # Errors
    /// The key, and what is wrong with it.
    pub(super) fn to_settings(&self, generation: Patience) -> Result<String, (String, String)> {
        let text = serde_json::to_string(&Whole { sections: self, generation })
            .map_err(|error| place(&error.to_string()))?;
        let settings = Settings::parse(&text).map_err(|error| place(&error.to_string()))?;
        if let Some(routing) = &settings.routing {
            gusset_router::Config::parse(routing)
                .and_then(|config| config.validate())
                .map_err(|error| place(&error.to_string()))?;
        }
        Ok(text)
    }

    /// Something in each section: what is in them, the cores know.
    #[cfg(test)]
    pub(super) fn complete() -> Self {
        let table = toml::Table::from_iter([("name".to_owned(), toml::Value::from("x"))]);
        Self {
            models: vec![table.clone()],
            routes: vec![table.clone()],
            routing: table.clone(),
            cache: table,
        }
    }
}

/// Key and problem of a core's error, which begins with the key.
fn place(error: &str) -> (String, String) {
    let split = error.strip_prefix('`').and_then(|rest| rest.split_once("` "));
    let (key, problem) = split.unwrap_or(("models, routes, routing or cache", error));
    (key.to_owned(), problem.to_owned())
}
