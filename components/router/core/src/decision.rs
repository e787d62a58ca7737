//! What a router answers: targets in order, and why.

use std::fmt;

use crate::quality::Quality;

/// Targets of one request, and how they came about.
#[derive(Clone, Debug, PartialEq)]
pub struct Decision {
    /// Best first; at least one.
    pub choices: Vec<Choice>,
    /// The route that matched.
    pub route: Option<String>,
    /// What put the choices into their order.
    pub order: Order,
    /// Candidates that are not among the choices, in the order of the candidates.
    pub excluded: Vec<Exclusion>,
    /// What kept a prediction from being better, where something did.
    pub note: Option<String>,
}

/// One target.
#[derive(Clone, Debug, PartialEq)]
pub struct Choice {
    /// Its name in the configuration, or what was asked for.
    pub model: String,
    /// What its server calls it.
    pub upstream: String,
    /// URL of its node. `None`: any that lists it.
    pub node: Option<String>,
    /// Predicted probability that it does this prompt well. `None`: not predicted.
    pub quality: Option<f64>,
    /// Where the prediction comes from.
    pub basis: Basis,
    /// Expected cost in US dollars. `None`: a price is unknown.
    pub cost: Option<f64>,
    /// Expected time to the last token in milliseconds. `None`: unknown.
    pub latency_ms: Option<f64>,
    /// Why it stands where it stands, for people.
    pub reason: String,
}

/// What puts choices into order.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Order {
    /// The caller named it, and nothing else was to be decided.
    Asked,
    /// As configured.
    Listed,
    /// Drawn by weight.
    Weighted,
    /// By quality against price.
    Quality(Quality),
}

/// Where a predicted quality comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Basis {
    /// Nothing was predicted.
    None,
    /// Learned from this model's answers.
    Learned,
    /// From what the configuration says of it; see `predict::prior`.
    Prior,
}

/// A candidate that a rule excluded.
#[derive(Clone, Debug, PartialEq)]
pub struct Exclusion {
    /// Name of the model.
    pub model: String,
    /// The rule.
    pub rule: Rule,
    /// What it said, with both numbers where there are two.
    pub detail: String,
}

/// Rules that exclude a model.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rule {
    /// It lacks a capability.
    Capability,
    /// Prompt and answer are longer than its context window.
    ContextTokens,
    /// It is dearer than the route allows, or of unknown price.
    PriceCeiling,
    /// It is slower than the route allows.
    LatencyBudget,
}

impl fmt::Display for Exclusion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({}: {})", self.model, self.rule, self.detail)
    }
}

impl fmt::Display for Rule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Capability => "capability",
            Self::ContextTokens => "context length",
            Self::PriceCeiling => "price ceiling",
            Self::LatencyBudget => "latency budget",
        })
    }
}
