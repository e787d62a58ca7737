//! Errors in Anthropic's shape and with its statuses.

use serde::Serialize;

use crate::error::Response;

/// `{"type": "error", "error": {"type", "message"}, "request_id"}`.
#[derive(Debug, Serialize)]
pub struct Body {
    r#type: &'static str,
    error: Details,
    request_id: String,
}

#[derive(Debug, Serialize)]
struct Details {
    r#type: &'static str,
    message: String,
}

/// Anthropic's status for an error: the same, but for what its clients know by another number.
#[must_use]
pub fn status(error: &Response) -> u16 {
    match error.status {
        503 => 529,
        502 => 500,
        other => other,
    }
}

/// The identity of a request by its trace, as `request_id` and the header `request-id` have it.
#[must_use]
pub fn request_id(trace_id: &str) -> String {
    format!("req_{trace_id}")
}

impl Body {
    /// Describes an error. `trace_id` is the request's.
    #[must_use]
    pub fn new(error: &Response, trace_id: &str) -> Self {
        // There is no place for the field at fault but the message.
        let message = match &error.param {
            Some(param) if !error.message.contains(param.as_str()) => format!("{param}: {}", error.message),
            _ => error.message.clone(),
        };
        let details = Details { r#type: kind(status(error)), message };
        Self { r#type: "error", error: details, request_id: request_id(trace_id) }
    }
}

fn kind(status: u16) -> &'static str {
    match status {
        401 => "authentication_error",
        402 => "billing_error",
        403 => "permission_error",
        404 => "not_found_error",
        413 => "request_too_large",
        429 => "rate_limit_error",
        504 => "timeout_error",
        529 => "overloaded_error",
        500.. => "api_error",
        _ => "invalid_request_error",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Error;

    #[track_caller]
    fn check(error: &Error, expected: u16, kind: &str, message: &str) {
        let response = error.response();
        assert_eq!(status(&response), expected);
        let body = serde_json::to_string(&Body::new(&response, "ab")).unwrap();
        let shape = format!(
            r#"{{"type":"error","error":{{"type":"{kind}","message":"{message}"}},"request_id":"req_ab"}}"#
        );
        assert_eq!(body, shape);
    }

    #[test]
    fn the_cause_picks_the_status_and_the_type() {
        check(&Error::invalid("top_k", "missing"), 400, "invalid_request_error", "top_k: missing");
        let named = Error::invalid("top_k", "`top_k` must be at least 1.");
        check(&named, 400, "invalid_request_error", "`top_k` must be at least 1.");
        check(&Error::WrongKey, 401, "authentication_error", "The API key is not valid.");
        let unknown = Error::NotFound { kind: "file", id: "x".into() };
        check(&unknown, 404, "not_found_error", "There is no file `x`.");
        let busy = Error::Overloaded { message: "Busy.".into(), retry_after: 1 };
        check(&busy, 529, "overloaded_error", "Busy.");
        let failed = Error::GenerationFailed(vec![]);
        check(&failed, 500, "api_error", "No model answered: there is no target.");
        check(&Error::Internal("Oh.".into()), 500, "api_error", "Oh.");
    }
}
