//! The one place that picks an HTTP status, and OpenAI's words for it.

use serde::Serialize;

use super::Error;
use crate::answer::{Cause, Failure};
use crate::budget::Measure;

/// How an error looks from outside.
#[derive(Clone, Debug, PartialEq)]
pub struct Response {
    /// HTTP status.
    pub status: u16,
    /// OpenAI's `type`: whose fault it is.
    pub kind: &'static str,
    /// OpenAI's `code`, for programs.
    pub code: &'static str,
    /// OpenAI's `param`: the field at fault.
    pub param: Option<String>,
    /// For people.
    pub message: String,
    /// A header that belongs to the status.
    pub header: Option<(&'static str, String)>,
}

const INVALID_REQUEST: &str = "invalid_request_error";
const SERVER: &str = "server_error";

impl Error {
    /// The status, by cause. 4xx: the request must change; 503 and 504: the same request may succeed later.
    #[must_use]
    pub fn response(&self) -> Response {
        let (status, kind, code) = match self {
            Self::InvalidJson { .. } => (400, INVALID_REQUEST, "invalid_json"),
            Self::InvalidField { .. } | Self::InvalidRequest(_) => (400, INVALID_REQUEST, "invalid_value"),
            Self::Unsupported { .. } => (400, INVALID_REQUEST, "unsupported_parameter"),
            Self::EmptyInput { .. } => (400, INVALID_REQUEST, "empty_input"),
            Self::EmptyFile { .. } => (400, INVALID_REQUEST, "empty_file"),
            Self::InvalidUtf8 { .. } => (400, INVALID_REQUEST, "invalid_utf8"),
            Self::InvalidMultipart(_) => (400, INVALID_REQUEST, "invalid_multipart"),
            Self::BodyInterrupted(_) => (400, INVALID_REQUEST, "body_interrupted"),
            Self::ContextExceeded { .. } => (400, INVALID_REQUEST, "context_length_exceeded"),
            Self::MissingKey | Self::WrongKey => (401, INVALID_REQUEST, "invalid_api_key"),
            Self::ExpiredKey { .. } => (401, INVALID_REQUEST, "expired_api_key"),
            Self::Forbidden { .. } | Self::NoAdmin(_) => (403, INVALID_REQUEST, "insufficient_permissions"),
            Self::NotAllowed(_) => (403, INVALID_REQUEST, "not_allowed"),
            Self::NotCached => (504, INVALID_REQUEST, "not_cached"),
            Self::Unpriced { .. } => (403, INVALID_REQUEST, "unknown_price"),
            Self::BudgetExceeded(exceeded) => match exceeded.measure {
                Measure::RequestsPerMinute => (429, "requests", "rate_limit_exceeded"),
                Measure::TokensPerMinute => (429, "tokens", "rate_limit_exceeded"),
                Measure::UsdPerDay | Measure::UsdPerMonth => {
                    (429, "insufficient_quota", "insufficient_quota")
                }
            },
            Self::UnknownRoute { .. } => (404, INVALID_REQUEST, "unknown_url"),
            Self::NotFound { .. } => (404, INVALID_REQUEST, "not_found"),
            Self::UnknownModel { .. } => (404, INVALID_REQUEST, "model_not_found"),
            Self::MethodNotAllowed { .. } => (405, INVALID_REQUEST, "method_not_allowed"),
            Self::AlreadyExists(_) => (409, INVALID_REQUEST, "already_exists"),
            Self::ModelMismatch(_) => (409, INVALID_REQUEST, "model_mismatch"),
            Self::BodyTooLarge { .. } => (413, INVALID_REQUEST, "body_too_large"),
            Self::UnsupportedMediaType { .. } => (415, INVALID_REQUEST, "unsupported_media_type"),
            Self::Configuration { .. } => (500, SERVER, "invalid_configuration"),
            Self::Store(_) => (500, SERVER, "store_failed"),
            Self::Retrieval(_) => (500, SERVER, "retrieval_failed"),
            Self::Internal(_) => (500, SERVER, "internal_error"),
            Self::GenerationFailed(failures) if is_refused(failures) => {
                (400, INVALID_REQUEST, "invalid_request")
            }
            Self::GenerationFailed(failures) if failures.iter().any(|f| f.cause.is_overload()) => {
                (503, SERVER, "overloaded")
            }
            Self::GenerationFailed(failures)
                if failures.last().is_some_and(|f| f.cause == Cause::TimedOut) =>
            {
                (504, SERVER, "upstream_timeout")
            }
            Self::GenerationFailed(_) => (502, SERVER, "upstream_failed"),
            Self::Interrupted(_) => (502, SERVER, "interrupted"),
            Self::Overloaded { .. } => (503, SERVER, "overloaded"),
        };
        Response { status, kind, code, param: self.param(), message: self.to_string(), header: self.header() }
    }

