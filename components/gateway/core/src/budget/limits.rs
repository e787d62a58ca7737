//! What a budget bounds.

use gusset_types::Cost;
use serde::{Deserialize, Serialize};

/// Limits of one budget. `None`: not limited. As the store has them, money is in nano-dollars.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Limits {
    /// Calls that begin in one minute.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub requests_per_minute: Option<u64>,
    /// Tokens of the calls that begin in one minute, prompts and completions.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tokens_per_minute: Option<u64>,
    /// For the calls that begin on one day.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub usd_per_day: Option<Cost>,
    /// For the calls that begin in one month.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub usd_per_month: Option<Cost>,
}

impl Limits {
    /// Limits as they are written, money in US dollars.
    ///
    /// # Errors
    /// The key of a sum that is none, and what would be one.
    pub fn checked(
        requests_per_minute: Option<u64>,
        tokens_per_minute: Option<u64>,
        usd_per_day: Option<f64>,
        usd_per_month: Option<f64>,
    ) -> Result<Self, (&'static str, String)> {
        let money = |key, dollars: Option<f64>| {
            let Some(dollars) = dollars else { return Ok(None) };
            let problem = || (key, format!("is {dollars}, and must be US dollars, 0 to 1000000000"));
            Cost::from_usd(dollars).map(Some).ok_or_else(problem)
        };
        let (usd_per_day, usd_per_month) =
            (money("usd_per_day", usd_per_day)?, money("usd_per_month", usd_per_month)?);
        Ok(Self { requests_per_minute, tokens_per_minute, usd_per_day, usd_per_month })
    }

    /// Whether nothing is limited.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// Whether spending is.
    #[must_use]
    pub fn bound_spending(&self) -> bool {
        self.usd_per_day.is_some() || self.usd_per_month.is_some()
    }
}
