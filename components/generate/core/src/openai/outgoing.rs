//! Requests to a node: URL, headers, body.

use gusset_types::{Message, Role};
use http::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE, HeaderValue};
use http::{Method, Request as HttpRequest, request};
use serde::Serialize;

use crate::{Failure, Node, Request};

/// `POST {url}/chat/completions`, streamed, with usage at the stream's end. `model` is what the node calls it.
///
/// # Errors
/// An internal [`Failure`] if the node was not validated.
pub fn completion(node: &Node, model: &str, request: &Request) -> Result<HttpRequest<Vec<u8>>, Failure> {
    let sampling = &request.sampling;
    let body = Body {
        model,
        messages: request.messages.iter().map(Turn::from).collect(),
        stream: true,
        stream_options: StreamOptions { include_usage: true },
        max_tokens: sampling.max_tokens,
        temperature: sampling.temperature.map(short),
        top_p: sampling.top_p.map(short),
        seed: sampling.seed,
        stop: &sampling.stop,
    };
    let body = serde_json::to_vec(&body).map_err(|e| Failure::internal(node.target(), e.to_string()))?;
    let mut head = head(node, Method::POST, "/chat/completions")
        .header(CONTENT_TYPE, HeaderValue::from_static("application/json"))
        .header(ACCEPT, HeaderValue::from_static("text/event-stream, application/json"));
    if let Some(trace) = &request.trace {
        head = head.header("traceparent", trace.to_string());
    }
    head.body(body).map_err(|e| unusable(node, &e))
}

/// `GET {url}/models`.
///
/// # Errors
/// An internal [`Failure`] if the node was not validated.
pub fn models(node: &Node) -> Result<HttpRequest<Vec<u8>>, Failure> {
    let head =
        head(node, Method::GET, "/models").header(ACCEPT, HeaderValue::from_static("application/json"));
    head.body(Vec::new()).map_err(|e| unusable(node, &e))
}

fn head(node: &Node, method: Method, path: &str) -> request::Builder {
    let head = HttpRequest::builder().method(method).uri(format!("{}{path}", node.target()));
    match &node.api_key {
        Some(key) => head.header(AUTHORIZATION, format!("Bearer {}", key.expose())),
        None => head,
    }
}

fn unusable(node: &Node, error: &http::Error) -> Failure {
    Failure::internal(node.target(), format!("no request can be made from the node's configuration: {error}"))
}

/// The number a person wrote: 0.7 as `f64` would travel as 0.699999988079071.
fn short(value: f32) -> f64 {
    value.to_string().parse().unwrap_or_else(|_| f64::from(value))
}

/// `max_tokens` and not its successor `max_completion_tokens`: every server knows it, many only it.
#[derive(Serialize)]
struct Body<'a> {
    /// Servers of one model do without; an empty name they would look up.
    #[serde(skip_serializing_if = "str::is_empty")]
    model: &'a str,
    messages: Vec<Turn>,
    stream: bool,
    stream_options: StreamOptions,
    #[serde(skip_serializing_if = "Option::is_none")]
    max_tokens: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    temperature: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    top_p: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    seed: Option<i64>,
    #[serde(skip_serializing_if = "<[String]>::is_empty")]
    stop: &'a [String],
}

#[derive(Serialize)]
struct StreamOptions {
    include_usage: bool,
}

#[derive(Serialize)]
struct Turn {
    role: &'static str,
    content: String,
}

impl From<&Message> for Turn {
    fn from(message: &Message) -> Self {
        let role = match message.role {
            Role::System => "system",
            // A `tool` turn must name the call that it answers, and the canonical message has no place for one.
            Role::User | Role::Tool => "user",
            Role::Assistant => "assistant",
        };
        Self { role, content: message.plain() }
    }
}
