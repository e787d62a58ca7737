//! One attempt that failed: where, why, and whether a retry can help.

use std::fmt;

/// One attempt that failed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    /// Target as configured. Empty where the request got to none.
    pub target: String,
    /// Where it arose.
    pub place: Place,
    /// Why.
    pub cause: Cause,
    /// For people; not to be parsed. At most a few hundred characters, never a credential.
    pub message: String,
    /// Whether the same request may succeed later or elsewhere.
    pub retryable: bool,
    /// When the target wants to be asked again, where it said so.
    pub retry_after_ms: Option<u32>,
    /// From the start of the attempt to the failure.
    pub elapsed_ms: u32,
}

/// Where a failure arose.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Place {
    /// In the request.
    Client,
    /// In Gusset.
    Edge,
    /// At the target or on the way to it.
    Node,
}

/// Why an attempt failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Cause {
    /// The request can't be carried out as it stands.
    InvalidRequest,
    /// The target doesn't serve the model.
    UnknownModel,
    /// The target refused Gusset's credentials.
    Unauthorized,
    /// The target wants fewer requests.
    RateLimited,
    /// The target has no capacity now.
    Overloaded,
    /// No connection.
    Unreachable,
    /// A limit on connecting, on the first token, between tokens or in all.
    TimedOut,
    /// The stream ended before its end was said.
    Interrupted,
    /// The target's answer is not what its protocol allows.
    Malformed,
    /// Any other refusal by the target.
    Refused,
    /// The target's circuit breaker is open: it was not asked.
    CircuitOpen,
    /// The target can't do what the request asks, so it was not asked.
    Unsupported,
    /// A fault of Gusset's.
    Internal,
}

impl Failure {
    /// A failure of the request itself: no target was asked, and none needs to be.
    #[must_use]
    pub fn invalid_request(message: impl Into<String>) -> Self {
        Self {
            target: String::new(),
            place: Place::Client,
            cause: Cause::InvalidRequest,
            message: message.into(),
            retryable: false,
            retry_after_ms: None,
            elapsed_ms: 0,
        }
    }

    /// The target can't do what the request asks, and was not asked. Another may.
    #[must_use]
    pub fn unsupported(target: impl Into<String>, message: impl Into<String>) -> Self {
        let cause = Cause::Unsupported;
        Self { cause, ..Self::internal(target, message) }
    }

    /// A fault of Gusset's own: `message` says what its operator has to do.
    #[must_use]
    pub fn internal(target: impl Into<String>, message: impl Into<String>) -> Self {
        Self {
            target: target.into(),
            place: Place::Edge,
            cause: Cause::Internal,
            message: message.into(),
            retryable: false,
            retry_after_ms: None,
            elapsed_ms: 0,
        }
    }
}

impl Cause {
    /// Name as in the WIT contract.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::InvalidRequest => "invalid-request",
            Self::UnknownModel => "unknown-model",
            Self::Unauthorized => "unauthorized",
            Self::RateLimited => "rate-limited",
            Self::Overloaded => "overloaded",
            Self::Unreachable => "unreachable",
            Self::TimedOut => "timed-out",
            Self::Interrupted => "interrupted",
            Self::Malformed => "malformed",
            Self::Refused => "refused",
            Self::CircuitOpen => "circuit-open",
            Self::Unsupported => "unsupported",
            Self::Internal => "internal",
        }
    }
}

impl fmt::Display for Cause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.target.is_empty() {
            write!(f, "{}: {}", self.cause, self.message)
        } else {
            write!(f, "{} ({}): {}", self.target, self.cause, self.message)
        }
    }
}
