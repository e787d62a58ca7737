//! Why there is no list of targets.

use crate::decision::Exclusion;

/// Why there is no list of targets, or no router.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The configuration can't be used.
    #[error("`{field}` {problem}; {remedy}")]
    Configuration {
        /// Which field, with its position: `models[0].price.prompt`.
        field: String,
        /// What is wrong with it.
        problem: String,
        /// What to write instead.
        remedy: String,
    },
    /// The request can't be routed as it stands.
    #[error("`{field}` {problem}; {remedy}")]
    Request {
        /// Which field.
        field: &'static str,
        /// What is wrong with it.
        problem: String,
        /// What to send instead.
        remedy: &'static str,
    },
    /// The model asked for is neither a model nor matched by a route.
    #[error("there is no model {asked:?}; there are: {}", known.join(", "))]
    UnknownModel {
        /// As the caller wrote it.
        asked: String,
        /// Names of the configured models.
        known: Vec<String>,
    },
    /// Every model was excluded.
    #[error("{}no model is allowed: {}", origin(route.as_deref()), list(excluded))]
    NothingAllowed {
        /// The route that matched.
        route: Option<String>,
        /// Each candidate with the rule that excluded it.
        excluded: Vec<Exclusion>,
    },
    /// The bytes are no predictor.
    #[error("not a router's predictor: {0}")]
    Predictor(&'static str),
}

fn origin(route: Option<&str>) -> String {
    route.map(|route| format!("on route {route:?} ")).unwrap_or_default()
}

fn list(excluded: &[Exclusion]) -> String {
    excluded.iter().map(ToString::to_string).collect::<Vec<_>>().join("; ")
}
