//! What tokens cost: prices by kind, and sums of money that no rounding of floats can wear away.
//!
//! Prices are whole micro-dollars a million tokens, which is as many pico-dollars a token; sums are whole nano-dollars. An
//! unknown price is said, never taken for zero.

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::Usage;

/// What a token is billed as.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TokenKind {
    /// Read by the model for the first time.
    Prompt,
    /// Written by it, thoughts left out.
    Completion,
    /// Of the prompt, found in the provider's cache.
    CachedRead,
    /// Of the prompt, put into the provider's cache.
    CachedWrite,
    /// Thought, of the completion.
    Reasoning,
}

/// The price of one kind of token. Written and read as US dollars a million tokens.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Rate(u64);

/// Prices by kind, in US dollars a million tokens. `None`: unknown.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Price {
    /// Of [`TokenKind::Prompt`].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub prompt: Option<Rate>,
    /// Of [`TokenKind::Completion`].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub completion: Option<Rate>,
    /// Of [`TokenKind::CachedRead`].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cached_read: Option<Rate>,
    /// Of [`TokenKind::CachedWrite`].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cached_write: Option<Rate>,
    /// Of [`TokenKind::Reasoning`]. Left out, thoughts cost what the rest of the completion does: who bills them apart says so.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reasoning: Option<Rate>,
}

/// Money, in whole nano-dollars. Sums end at the largest there is, eighteen billion dollars, instead of beginning anew.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Cost(u64);

// === impl TokenKind ===

impl TokenKind {
    /// The name of its price, as configured.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Prompt => "prompt",
            Self::Completion => "completion",
            Self::CachedRead => "cached_read",
            Self::CachedWrite => "cached_write",
            Self::Reasoning => "reasoning",
        }
    }
}

// === impl Rate ===

impl Rate {
    /// Highest price that makes sense, in US dollars a million tokens: a dollar a token.
    pub const MOST: f64 = 1e6;

    /// The rate of so many US dollars a million tokens, to the nearest micro-dollar. `None` below zero, above [`Rate::MOST`] and for
    /// what is no number.
    #[must_use]
    pub fn from_usd(dollars: f64) -> Option<Self> {
        #[expect(clippy::cast_sign_loss, clippy::cast_possible_truncation, reason = "the range was checked")]
        (0.0..=Self::MOST).contains(&dollars).then(|| Self((dollars * 1e6).round() as u64))
    }

    /// US dollars a million tokens.
    #[must_use]
    #[expect(clippy::cast_precision_loss, reason = "the largest rate is far below 2^53 micro-dollars")]
    pub fn usd(self) -> f64 {
        self.0 as f64 / 1e6
    }
}

impl Serialize for Rate {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_f64(self.usd())
    }
}

impl<'de> Deserialize<'de> for Rate {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let dollars = f64::deserialize(deserializer)?;
        Self::from_usd(dollars).ok_or_else(|| {
            serde::de::Error::custom(format!(
                "a price is US dollars a million tokens, 0 to {}, and this is {dollars}",
                Self::MOST
            ))
        })
    }
}

// === impl Price ===

impl Price {
    /// What these tokens cost, rounded once, up from half a nano-dollar. `None` where a kind that occurs has no price.
    #[must_use]
    pub fn cost(&self, usage: &Usage) -> Option<Cost> {
        let mut picodollars = 0_u128;
        for (_, count, rate) in self.table(usage) {
            match rate {
                _ if count == 0 => {}
                Some(rate) => picodollars += u128::from(count) * u128::from(rate.0),
                None => return None,
            }
        }
        Some(Cost(u64::try_from((picodollars + 500) / 1000).unwrap_or(u64::MAX)))
    }

    /// The kinds that occur and have no price.
    #[must_use]
    pub fn unpriced(&self, usage: &Usage) -> Vec<TokenKind> {
        let without = self.table(usage).into_iter().filter(|(_, count, rate)| *count > 0 && rate.is_none());
        without.map(|(kind, ..)| kind).collect()
    }

