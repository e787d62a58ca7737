//! What providers say when they don't answer, and when they want to be asked again.

#![cfg_attr(test, expect(clippy::unwrap_used, reason = "a header that isn't one is a fault of its case"))]

use gusset_generate::Cause;
use gusset_generate::wire::refusal;
use http::{HeaderMap, HeaderName, StatusCode};

fn headers(pairs: &[(&str, &str)]) -> HeaderMap {
    pairs.iter().map(|(name, value)| (name.parse::<HeaderName>().unwrap(), value.parse().unwrap())).collect()
}

#[test]
fn errors_of_every_provider_have_a_cause() {
    for (status, body, cause, retryable, words) in [
        // OpenAI.
        (
            429,
            r#"{"error":{"message":"Rate limit reached for gpt-4o","type":"tokens","param":null,"code":"rate_limit_exceeded"}}"#,
            Cause::RateLimited,
            true,
            "Rate limit reached",
        ),
        (
            429,
            r#"{"error":{"message":"You exceeded your current quota","type":"insufficient_quota","param":null,"code":"insufficient_quota"}}"#,
            Cause::RateLimited,
            false,
            "quota",
        ),
        (
            401,
            r#"{"error":{"message":"Incorrect API key provided","type":"invalid_request_error","param":null,"code":"invalid_api_key"}}"#,
            Cause::Unauthorized,
            false,
            "Incorrect",
        ),
        (
            404,
            r#"{"error":{"message":"The model `x` does not exist","type":"invalid_request_error","param":null,"code":"model_not_found"}}"#,
            Cause::UnknownModel,
            false,
            "does not exist",
        ),
        (
            400,
            r#"{"error":{"message":"maximum context length is 8192 tokens","type":"invalid_request_error","param":"messages","code":"context_length_exceeded"}}"#,
            Cause::InvalidRequest,
            false,
            "8192",
        ),
        // Anthropic.
        (
            400,
            r#"{"type":"error","error":{"type":"invalid_request_error","message":"prompt is too long"},"request_id":"req_1"}"#,
            Cause::InvalidRequest,
            false,
            "too long",
        ),
        (
            401,
            r#"{"type":"error","error":{"type":"authentication_error","message":"invalid x-api-key"}}"#,
            Cause::Unauthorized,
            false,
            "x-api-key",
        ),
        (
            413,
            r#"{"type":"error","error":{"type":"request_too_large","message":"Request exceeds the maximum size"}}"#,
            Cause::InvalidRequest,
            false,
            "maximum",
        ),
        (
            429,
            r#"{"type":"error","error":{"type":"rate_limit_error","message":"Number of requests has exceeded"}}"#,
            Cause::RateLimited,
            true,
            "exceeded",
        ),
        (
            500,
            r#"{"type":"error","error":{"type":"api_error","message":"Internal server error"}}"#,
            Cause::Refused,
            true,
            "Internal",
        ),
        (
            529,
            r#"{"type":"error","error":{"type":"overloaded_error","message":"Overloaded"}}"#,
            Cause::Overloaded,
            true,
            "HTTP 529: Overloaded",
        ),
        // Google.
        (
            400,
            r#"[{"error":{"code":400,"message":"API key not valid. Please pass a valid API key.","status":"INVALID_ARGUMENT","details":[{"@type":"type.googleapis.com/google.rpc.ErrorInfo","reason":"API_KEY_INVALID","domain":"googleapis.com"}]}}]"#,
            Cause::Unauthorized,
            false,
            "API key not valid",
        ),
        (
            400,
            r#"{"error":{"code":400,"message":"Invalid JSON payload","status":"INVALID_ARGUMENT"}}"#,
            Cause::InvalidRequest,
            false,
            "payload",
        ),
        (
            403,
            r#"{"error":{"code":403,"message":"Method doesn't allow","status":"PERMISSION_DENIED"}}"#,
            Cause::Unauthorized,
            false,
            "allow",
        ),
        (
            404,
            r#"{"error":{"code":404,"message":"models/x is not found","status":"NOT_FOUND"}}"#,
            Cause::UnknownModel,
            false,
            "not found",
        ),
        (
            503,
            r#"{"error":{"code":503,"message":"The model is overloaded.","status":"UNAVAILABLE"}}"#,
            Cause::Overloaded,
            true,
            "overloaded",
        ),
        (
            504,
            r#"{"error":{"code":504,"message":"Deadline expired","status":"DEADLINE_EXCEEDED"}}"#,
            Cause::TimedOut,
            true,
            "Deadline",
        ),
    ] {
        let fault = refusal(StatusCode::from_u16(status).unwrap(), &HeaderMap::new(), body.as_bytes());
        assert_eq!((fault.cause, fault.retryable), (cause, retryable), "{body}");
        assert!(fault.message.contains(words), "{}", fault.message);
        assert_eq!(fault.retry_after_ms, None);
    }
}

#[test]
fn a_server_says_when_to_ask_again() {
    let date = ("date", "Tue, 29 Feb 2028 23:59:30 GMT");
    for (status, pairs, ms) in [
        (429, vec![("retry-after", "2")], Some(2_000)),
        (503, vec![("retry-after", "0.5")], Some(500)),
        (529, vec![("retry-after", "20"), ("retry-after-ms", "1250.2")], Some(1_251)),
        (503, vec![date, ("retry-after", "Wed, 01 Mar 2028 00:00:15 GMT")], Some(45_000)),
        (503, vec![date, ("retry-after", "Tue, 29 Feb 2028 23:00:00 GMT")], Some(0)),
        // Without the server's own clock a date says nothing.
        (503, vec![("retry-after", "Wed, 01 Mar 2028 00:00:15 GMT")], None),
        (503, vec![date, ("retry-after", "soon")], None),
        (503, vec![("retry-after", "-1")], None),
        (503, vec![("retry-after", "1e300")], None),
        (
            429,
            vec![
                ("x-ratelimit-remaining-requests", "59"),
                ("x-ratelimit-reset-requests", "6m0s"),
                ("x-ratelimit-remaining-tokens", "0"),
                ("x-ratelimit-reset-tokens", "1m2.5s"),
            ],
            Some(62_500),
        ),
        (429, vec![("x-ratelimit-reset-requests", "20ms"), ("x-ratelimit-reset-tokens", "17ms")], Some(20)),
        (429, vec![("retry-after", "1"), ("x-ratelimit-reset-requests", "1h")], Some(1_000)),
        (500, vec![("x-ratelimit-reset-requests", "1h")], None),
    ] {
        let fault = refusal(StatusCode::from_u16(status).unwrap(), &headers(&pairs), b"");
        assert_eq!(fault.retry_after_ms, ms, "{pairs:?}");
    }
}

#[test]
fn google_says_it_in_the_body() {
    let body = |delay: &str| {
        format!(
            r#"{{"error":{{"code":429,"message":"quota","status":"RESOURCE_EXHAUSTED","details":[{{"@type":"type.googleapis.com/google.rpc.RetryInfo","retryDelay":"{delay}"}}]}}}}"#
        )
    };
    for (delay, ms) in
        [("34s", Some(34_000)), ("34.0748s", Some(34_075)), ("", None), ("soon", None), ("1x", None)]
    {
        let fault = refusal(StatusCode::TOO_MANY_REQUESTS, &HeaderMap::new(), body(delay).as_bytes());
        assert_eq!((fault.cause, fault.retry_after_ms), (Cause::RateLimited, ms), "{delay}");
    }
}
