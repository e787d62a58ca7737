//! One call, and sums of calls.

use gusset_types::{Cost, TokenKind, Usage};
use serde::{Deserialize, Serialize};

/// What a sum is called whose parts are too many to be told apart.
pub const OTHER: &str = "(other)";
/// Bytes of a name that are kept: rows must stay small, and a caller may say anything.
const NAME: usize = 128;

/// Whose a call is, and by what model. Empty where nobody said.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Names {
    /// The key's name.
    #[serde(rename = "k")]
    pub key: String,
    /// As the caller or its key says.
    #[serde(rename = "f")]
    pub feature: String,
    /// As the caller or its key says.
    #[serde(rename = "u")]
    pub user: String,
    /// The model that answered.
    #[serde(rename = "m")]
    pub model: String,
}

/// One call that was settled.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Entry {
    /// Whose.
    pub names: Names,
    /// Its tokens.
    pub usage: Usage,
    /// What it cost. `None`: no price is known.
    pub cost: Option<Cost>,
}

/// Sums of calls. Tokens are by the kind that they are billed as: none is in two.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sums {
    /// Calls.
    #[serde(rename = "n")]
    pub requests: u64,
    /// Of prompts, cached ones left out.
    #[serde(rename = "p")]
    pub prompt: u64,
    /// Of completions, thoughts left out.
    #[serde(rename = "c")]
    pub completion: u64,
    /// Of prompts, read from the provider's cache.
    #[serde(rename = "r")]
    pub cached_read: u64,
    /// Of prompts, put into it.
    #[serde(rename = "w")]
    pub cached_write: u64,
    /// Of completions, thought.
    #[serde(rename = "t")]
    pub reasoning: u64,
    /// Of the calls whose price is known.
    #[serde(rename = "$")]
    pub cost: Cost,
    /// Calls whose price is not.
    #[serde(rename = "x")]
    pub unpriced: u64,
}

impl Names {
    /// With names no longer than are kept.
    #[must_use]
    pub fn new(key: &str, feature: Option<&str>, user: Option<&str>, model: &str) -> Self {
        let kept = |name: &str| name.get(..name.floor_char_boundary(NAME)).unwrap_or_default().to_owned();
        Self {
            key: kept(key),
            feature: kept(feature.unwrap_or_default()),
            user: kept(user.unwrap_or_default()),
            model: kept(model),
        }
    }
}

impl Sums {
    /// One call's.
    #[must_use]
    pub fn of(usage: &Usage, cost: Option<Cost>) -> Self {
        let tokens = |kind| u64::from(usage.tokens(kind));
        Self {
            requests: 1,
            prompt: tokens(TokenKind::Prompt),
            completion: tokens(TokenKind::Completion),
            cached_read: tokens(TokenKind::CachedRead),
            cached_write: tokens(TokenKind::CachedWrite),
            reasoning: tokens(TokenKind::Reasoning),
            cost: cost.unwrap_or_default(),
            unpriced: u64::from(cost.is_none()),
        }
    }

    /// Adds others.
    pub fn add(&mut self, other: &Self) {
        let Self { requests, prompt, completion, cached_read, cached_write, reasoning, cost, unpriced } =
            other;
        let pairs = [
            (&mut self.requests, requests),
            (&mut self.prompt, prompt),
            (&mut self.completion, completion),
            (&mut self.cached_read, cached_read),
            (&mut self.cached_write, cached_write),
            (&mut self.reasoning, reasoning),
            (&mut self.unpriced, unpriced),
        ];
        pairs.into_iter().for_each(|(sum, more)| *sum = sum.saturating_add(*more));
        self.cost = self.cost.plus(*cost);
    }
}