    fn param(&self) -> Option<String> {
        match self {
            Self::InvalidField { param, .. }
            | Self::Unsupported { param, .. }
            | Self::EmptyInput { param, .. } => Some(param.clone()),
            Self::EmptyFile { .. } | Self::InvalidUtf8 { .. } => Some("file".to_owned()),
            Self::UnknownModel { .. } | Self::Unpriced { .. } => Some("model".to_owned()),
            Self::AlreadyExists(_) => Some("name".to_owned()),
            Self::ContextExceeded { .. } => Some("messages".to_owned()),
            _ => None,
        }
    }

    fn header(&self) -> Option<(&'static str, String)> {
        match self {
            Self::MethodNotAllowed { allow, .. } => Some(("allow", allow.clone())),
            Self::MissingKey | Self::WrongKey | Self::ExpiredKey { .. } => {
                Some(("www-authenticate", "Bearer".to_owned()))
            }
            Self::BudgetExceeded(exceeded) => Some(("retry-after", exceeded.retry_after.to_string())),
            Self::Overloaded { retry_after, .. } => Some(("retry-after", retry_after.to_string())),
            Self::GenerationFailed(failures) if failures.iter().any(|f| f.cause.is_overload()) => {
                // As soon as the first of them wants to be asked again; a second where none says.
                let soonest = failures.iter().filter_map(|f| f.retry_after_ms).min().unwrap_or(1000);
                Some(("retry-after", soonest.div_ceil(1000).max(1).to_string()))
            }
            _ => None,
        }
    }
}

/// Whether every target says that the request itself is at fault.
fn is_refused(failures: &[Failure]) -> bool {
    !failures.is_empty()
        && failures.iter().all(|f| matches!(f.cause, Cause::InvalidRequest | Cause::Unsupported))
}

/// OpenAI's error object.
#[derive(Debug, Serialize)]
pub struct Body<'a> {
    error: Details<'a>,
}

#[derive(Debug, Serialize)]
struct Details<'a> {
    message: &'a str,
    r#type: &'a str,
    param: Option<&'a str>,
    code: &'a str,
}

