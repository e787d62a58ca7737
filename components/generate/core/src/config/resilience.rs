//! When a node is left alone, and how often it is asked again: its circuit breaker's settings and its retries', with the
//! reason of each default.

use std::time::Duration;

use serde::{Deserialize, Serialize};

/// When the circuit breaker of a node opens, and for how long. On by default, for an only node too: its outage then costs a caller
/// milliseconds and not a timeout.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Breaker {
    /// `false`: the node is asked whatever happened before.
    pub enabled: bool,
    /// How far back calls count, in milliseconds.
    pub window_ms: u32,
    /// Calls in the window before a share of them says anything.
    pub calls: u32,
    /// Opens at this share of failed calls, above 0 and at most 1.
    pub errors: f32,
    /// Opens at this share of slow calls, above 0 and at most 1.
    pub slow: f32,
    /// A call is slow whose first token takes longer than this; `None`: half of the node's `first_token_ms`.
    pub slow_ms: Option<u32>,
    /// Opens after this many failures in a row.
    pub failures: u32,
    /// The first opening's time. Each probe that fails doubles it.
    pub open_ms: u32,
    /// The longest opening's time, but for what the node itself asks for with `Retry-After`.
    pub max_open_ms: u32,
    /// The opening's time after a refused key, which only an operator can heal.
    pub unauthorized_ms: u32,
}

/// How often a node is asked again by one request, and by all together.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Retry {
    /// Further attempts of one request at this node. 0: none.
    pub attempts: u32,
    /// Retries and hedges that each call earns, 0 to 1: how much they may add to the node's load in the long run.
    pub share: f32,
    /// Retries and hedges that may be saved up; the node starts with so many.
    pub reserve: u32,
    /// The first retry waits a random time up to this; each further one up to twice as long.
    pub backoff_ms: u32,
    /// No retry waits longer, but where the node asks for it and no other node is left.
    pub max_backoff_ms: u32,
}

impl Default for Breaker {
    /// Half of ten calls in thirty seconds, or five in a row: what no healthy server does, and soon found in traffic of any size.
    /// Eight of ten slow ones: a share of slow calls is normal under load, all of them are not. Five seconds open: a server's
    /// restart is found soon after, and the probe costs one caller of a busy system's hundreds. A minute at the longest. A refused
    /// key: a minute, in which somebody may have put in another.
    fn default() -> Self {
        Self {
            enabled: true,
            window_ms: 30_000,
            calls: 10,
            errors: 0.5,
            slow: 0.8,
            slow_ms: None,
            failures: 5,
            open_ms: 5_000,
            max_open_ms: 60_000,
            unauthorized_ms: 60_000,
        }
    }
}

impl Default for Retry {
    /// Two retries heal a lost connection or a server that restarts a worker; a fifth more load is what a struggling server can
    /// bear, and ten in reserve let a quiet system retry at all. The waits are short of a first token's usual time.
    fn default() -> Self {
        Self { attempts: 2, share: 0.2, reserve: 10, backoff_ms: 100, max_backoff_ms: 1_000 }
    }
}

/// A field, its problem, the remedy.
pub(super) type Problem = (&'static str, String, &'static str);

impl Breaker {
    /// How long a call's first token may take before the call is slow.
    #[must_use]
    pub fn slow_after(&self, first_token_ms: u32) -> Duration {
        Duration::from_millis(self.slow_ms.unwrap_or(first_token_ms.div_ceil(2)).into())
    }

    pub(super) fn check(&self, first_token_ms: u32) -> Result<(), Problem> {
        for (field, value) in [("breaker.errors", self.errors), ("breaker.slow", self.slow)] {
            if !(value > 0.0 && value <= 1.0) {
                let problem = format!("is {value}, and a share is above 0 and at most 1");
                return Err((field, problem, "write 0.5 for half of the calls"));
            }
        }
        let least = [
            ("breaker.window_ms", self.window_ms),
            ("breaker.calls", self.calls),
            ("breaker.failures", self.failures),
            ("breaker.open_ms", self.open_ms),
            ("breaker.unauthorized_ms", self.unauthorized_ms),
        ];
        if let Some((field, _)) = least.into_iter().find(|(_, value)| *value == 0) {
            let remedy = "write at least 1, or `enabled = false` for no breaker";
            return Err((field, "is 0".to_owned(), remedy));
        }
        if self.max_open_ms < self.open_ms {
            let problem = format!("is below `open_ms` ({} < {})", self.max_open_ms, self.open_ms);
            return Err(("breaker.max_open_ms", problem, "raise it or lower `open_ms`"));
        }
        if self.slow_ms.is_some_and(|slow| slow >= first_token_ms) {
            let problem =
                format!("is not below `first_token_ms` ({first_token_ms}), where a call has failed");
            return Err(("breaker.slow_ms", problem, "lower it, or leave it out for half of that limit"));
        }
        Ok(())
    }
}

impl Retry {
    pub(super) fn check(&self) -> Result<(), Problem> {
        if !(0.0..=1.0).contains(&self.share) {
            let problem = format!("is {}, and a share is 0 to 1", self.share);
            return Err(("retry.share", problem, "write 0.2 for a fifth of the calls"));
        }
        if self.attempts > MAX_ATTEMPTS {
            let problem = format!("is {}, which only adds to an outage", self.attempts);
            return Err(("retry.attempts", problem, "write at most 10"));
        }
        if self.max_backoff_ms < self.backoff_ms {
            let problem = format!("is below `backoff_ms` ({} < {})", self.max_backoff_ms, self.backoff_ms);
            return Err(("retry.max_backoff_ms", problem, "raise it or lower `backoff_ms`"));
        }
        Ok(())
    }
}

/// With the default waits ten retries are some eight seconds: whoever waits longer needs another node, not another try.
const MAX_ATTEMPTS: u32 = 10;
