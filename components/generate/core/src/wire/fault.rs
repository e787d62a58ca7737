//! What a server's refusals mean: a status and a body, or an error in the middle of a stream.

use http::{HeaderMap, StatusCode};
use serde_json::Value;

use super::retry;
use crate::Cause;

/// Bytes of a refusal's body that are worth reading.
pub const MAX_REFUSAL_BYTES: usize = 16 << 10;

/// Characters of a server's message that are passed on.
const MAX_MESSAGE_CHARS: usize = 300;

/// Why a response is no completion.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// Why.
    pub cause: Cause,
    /// For people, the server's own message in it.
    pub message: String,
    /// Whether the same request may succeed later or elsewhere.
    pub retryable: bool,
    /// When the server wants to be asked again, where it says so.
    pub retry_after_ms: Option<u32>,
}

/// What a response with a status other than 2xx means. `body` may be cut at [`MAX_REFUSAL_BYTES`].
#[must_use]
pub fn refusal(status: StatusCode, headers: &HeaderMap, body: &[u8]) -> Fault {
    let error = ErrorBody::read(body);
    let (cause, retryable) = match error.named() {
        // A name says more than these, under which servers put what they have no status for.
        Some(named) if matches!(status.as_u16(), 400 | 403 | 429 | 500) => named,
        _ => meaning(status.as_u16()),
    };
    let said = said(body);
    let status = status.as_u16();
    let message = match cause {
        _ if !said.is_empty() => format!("HTTP {status}: {said}"),
        Cause::Unauthorized => format!("HTTP {status}: the target wants another `api_key`"),
        Cause::UnknownModel => {
            format!("HTTP {status}: the model or the path is unknown; is the URL's version part right?")
        }
        _ => format!("HTTP {status} without a message"),
    };
    let retry_after_ms = retry::from_headers(headers, cause).or_else(|| error.retry_after_ms());
    Fault { cause, message, retryable, retry_after_ms }
}

/// Retryable: later at the same target. What is not may still be accepted by another, so a chain goes on either way.
fn meaning(status: u16) -> (Cause, bool) {
    match status {
        400 | 413 | 415 | 422 => (Cause::InvalidRequest, false),
        401 | 403 => (Cause::Unauthorized, false),
        404 => (Cause::UnknownModel, false),
        408 | 504 => (Cause::TimedOut, true),
        429 => (Cause::RateLimited, true),
        502 => (Cause::Unreachable, true),
        503 | 529 => (Cause::Overloaded, true),
        500.. => (Cause::Refused, true),
        _ => (Cause::Refused, false),
    }
}

/// What the providers' names for errors mean, as their API references list them.
fn meaning_of(name: &str) -> Option<(Cause, bool)> {
    Some(match name {
        // OpenAI; what is used up does not come back by waiting.
        "insufficient_quota" | "billing_hard_limit_reached" => (Cause::RateLimited, false),
        "rate_limit_exceeded" | "requests" | "tokens" => (Cause::RateLimited, true),
        "invalid_api_key" => (Cause::Unauthorized, false),
        "model_not_found" => (Cause::UnknownModel, false),
        "server_error" => (Cause::Refused, true),
        "server_is_overloaded" | "slow_down" => (Cause::Overloaded, true),
        "BadRequestError" | "context_length_exceeded" | "invalid_prompt" => (Cause::InvalidRequest, false),
        // Anthropic, some of them OpenAI too.
        "invalid_request_error" | "request_too_large" => (Cause::InvalidRequest, false),
        "authentication_error" | "permission_error" => (Cause::Unauthorized, false),
        "billing_error" => (Cause::Refused, false),
        "not_found_error" => (Cause::UnknownModel, false),
        "rate_limit_error" => (Cause::RateLimited, true),
        "timeout_error" => (Cause::TimedOut, true),
        "overloaded_error" => (Cause::Overloaded, true),
        "api_error" => (Cause::Refused, true),
        // Google.
        "API_KEY_INVALID" | "UNAUTHENTICATED" | "PERMISSION_DENIED" => (Cause::Unauthorized, false),
        "INVALID_ARGUMENT" | "FAILED_PRECONDITION" | "OUT_OF_RANGE" => (Cause::InvalidRequest, false),
        "NOT_FOUND" => (Cause::UnknownModel, false),
        "RESOURCE_EXHAUSTED" => (Cause::RateLimited, true),
        "UNAVAILABLE" => (Cause::Overloaded, true),
        "DEADLINE_EXCEEDED" => (Cause::TimedOut, true),
        "INTERNAL" => (Cause::Refused, true),
        _ => return None,
    })
}

