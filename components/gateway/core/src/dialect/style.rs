//! Which dialect an endpoint's errors are written in.

use super::anthropic;
use super::writer::to_json;
use crate::error::Response;

/// A dialect of errors.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Style {
    /// Of all endpoints but those of others.
    #[default]
    OpenAi,
    /// Of `/v1/messages`.
    Anthropic,
}

impl Style {
    /// By the path, so that a request that finds no endpoint is answered in its dialect, too.
    #[must_use]
    pub fn of_path(path: &str) -> Self {
        match path.strip_prefix("/v1/messages") {
            Some(rest) if rest.is_empty() || rest.starts_with('/') => Self::Anthropic,
            _ => Self::OpenAi,
        }
    }

    /// The header that carries the request's identity, and its value. `trace_id` is the request's.
    #[must_use]
    pub fn request_id(self, trace_id: &str) -> (&'static str, String) {
        let name = match self {
            Self::OpenAi => "x-request-id",
            Self::Anthropic => "request-id",
        };
        (name, anthropic::error::request_id(trace_id))
    }

    /// An error's status and body.
    #[must_use]
    pub fn write(self, error: &Response, trace_id: &str) -> (u16, Vec<u8>) {
        match self {
            Self::OpenAi => (error.status, to_json(&error.body()).unwrap_or_default()),
            Self::Anthropic => {
                let body = anthropic::error::Body::new(error, trace_id);
                (anthropic::error::status(error), to_json(&body).unwrap_or_default())
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Error;

    #[test]
    fn each_path_has_its_dialect() {
        assert_eq!(Style::of_path("/v1/messages"), Style::Anthropic);
        assert_eq!(Style::of_path("/v1/messages/count_tokens"), Style::Anthropic);
        for path in ["/v1/messagesx", "/v1/chat/completions", "/", "/messages"] {
            assert_eq!(Style::of_path(path), Style::OpenAi, "{path}");
        }
        let error = Error::Overloaded { message: "Busy.".into(), retry_after: 1 }.response();
        assert_eq!(Style::OpenAi.write(&error, "ab").0, 503);
        let (status, body) = Style::Anthropic.write(&error, "ab");
        assert_eq!(status, 529);
        assert!(body.starts_with(br#"{"type":"error""#));
    }
}
