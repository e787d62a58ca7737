//! What a call says about its target's health, by the cause of its failure.

use std::time::Duration;

use crate::{Cause, Failure, Place};

/// What a call says about its target's health.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It answered, if only to refuse this one request. How long its first token took, where there was one.
    Answered(Option<Duration>),
    /// It was still silent when its caller went elsewhere.
    Slow,
    /// It failed, and other requests would have. When it wants to be asked again, where it said so.
    Fault(Option<Duration>),
    /// It refused our key: every request fails until somebody changes it.
    Unauthorized,
    /// Nothing: the call was given up, or never got to it.
    Nothing,
}

impl Verdict {
    /// The verdict of an attempt that failed. A request that can't be served says that the target is well; an error of the server's
    /// (`refused`, retryable) does not.
    #[must_use]
    pub fn of(failure: &Failure) -> Self {
        if failure.place != Place::Node {
            return Self::Nothing;
        }
        match failure.cause {
            Cause::RateLimited
            | Cause::Overloaded
            | Cause::Unreachable
            | Cause::TimedOut
            | Cause::Interrupted
            | Cause::Malformed => Self::fault(failure),
            Cause::Refused if failure.retryable => Self::fault(failure),
            Cause::Refused | Cause::InvalidRequest | Cause::UnknownModel => Self::Answered(None),
            Cause::Unauthorized => Self::Unauthorized,
            _ => Self::Nothing,
        }
    }

    fn fault(failure: &Failure) -> Self {
        Self::Fault(failure.retry_after_ms.map(|ms| Duration::from_millis(ms.into())))
    }
}
