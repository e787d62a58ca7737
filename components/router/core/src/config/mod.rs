//! Models and routes as an operator writes them in `gusset.toml`. Parsed and validated once, whichever file they came from.
//!
//! ```toml
//! [[models]]
//! name = "small"
//! upstream = "qwen2.5-7b-instruct"
//! price = { prompt = 0.1, completion = 0.3 }
//! context_tokens = 32768
//! capabilities = ["tools", "structured_output"]
//!
//! [[models]]
//! name = "large"
//! node = "https://node.example"
//! price = { prompt = 2.5, completion = 10, cached_read = 1.25 }
//! parameters = 400
//! description = "Frontier general model: knowledge, reasoning, mathematics and code."
//!
//! [[routes]]
//! name = "support"
//! match = { model = "support", tenant = ["acme", "beta-*"], endpoint = "/v1/chat/completions" }
//! targets = [{ model = "small" }, { model = "large" }]
//! requires = ["tools"]
//! price_ceiling = 8
//! quality = 0.9
//!
//! [routing]
//! unlisted = "pass"
//! ```

#[cfg(test)]
mod tests;
mod validate;

use gusset_types::Price;
use serde::{Deserialize, Deserializer, Serialize};

use crate::capability::Capabilities;
use crate::error::Error;
use crate::quality::Quality;

/// All that routing is configured by.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Config {
    /// The models there are.
    pub models: Vec<Model>,
    /// Rules, the first that matches a request holds.
    pub routes: Vec<Route>,
    /// What holds where no route says otherwise.
    pub routing: Defaults,
}

/// What holds where no route says otherwise.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Defaults {
    /// `None`: the order of the configuration, and no prediction.
    pub quality: Option<Quality>,
    /// What becomes of a model that is asked for, not configured and matched by no route.
    pub unlisted: Unlisted,
    /// Tokens that an answer is reckoned to have where the request doesn't say.
    pub completion_tokens: u32,
}

impl Default for Defaults {
    fn default() -> Self {
        // A few paragraphs: what an assistant's answer commonly has.
        Self { quality: None, unlisted: Unlisted::Refuse, completion_tokens: 400 }
    }
}

/// What becomes of a model that no one configured.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Unlisted {
    /// It is an error that lists the models there are.
    #[default]
    Refuse,
    /// It is asked for under its own name, and no rule applies to it.
    Pass,
}

/// A model that requests can go to.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Model {
    /// What callers and routes call it.
    pub name: String,
    /// What its server calls it. `None`: the same.
    #[serde(default)]
    pub upstream: Option<String>,
    /// URL of the node that serves it, as `[[nodes]]` has it. `None`: any node that lists it.
    #[serde(default)]
    pub node: Option<String>,
    /// What a million tokens cost. Kinds left out are unknown.
    #[serde(default)]
    pub price: Price,
    /// Its context window. `None`: unknown, and nothing is excluded for its length.
    #[serde(default)]
    pub context_tokens: Option<u32>,
    /// What it can do beyond text. `None`: unknown, and nothing is excluded; an empty list: nothing.
    #[serde(default)]
    pub capabilities: Option<Capabilities>,
    /// Its parameters in billions, all of them for a mixture of experts.
    #[serde(default)]
    pub parameters: Option<f64>,
    /// What it is and what it is good at, in a sentence.
    #[serde(default)]
    pub description: Option<String>,
    /// Typical time to its first token in milliseconds.
    #[serde(default)]
    pub first_token_ms: Option<f64>,
    /// Typical speed after it.
    #[serde(default)]
    pub tokens_per_second: Option<f64>,
    /// Share of prompts it does well, 0 to 1, as the operator knows it. Taken as the mean of what is predicted for it.
    #[serde(default)]
    pub quality: Option<f64>,
    /// Model of the predictor that it is taken for. `None`: the one with its name or upstream name, if there is one.
    #[serde(default)]
    pub learned_as: Option<String>,
}

/// A rule for the requests that it matches.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Route {
    /// For reasons and traces.
    pub name: String,
    /// Which requests. Left out: all.
    #[serde(default, rename = "match")]
    pub matches: Match,
    /// Models to choose from, in order. Empty: the model asked for where there is one of that name, all otherwise.
    #[serde(default)]
    pub targets: Vec<Target>,
    /// What every target must be able to do, beside what the request needs.
    #[serde(default)]
    pub requires: Capabilities,
    /// Highest price of a million tokens, at the request's own mix of prompt and completion. A model of unknown price is excluded.
    #[serde(default)]
    pub price_ceiling: Option<f64>,
    /// Longest expected time to the last token in milliseconds. A model of unknown speed is not excluded.
    #[serde(default)]
    pub latency_ms: Option<f64>,
    /// Between quality and price. `None`: by weights where a target has one, by `routing.quality` otherwise.
    #[serde(default)]
    pub quality: Option<Quality>,
}

/// Which requests a route is for. Every field that is written must match one of its patterns: a name, a beginning followed by `*`, or `*`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Match {
    /// Model or alias asked for.
    #[serde(deserialize_with = "one_or_many")]
    pub model: Vec<String>,
    /// Whose request it is.
    #[serde(deserialize_with = "one_or_many")]
    pub tenant: Vec<String>,
    /// What the application calls what it is doing. A request without one matches only `*`.
    #[serde(deserialize_with = "one_or_many")]
    pub feature: Vec<String>,
    /// Path called: `/v1/chat/completions`.
    #[serde(deserialize_with = "one_or_many")]
    pub endpoint: Vec<String>,
}

/// One model of a route: a name alone, or with a weight.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(from = "TargetForm")]
pub struct Target {
    /// Name of a model.
    pub model: String,
    /// How often it comes first, relative to the others. 0: only as a fallback. `None`: 1 where another target has a weight.
    pub weight: Option<f64>,
}

/// How a target may be written.
#[derive(Deserialize)]
#[serde(untagged, expecting = "a model's name, or an object of `model` and `weight`")]
enum TargetForm {
    Name(String),
    Weighted(WeightedTarget),
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct WeightedTarget {
    model: String,
    #[serde(default)]
    weight: Option<f64>,
}

impl From<TargetForm> for Target {
    fn from(form: TargetForm) -> Self {
        match form {
            TargetForm::Name(model) => Self { model, weight: None },
            TargetForm::Weighted(WeightedTarget { model, weight }) => Self { model, weight },
        }
    }
}

impl Config {
    /// From JSON text. White space alone is the empty configuration.
    ///
    /// # Errors
    /// [`Error::Configuration`] for the first fault, naming the field and the remedy.
    pub fn parse(text: &str) -> Result<Self, Error> {
        if text.trim().is_empty() {
            return Ok(Self::default());
        }
        let config: Self = serde_path_to_error::deserialize(&mut serde_json::Deserializer::from_str(text))
            .map_err(|error| Error::Configuration {
                field: error.path().to_string(),
                problem: format!("can't be read: {}", error.inner()),
                remedy: "write an object with `models`, `routes` and `routing`".to_owned(),
            })?;
        config.validate()?;
        Ok(config)
    }
}

fn one_or_many<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<String>, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Written {
        One(String),
        Many(Vec<String>),
    }
    Ok(match Written::deserialize(deserializer)? {
        Written::One(pattern) => vec![pattern],
        Written::Many(patterns) => patterns,
    })
}
