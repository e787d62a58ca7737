//! A limit that was met, in words that say what to do.

use std::fmt;

use gusset_types::Cost;

use crate::calendar::timestamp;

/// What a limit counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Measure {
    /// `requests_per_minute`, in calls.
    RequestsPerMinute,
    /// `tokens_per_minute`, in tokens.
    TokensPerMinute,
    /// `usd_per_day`, in nano-dollars.
    UsdPerDay,
    /// `usd_per_month`, in nano-dollars.
    UsdPerMonth,
}

/// A limit that a call would exceed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Exceeded {
    /// The budget's name.
    pub budget: String,
    /// Whose count it is: `tenant `acme``, `user `u-1``.
    pub subject: String,
    /// Which of its limits.
    pub measure: Measure,
    /// The limit, in the measure's unit.
    pub limit: u64,
    /// What is used, calls in progress included.
    pub used: u64,
    /// What this call may use.
    pub asked: u64,
    /// When the window ends, in Unix time in seconds.
    pub reset: u64,
    /// When to come back, in seconds: at the window's end, or soon where calls in progress hold what this one needs.
    pub retry_after: u64,
}

impl Measure {
    /// Whether it is money.
    #[must_use]
    pub fn is_spending(self) -> bool {
        matches!(self, Self::UsdPerDay | Self::UsdPerMonth)
    }

    fn show(self, amount: u64) -> String {
        match self {
            Self::RequestsPerMinute => format!("{amount} requests"),
            Self::TokensPerMinute => format!("{amount} tokens"),
            Self::UsdPerDay | Self::UsdPerMonth => Cost::from_nanodollars(amount).to_string(),
        }
    }

    fn window(self) -> &'static str {
        match self {
            Self::RequestsPerMinute | Self::TokensPerMinute => "minute",
            Self::UsdPerDay => "day",
            Self::UsdPerMonth => "month",
        }
    }
}

impl fmt::Display for Exceeded {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { budget, subject, measure, limit, used, asked, reset, retry_after } = self;
        let (limit_text, used_text) = (measure.show(*limit), measure.show(*used));
        write!(f, "The budget `{budget}` of {subject} allows {limit_text} a {}. ", measure.window())?;
        let asked_text = measure.show(*asked);
        if asked > limit {
            return write!(
                f,
                "This call alone may use {asked_text}: shorten it, bound its output, or raise the limit."
            );
        }
        write!(f, "Used and reserved: {used_text}; this call may use {asked_text}. ")?;
        write!(f, "The window ends at {}; try again in {retry_after} s.", timestamp(*reset))
    }
}
