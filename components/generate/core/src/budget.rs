//! How many retries a target is worth: a share of its calls, so that retries can't multiply the load of a server that struggles.
//! A token bucket that calls fill, as in Finagle's `RetryBudget` and gRPC's retry throttling.

use crate::config::Retry;

/// Tokens of one target.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Budget {
    tokens: f64,
}

impl Budget {
    /// Full: a system that has just started may retry.
    #[must_use]
    pub fn new(settings: &Retry) -> Self {
        Self { tokens: settings.reserve.into() }
    }

    /// A first attempt was made.
    pub fn deposit(&mut self, settings: &Retry) {
        self.tokens = (self.tokens + f64::from(settings.share)).min(settings.reserve.into());
    }

    /// Takes what one retry costs; `false` if there is not enough, and then nothing is taken.
    #[must_use]
    pub fn withdraw(&mut self) -> bool {
        let enough = self.tokens >= 1.0;
        if enough {
            self.tokens -= 1.0;
        }
        enough
    }
}
