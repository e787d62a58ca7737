//! What tokens cost. An unknown price is said, never taken for zero.

use std::fmt;

use serde::{Deserialize, Serialize};

/// What a token is billed as.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TokenKind {
    /// Read by the model for the first time.
    Prompt,
    /// Written by it.
    Completion,
    /// Of the prompt, found in the provider's cache.
    CachedRead,
    /// Of the prompt, put into the provider's cache.
    CachedWrite,
    /// Thought, where it is billed apart from the completion.
    Reasoning,
}

impl fmt::Display for TokenKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Prompt => "prompt",
            Self::Completion => "completion",
            Self::CachedRead => "cached_read",
            Self::CachedWrite => "cached_write",
            Self::Reasoning => "reasoning",
        })
    }
}

/// Prices of a million tokens by kind, all of a configuration in one currency. `None`: unknown.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Price {
    /// Of [`TokenKind::Prompt`].
    pub prompt: Option<f64>,
    /// Of [`TokenKind::Completion`].
    pub completion: Option<f64>,
    /// Of [`TokenKind::CachedRead`].
    pub cached_read: Option<f64>,
    /// Of [`TokenKind::CachedWrite`].
    pub cached_write: Option<f64>,
    /// Of [`TokenKind::Reasoning`].
    pub reasoning: Option<f64>,
}

/// Tokens of a call by kind. The kinds don't overlap: what was read from a cache is not counted as prompt again.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tokens {
    /// Of [`TokenKind::Prompt`].
    pub prompt: u32,
    /// Of [`TokenKind::Completion`].
    pub completion: u32,
    /// Of [`TokenKind::CachedRead`].
    pub cached_read: u32,
    /// Of [`TokenKind::CachedWrite`].
    pub cached_write: u32,
    /// Of [`TokenKind::Reasoning`].
    pub reasoning: u32,
}

/// What a call costs.
#[derive(Clone, Debug, PartialEq)]
pub enum Cost {
    /// In the currency of the prices.
    Known(f64),
    /// There are tokens of kinds without a price.
    Unknown(Vec<TokenKind>),
}

impl Cost {
    /// The amount, where it is known.
    #[must_use]
    pub fn amount(&self) -> Option<f64> {
        match self {
            Self::Known(amount) => Some(*amount),
            Self::Unknown(_) => None,
        }
    }
}

impl Price {
    /// What these tokens cost. Kinds that don't occur need no price.
    #[must_use]
    pub fn cost(&self, tokens: &Tokens) -> Cost {
        let mut amount = 0.0;
        let mut unknown = Vec::new();
        for (kind, count, price) in self.table(tokens) {
            match price {
                _ if count == 0 => {}
                Some(price) => amount += price * f64::from(count) / 1e6,
                None => unknown.push(kind),
            }
        }
        if unknown.is_empty() { Cost::Known(amount) } else { Cost::Unknown(unknown) }
    }

    /// The prices with the names of their fields.
    pub(crate) fn fields(&self) -> [(&'static str, Option<f64>); 5] {
        [
            ("prompt", self.prompt),
            ("completion", self.completion),
            ("cached_read", self.cached_read),
            ("cached_write", self.cached_write),
            ("reasoning", self.reasoning),
        ]
    }

    fn table(&self, tokens: &Tokens) -> [(TokenKind, u32, Option<f64>); 5] {
        [
            (TokenKind::Prompt, tokens.prompt, self.prompt),
            (TokenKind::Completion, tokens.completion, self.completion),
            (TokenKind::CachedRead, tokens.cached_read, self.cached_read),
            (TokenKind::CachedWrite, tokens.cached_write, self.cached_write),
            (TokenKind::Reasoning, tokens.reasoning, self.reasoning),
        ]
    }
}

impl Tokens {
    /// All of them.
    #[must_use]
    pub fn total(&self) -> u64 {
        [self.prompt, self.completion, self.cached_read, self.cached_write, self.reasoning]
            .into_iter()
            .map(u64::from)
            .sum()
    }
}