/// What is said of an error, in whichever of the shapes: `{"error": {…}}`, Google's list of one, or the error itself.
struct ErrorBody(Value);

impl ErrorBody {
    fn read(body: &[u8]) -> Self {
        let value: Value = serde_json::from_slice(body).unwrap_or_default();
        let value = value.get(0).unwrap_or(&value);
        let value = value.get("response").filter(|response| response.is_object()).unwrap_or(value);
        Self(value.get("error").filter(|error| error.is_object()).unwrap_or(value).clone())
    }

    /// The most telling of its names.
    fn named(&self) -> Option<(Cause, bool)> {
        let reasons = self.details().filter_map(|detail| detail.get("reason"));
        let names = ["code", "type", "status"].into_iter().filter_map(|key| self.0.get(key));
        reasons.chain(names).filter_map(Value::as_str).find_map(meaning_of)
    }

    /// The status that it would have been.
    fn status(&self) -> Option<u16> {
        let number =
            |key| self.0.get(key).and_then(|code| code.as_u64().or_else(|| code.as_str()?.parse().ok()));
        let status = ["code", "status"].into_iter().find_map(number)?;
        u16::try_from(status).ok().filter(|code| (400..600).contains(code))
    }

    /// Google's `RetryInfo`.
    fn retry_after_ms(&self) -> Option<u32> {
        let delay = self.details().find_map(|detail| detail.get("retryDelay"));
        delay.and_then(Value::as_str).and_then(retry::duration_ms)
    }

    fn details(&self) -> impl Iterator<Item = &Value> {
        self.0.get("details").and_then(Value::as_array).into_iter().flatten()
    }
}

/// The server's words, from the shapes that servers write them in; otherwise the beginning of the body.
fn said(body: &[u8]) -> String {
    let value: Option<Value> = serde_json::from_slice(body).ok();
    let words = value.as_ref().and_then(|value| {
        let value = value.get(0).unwrap_or(value);
        let value = value.get("response").filter(|response| response.is_object()).unwrap_or(value);
        let error = value.get("error");
        let places = [
            error.and_then(|error| error.get("message")),
            error,
            value.get("message"),
            value.get("detail").and_then(|detail| detail.get(0)?.get("msg")),
            value.get("detail"),
        ];
        places.into_iter().flatten().find_map(Value::as_str)
    });
    match words {
        Some(words) => excerpt(words),
        None => excerpt(&String::from_utf8_lossy(body.get(..MAX_REFUSAL_BYTES).unwrap_or(body))),
    }
}

/// A line of bounded length without control characters.
fn excerpt(text: &str) -> String {
    let mut line: String = text.split_whitespace().collect::<Vec<_>>().join(" ");
    line.retain(|c| !c.is_control());
    if let Some((end, _)) = line.char_indices().nth(MAX_MESSAGE_CHARS) {
        line.truncate(end);
        line.push('…');
    }
    line
}

impl Fault {
    /// What an error event in the middle of a stream means. Its code is often the status that it would have been.
    pub(crate) fn event(data: &[u8]) -> Self {
        let error = ErrorBody::read(data);
        let by_status = || error.status().map(meaning);
        let (cause, retryable) = error.named().or_else(by_status).unwrap_or((Cause::Refused, true));
        let message = format!("the target reports: {}", said(data));
        Self { cause, message, retryable, retry_after_ms: error.retry_after_ms() }
    }

    pub(crate) fn malformed(message: impl Into<String>) -> Self {
        Self { cause: Cause::Malformed, message: message.into(), retryable: true, retry_after_ms: None }
    }

    pub(crate) fn interrupted(message: impl Into<String>) -> Self {
        Self { cause: Cause::Interrupted, message: message.into(), retryable: true, retry_after_ms: None }
    }

    pub(crate) fn unreadable(data: &[u8], error: &serde_json::Error) -> Self {
        Self::malformed(format!("unreadable JSON ({error}): {}", excerpt(&String::from_utf8_lossy(data))))
    }

    pub(crate) fn unexpected(data: &[u8]) -> Self {
        Self::malformed(format!("JSON that is no completion: {}", excerpt(&String::from_utf8_lossy(data))))
    }
}
