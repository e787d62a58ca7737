//! Whether a target is asked again after a failure, and when.
//!
//! What a moment may heal is retried where it failed: a lost connection, a server's error. What takes longer is retried only where
//! no other target is left: a server with too much to do is better spared, and a limit that has passed has used up the time.
//! A `Retry-After` is waited for if it's no longer than a retry's own wait, or if there is nothing else to wait for.

use std::time::Duration;

use crate::config::Retry;
use crate::{Cause, Failure, Place};

/// What surrounds a failure.
#[derive(Clone, Copy, Debug)]
pub(super) struct Situation {
    /// Attempts of this request at the target, this one included.
    pub(super) tries: u32,
    /// Whether another target could be asked now.
    pub(super) others: bool,
    pub(super) now: Duration,
    /// The last moment at which a retry may begin.
    pub(super) latest: Duration,
}

/// When to ask the target again; `None`: not at all. `draw` is uniform in 0 to 1.
pub(super) fn at(failure: &Failure, settings: &Retry, situation: Situation, draw: f64) -> Option<Duration> {
    if failure.place != Place::Node || !failure.retryable || situation.tries > settings.attempts {
        return None;
    }
    let longest = Duration::from_millis(settings.max_backoff_ms.into());
    let asked = failure.retry_after_ms.map(|ms| Duration::from_millis(ms.into()));
    let momentary = match failure.cause {
        Cause::Unreachable | Cause::Interrupted | Cause::Malformed | Cause::Refused => true,
        Cause::RateLimited | Cause::Overloaded => asked.is_some_and(|asked| asked <= longest),
        Cause::TimedOut => false,
        _ => return None,
    };
    if situation.others && (!momentary || asked.is_some_and(|asked| asked > longest)) {
        return None;
    }
    let wait = asked.unwrap_or_default().saturating_add(backoff(settings, situation.tries, draw));
    situation.now.checked_add(wait).filter(|at| *at < situation.latest)
}

/// Exponential, with full jitter: uniform from nothing to the whole (Brooker, "Exponential Backoff And Jitter", AWS, 2015).
fn backoff(settings: &Retry, tries: u32, draw: f64) -> Duration {
    let doublings = tries.saturating_sub(1).min(20);
    let ms = (u64::from(settings.backoff_ms) << doublings).min(settings.max_backoff_ms.into());
    Duration::from_millis(ms).mul_f64(draw.clamp(0.0, 1.0))
}