    /// Tokens by the kind that they are billed as: no token is in two.
    fn table(&self, usage: &Usage) -> [(TokenKind, u32, Option<Rate>); 5] {
        let tokens = |kind| usage.tokens(kind);
        [
            (TokenKind::Prompt, tokens(TokenKind::Prompt), self.prompt),
            (TokenKind::Completion, tokens(TokenKind::Completion), self.completion),
            (TokenKind::CachedRead, tokens(TokenKind::CachedRead), self.cached_read),
            (TokenKind::CachedWrite, tokens(TokenKind::CachedWrite), self.cached_write),
            (TokenKind::Reasoning, tokens(TokenKind::Reasoning), self.reasoning.or(self.completion)),
        ]
    }
}

impl Usage {
    /// Tokens billed as `kind`. The five add up to prompt and completion.
    #[must_use]
    pub fn tokens(&self, kind: TokenKind) -> u32 {
        // A target that counts more of a kind than of the whole is believed as to the whole.
        let read = self.cached_read_tokens.min(self.prompt_tokens);
        let written = self.cached_write_tokens.min(self.prompt_tokens.saturating_sub(read));
        let thought = self.reasoning_tokens.min(self.completion_tokens);
        match kind {
            TokenKind::Prompt => self.prompt_tokens.saturating_sub(read).saturating_sub(written),
            TokenKind::Completion => self.completion_tokens.saturating_sub(thought),
            TokenKind::CachedRead => read,
            TokenKind::CachedWrite => written,
            TokenKind::Reasoning => thought,
        }
    }
}

// === impl Cost ===

impl Cost {
    /// Nothing, known to be nothing.
    pub const ZERO: Self = Self(0);

    /// So many nano-dollars.
    #[must_use]
    pub const fn from_nanodollars(nanodollars: u64) -> Self {
        Self(nanodollars)
    }

    /// So many US dollars, to the nearest nano-dollar. `None` below zero, above a billion and for what is no number.
    #[must_use]
    pub fn from_usd(dollars: f64) -> Option<Self> {
        #[expect(clippy::cast_sign_loss, clippy::cast_possible_truncation, reason = "the range was checked")]
        (0.0..=1e9).contains(&dollars).then(|| Self((dollars * 1e9).round() as u64))
    }

    /// Nano-dollars.
    #[must_use]
    pub const fn nanodollars(self) -> u64 {
        self.0
    }

    /// US dollars, to be shown; never to be added up.
    #[must_use]
    #[expect(clippy::cast_precision_loss, reason = "exact up to nine million dollars, and only shown")]
    pub fn usd(self) -> f64 {
        self.0 as f64 / 1e9
    }

    /// The sum.
    #[must_use]
    pub const fn plus(self, other: Self) -> Self {
        Self(self.0.saturating_add(other.0))
    }

    /// The difference, zero where it would be less.
    #[must_use]
    pub const fn minus(self, other: Self) -> Self {
        Self(self.0.saturating_sub(other.0))
    }
}

/// `$1.25`, with as many of nine digits as there are.
impl fmt::Display for Cost {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (dollars, rest) = (self.0 / 1_000_000_000, self.0 % 1_000_000_000);
        let digits = format!("{rest:09}");
        let digits = digits.trim_end_matches('0');
        write!(f, "${dollars}.{digits:0<2}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn price(json: &str) -> Price {
        serde_json::from_str(json).unwrap()
    }

    fn usage(prompt: u32, completion: u32, read: u32, written: u32, thought: u32) -> Usage {
        Usage {
            prompt_tokens: prompt,
            completion_tokens: completion,
            cached_read_tokens: read,
            cached_write_tokens: written,
            reasoning_tokens: thought,
        }
    }

    const ALL: &str = r#"{"prompt":3,"completion":15,"cached_read":0.3,"cached_write":3.75,"reasoning":15}"#;

