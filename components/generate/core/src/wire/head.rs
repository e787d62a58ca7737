//! The head of a request: URL, credentials, headers.

use gusset_types::TraceContext;
use http::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE, HeaderName, HeaderValue};
use http::{Method, Request as HttpRequest};

use crate::config::Dialect;
use crate::{Failure, Node};

/// The version of Anthropic's API that these modules speak; a node's own `headers` go before it.
const ANTHROPIC_VERSION: &str = "2023-06-01";

pub(super) fn post(
    node: &Node,
    path: &str,
    trace: Option<&TraceContext>,
    body: Vec<u8>,
) -> Result<HttpRequest<Vec<u8>>, Failure> {
    make(node, Method::POST, path, trace, body)
}

pub(super) fn make(
    node: &Node,
    method: Method,
    path: &str,
    trace: Option<&TraceContext>,
    body: Vec<u8>,
) -> Result<HttpRequest<Vec<u8>>, Failure> {
    let mut request = HttpRequest::new(body);
    *request.uri_mut() = format!("{}{path}", node.target()).parse().map_err(|e| unusable(node, &e))?;
    let asks = method == Method::POST;
    *request.method_mut() = method;
    let headers = request.headers_mut();
    if let Some(key) = &node.api_key {
        let (name, value) = match node.dialect {
            Dialect::OpenAi | Dialect::OpenAiResponses => (AUTHORIZATION, format!("Bearer {}", key.expose())),
            Dialect::Anthropic => (HeaderName::from_static("x-api-key"), key.expose().to_owned()),
            Dialect::Gemini => (HeaderName::from_static("x-goog-api-key"), key.expose().to_owned()),
        };
        headers.insert(name, value.parse().map_err(|e| unusable(node, &e))?);
    }
    if node.dialect == Dialect::Anthropic {
        headers.insert("anthropic-version", HeaderValue::from_static(ANTHROPIC_VERSION));
    }
    for (name, value) in &node.headers {
        let name: HeaderName = name.parse().map_err(|e| unusable(node, &e))?;
        headers.insert(name, value.expose().parse().map_err(|e| unusable(node, &e))?);
    }
    if asks {
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        headers.insert(ACCEPT, HeaderValue::from_static("text/event-stream, application/json"));
    } else {
        headers.insert(ACCEPT, HeaderValue::from_static("application/json"));
    }
    if let Some(trace) = trace {
        headers.insert("traceparent", trace.to_string().parse().map_err(|e| unusable(node, &e))?);
    }
    Ok(request)
}

fn unusable(node: &Node, error: &dyn std::error::Error) -> Failure {
    Failure::internal(node.target(), format!("no request can be made from the node's configuration: {error}"))
}
