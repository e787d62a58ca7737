//! Responses that the host gives itself, in the shape that OpenAI's clients read.

use http::header::{CONNECTION, CONTENT_TYPE, RETRY_AFTER};
use http::{HeaderValue, Response, StatusCode};
use http_body_util::{BodyExt, Full};
use wasmtime_wasi_http::WasiBody;

/// Seconds after which an overloaded host is worth another try: most answers take about that long.
const RETRY_SECONDS: u32 = 1;

/// Why the host itself answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Refusal {
    /// As many requests as the host takes are in progress.
    Overloaded,
    /// The body is beyond what any route takes, in bytes.
    TooLarge(u64),
    /// The guest had no response within its time.
    TimedOut,
    /// The guest trapped.
    Internal,
}

// === impl Refusal ===

impl Refusal {
    pub(super) fn into_response(self) -> Response<WasiBody> {
        let (status, kind, code, message) = match self {
            Self::Overloaded => (
                StatusCode::SERVICE_UNAVAILABLE,
                "server_error",
                "overloaded",
                "too many requests are in progress; retry shortly".to_owned(),
            ),
            Self::TooLarge(cap) => (
                StatusCode::PAYLOAD_TOO_LARGE,
                "invalid_request_error",
                "body_too_large",
                format!(
                    "the request body is larger than {cap} bytes, the most that any request may have; \
                     limits.body_bytes and limits.file_bytes in gusset.toml bound it"
                ),
            ),
            Self::TimedOut => (
                StatusCode::GATEWAY_TIMEOUT,
                "server_error",
                "timeout",
                "the request took longer than the server allows".to_owned(),
            ),
            Self::Internal => (
                StatusCode::INTERNAL_SERVER_ERROR,
                "server_error",
                "internal_error",
                "the request failed inside the server, which has logged why".to_owned(),
            ),
        };
        let error =
            serde_json::json!({"error": {"message": message, "type": kind, "param": null, "code": code}});
        let body = Full::from(error.to_string()).map_err(|never| match never {}).boxed_unsync();
        let mut response = Response::new(body);
        *response.status_mut() = status;
        response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        match self {
            Self::Overloaded => {
                response.headers_mut().insert(RETRY_AFTER, HeaderValue::from(RETRY_SECONDS));
            }
            // The rest of the body is not worth the wait.
            Self::TooLarge(_) => {
                response.headers_mut().insert(CONNECTION, HeaderValue::from_static("close"));
            }
            Self::TimedOut | Self::Internal => {}
        }
        response
    }
}