    #[test]
    fn each_kind_is_billed_once_at_its_own_price() {
        let check = |usage: Usage, nanodollars| {
            assert_eq!(price(ALL).cost(&usage), Some(Cost::from_nanodollars(nanodollars)), "{usage:?}");
        };
        check(usage(0, 0, 0, 0, 0), 0);
        check(usage(1000, 0, 0, 0, 0), 3_000_000);
        check(usage(1000, 100, 0, 0, 0), 4_500_000);
        // 100 fresh, 600 read, 300 written; 60 said, 40 thought.
        check(usage(1000, 100, 600, 300, 40), 300_000 + 180_000 + 1_125_000 + 1_500_000);
        // More read than there was, more thought than was written.
        check(usage(10, 10, 99, 99, 99), 3_000 + 150_000);
    }

    #[test]
    fn a_kind_without_a_price_makes_the_cost_unknown_and_only_if_it_occurs() {
        let partial = price(r#"{"prompt":1,"completion":2}"#);
        assert_eq!(partial.cost(&usage(5, 5, 0, 0, 0)), Some(Cost::from_nanodollars(15_000)));
        assert_eq!(partial.cost(&usage(5, 5, 1, 0, 0)), None);
        assert_eq!(partial.unpriced(&usage(5, 5, 1, 2, 3)), [TokenKind::CachedRead, TokenKind::CachedWrite]);
        assert_eq!(Price::default().cost(&Usage::default()), Some(Cost::ZERO));
        assert_eq!(Price::default().cost(&usage(1, 0, 0, 0, 0)), None);
    }

    #[test]
    fn thoughts_cost_what_words_do_unless_said() {
        let plain = price(r#"{"prompt":1,"completion":2}"#);
        assert_eq!(plain.cost(&usage(0, 10, 0, 0, 10)), Some(Cost::from_nanodollars(20_000)));
        let apart = price(r#"{"prompt":1,"completion":2,"reasoning":0.5}"#);
        assert_eq!(apart.cost(&usage(0, 10, 0, 0, 10)), Some(Cost::from_nanodollars(5_000)));
    }

    #[test]
    fn free_is_a_price() {
        let free = price(r#"{"prompt":0,"completion":0}"#);
        assert_eq!(free.cost(&usage(9, 9, 0, 0, 0)), Some(Cost::ZERO));
    }

    #[test]
    fn a_price_survives_its_text_and_nonsense_does_not() {
        assert_eq!(serde_json::to_string(&price(r#"{"prompt":0.0375}"#)).unwrap(), r#"{"prompt":0.0375}"#);
        for bad in [r#"{"prompt":-1}"#, r#"{"prompt":1e7}"#, r#"{"promt":1}"#, r#"{"prompt":"1"}"#] {
            assert!(serde_json::from_str::<Price>(bad).is_err(), "{bad}");
        }
        assert_eq!(Rate::from_usd(f64::NAN), None);
    }

    #[test]
    fn a_call_is_rounded_once_not_each_of_its_tokens() {
        let cheap = price(r#"{"prompt":0.000333}"#);
        assert_eq!(cheap.cost(&usage(1, 0, 0, 0, 0)), Some(Cost::ZERO));
        assert_eq!(cheap.cost(&usage(1_000_000, 0, 0, 0, 0)), Some(Cost::from_nanodollars(333_000)));
        let dearest = price(r#"{"prompt":1000000,"completion":1000000}"#);
        assert_eq!(
            dearest.cost(&usage(u32::MAX, u32::MAX, 0, 0, 0)),
            Some(Cost::from_nanodollars(2 * u64::from(u32::MAX) * 1_000_000_000))
        );
    }

    #[test]
    fn money_is_shown_to_its_last_digit() {
        let check = |nanodollars, text: &str| {
            assert_eq!(Cost::from_nanodollars(nanodollars).to_string(), text);
        };
        check(0, "$0.00");
        check(1, "$0.000000001");
        check(1_500_000_000, "$1.50");
        check(20_000_000_000, "$20.00");
        assert_eq!(Cost::from_usd(0.1), Some(Cost::from_nanodollars(100_000_000)));
        assert_eq!(Cost::from_usd(-0.1), None);
    }
}