impl Response {
    /// `{"error": {"message", "type", "param", "code"}}`.
    #[must_use]
    pub fn body(&self) -> Body<'_> {
        let Self { message, kind, param, code, .. } = self;
        Body { error: Details { message, r#type: kind, param: param.as_deref(), code } }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::answer::Place;

    #[track_caller]
    fn check(error: &Error, status: u16, code: &str, param: Option<&str>, message: &str) {
        let response = error.response();
        assert_eq!((response.status, response.code, response.param.as_deref()), (status, code, param));
        assert!(response.message.contains(message), "{}", response.message);
        let body = serde_json::to_value(response.body()).unwrap();
        assert_eq!(body["error"]["message"], response.message);
        assert_eq!(body["error"]["code"], code);
        assert_eq!(body["error"]["type"], if status < 500 { INVALID_REQUEST } else { SERVER });
    }

    fn failure(cause: Cause) -> Failure {
        Failure {
            target: "http://127.0.0.1:9000/v1".into(),
            place: Place::Node,
            cause,
            message: "said nothing".into(),
            retryable: true,
            retry_after_ms: None,
            elapsed_ms: 7,
        }
    }

    #[test]
    fn the_cause_picks_the_status() {
        let json = Error::InvalidJson { problem: "expected value".into(), line: 2, column: 5 };
        check(&json, 400, "invalid_json", None, "line 2, column 5");
        check(&Error::invalid("top_p", "too high"), 400, "invalid_value", Some("top_p"), "too high");
        check(&Error::unsupported("tools", "no"), 400, "unsupported_parameter", Some("tools"), "`tools`");
        let utf8 = Error::InvalidUtf8 { filename: "a.md".into(), offset: 17 };
        check(&utf8, 400, "invalid_utf8", Some("file"), "offset 17");
        let large = Error::BodyTooLarge { limit: 2_097_152, setting: "body_limit_bytes" };
        check(&large, 413, "body_too_large", None, "2097152 bytes");
        let model = Error::UnknownModel { model: "gpt".into(), known: vec!["docs".into()] };
        check(&model, 404, "model_not_found", Some("model"), "There are: docs.");
        check(&Error::ModelMismatch("aa is not bb".into()), 409, "model_mismatch", None, "aa is not bb");
        check(&Error::Store("disk full".into()), 500, "store_failed", None, "disk full");
        check(&Error::Interrupted(failure(Cause::Interrupted)), 502, "interrupted", None, "said nothing");
    }

    #[test]
    fn failures_of_targets_say_whether_to_come_back() {
        let check = |causes: &[Cause], status: u16, header: Option<&str>| {
            let error = Error::GenerationFailed(causes.iter().map(|c| failure(*c)).collect());
            let response = error.response();
            assert_eq!((response.status, response.header.map(|h| h.0)), (status, header), "{causes:?}");
        };
        check(&[], 502, None);
        check(&[Cause::Unreachable], 502, None);
        check(&[Cause::Unreachable, Cause::TimedOut], 504, None);
        check(&[Cause::Overloaded, Cause::Unreachable], 503, Some("retry-after"));
        check(&[Cause::RateLimited], 503, Some("retry-after"));
        check(&[Cause::CircuitOpen, Cause::CircuitOpen], 503, Some("retry-after"));
        check(&[Cause::InvalidRequest, Cause::InvalidRequest], 400, None);
        check(&[Cause::InvalidRequest, Cause::Unreachable], 502, None);
    }

    #[test]
    fn a_target_that_says_when_to_come_back_is_heard() {
        let later = |ms| Failure { retry_after_ms: Some(ms), ..failure(Cause::RateLimited) };
        let error = Error::GenerationFailed(vec![later(9000), later(2001), failure(Cause::Overloaded)]);
        assert_eq!(error.response().header, Some(("retry-after", "3".to_owned())));
    }

    #[test]
    fn statuses_bring_their_headers() {
        let check = |error: Error, name: &str, value: &str| {
            assert_eq!(error.response().header, Some((name_of(name), value.to_owned())));
        };
        fn name_of(name: &str) -> &'static str {
            ["allow", "www-authenticate", "retry-after"].into_iter().find(|n| *n == name).unwrap()
        }
        check(
            Error::MethodNotAllowed { method: "PUT".into(), allow: "GET, POST".into() },
            "allow",
            "GET, POST",
        );
        check(Error::MissingKey, "www-authenticate", "Bearer");
        check(Error::Overloaded { message: "busy".into(), retry_after: 3 }, "retry-after", "3");
    }

    #[test]
    fn many_names_are_cut_short() {
        let known = (0..50).map(|n| format!("m{n}")).collect();
        let message = Error::UnknownModel { model: "x".into(), known }.to_string();
        assert!(message.ends_with("m19 and 30 more."), "{message}");
    }
}
