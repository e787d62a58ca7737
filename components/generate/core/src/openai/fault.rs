//! What a server's refusals mean: a status and a body, or an error in the middle of a stream.

use http::StatusCode;
use serde_json::Value;

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
}

/// What a response with a status other than 2xx means. `body` may be cut at [`MAX_REFUSAL_BYTES`].
#[must_use]
pub fn refusal(status: StatusCode, body: &[u8]) -> Fault {
    let (cause, retryable) = meaning(status.as_u16());
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
    Fault { cause, message, retryable }
}

/// What an error event in the middle of a stream means. Its code is often the status that it would have been.
pub(super) fn error_event(data: &[u8]) -> Fault {
    let value: Value = serde_json::from_slice(data).unwrap_or_default();
    let error = value.get("error").filter(|error| error.is_object()).unwrap_or(&value);
    let number = |key| error.get(key).and_then(|code| code.as_u64().or_else(|| code.as_str()?.parse().ok()));
    let named = |key| error.get(key).and_then(Value::as_str).unwrap_or_default();
    let status = ["code", "status"].into_iter().find_map(number).and_then(|code| u16::try_from(code).ok());
    let (cause, retryable) =
        match (status.filter(|code| (400..600).contains(code)), named("type"), named("code")) {
            (Some(status), ..) => meaning(status),
            (_, "rate_limit_error" | "insufficient_quota", _) | (.., "rate_limit_exceeded") => {
                (Cause::RateLimited, true)
            }
            (_, "overloaded_error", _) => (Cause::Overloaded, true),
            (_, "invalid_request_error" | "BadRequestError", _) => (Cause::InvalidRequest, false),
            _ => (Cause::Refused, true),
        };
    Fault { cause, message: format!("the target reports: {}", said(data)), retryable }
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

/// The server's words, from the shapes that servers write them in; otherwise the beginning of the body.
fn said(body: &[u8]) -> String {
    let value: Option<Value> = serde_json::from_slice(body).ok();
    let words = value.as_ref().and_then(|value| {
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
    pub(crate) fn malformed(message: impl Into<String>) -> Self {
        Self { cause: Cause::Malformed, message: message.into(), retryable: true }
    }

    pub(crate) fn interrupted(message: impl Into<String>) -> Self {
        Self { cause: Cause::Interrupted, message: message.into(), retryable: true }
    }

    pub(super) fn unreadable(data: &[u8], error: &serde_json::Error) -> Self {
        Self::malformed(format!("unreadable JSON ({error}): {}", excerpt(&String::from_utf8_lossy(data))))
    }

    pub(super) fn unexpected(data: &[u8]) -> Self {
        Self::malformed(format!("JSON that is no completion: {}", excerpt(&String::from_utf8_lossy(data))))
    }
}
