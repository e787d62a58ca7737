//! How a route's semantic lookups ended. For people; nothing is decided by it.

use serde::{Deserialize, Serialize};

/// Counts of a route.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Tally {
    /// Lookups that came to an end: with an answer, or with one that was kept or refused.
    pub(crate) lookups: u64,
    pub(crate) served: u64,
    /// A question was near enough by the prior, and not served.
    pub(crate) withheld: u64,
    /// Sum of the chances to be wrong of those that were served.
    pub(crate) expected_wrong: f64,
}

/// What is known of the semantic hits of a route.
#[derive(Clone, Debug, PartialEq)]
pub struct Statistics {
    /// Lookups with a question that could match.
    pub lookups: u64,
    /// Of those, semantic hits.
    pub served: u64,
    /// Of those, the prior would have served and the route's own record did not, or they were chosen to be verified.
    pub withheld: u64,
    /// Would-be hits compared with a fresh answer.
    pub verified: u64,
    /// Of those, wrong.
    pub wrong: u64,
    /// Their share; `None` before the first.
    pub observed_wrong_share: Option<f64>,
    /// [`crate::upper`] of them.
    pub wrong_share_bound: f64,
    /// Confidence of the bound.
    pub confidence: f64,
    /// Mean chance to be wrong of the hits that were served, by the model.
    pub expected_wrong_share: f64,
    /// Pairs compared that were not would-be hits.
    pub compared: u64,
    /// Neighbourhoods with a threshold of their own.
    pub neighbourhoods: u32,
    /// Why nothing is served, if so.
    pub suspended: Option<String>,
}
