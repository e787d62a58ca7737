//! The answer in one piece, and what the pieces of a stream share with it.

use gusset_types::{FinishReason, Usage};
use serde::Serialize;
use serde_json::{Map, Value};

use super::stream::Identity;
use crate::answer::{Citation, Failure, Kind, Opening, Outcome};

/// Tokens, as OpenAI counts them.
#[derive(Clone, Copy, Debug, Serialize)]
pub(super) struct Tokens {
    prompt_tokens: u32,
    completion_tokens: u32,
    total_tokens: u32,
}

impl From<Usage> for Tokens {
    fn from(usage: Usage) -> Self {
        Self {
            prompt_tokens: usage.prompt_tokens,
            completion_tokens: usage.completion_tokens,
            total_tokens: usage.prompt_tokens.saturating_add(usage.completion_tokens),
        }
    }
}

/// Gusset's own part of an answer: `x_gusset`.
#[derive(Clone, Debug, Serialize)]
pub(super) struct Extension<'a> {
    kind: Kind,
    citations: Vec<Cited<'a>>,
    trace_id: &'a str,
    failures: &'a [Failure],
}

#[derive(Clone, Debug, Serialize)]
struct Cited<'a> {
    number: u32,
    document: &'a str,
    title: &'a str,
    start: u32,
    end: u32,
    text: &'a str,
    score: f32,
    metadata: Map<String, Value>,
}

impl<'a> Extension<'a> {
    pub(super) fn new(kind: Kind, outcome: &'a Outcome, trace_id: &'a str) -> Self {
        let citations = outcome.citations.iter().map(cited).collect();
        Self { kind, citations, trace_id, failures: &outcome.failures }
    }
}

fn cited(citation: &Citation) -> Cited<'_> {
    let Citation { number, passage } = citation;
    Cited {
        number: *number,
        document: &passage.document,
        title: &passage.title,
        start: passage.start,
        end: passage.end,
        text: &passage.text,
        score: passage.score,
        metadata: passage.metadata.iter().map(|(k, v)| (k.clone(), Value::from(v.as_str()))).collect(),
    }
}

/// OpenAI's word for why an answer ended.
#[must_use]
pub fn reason(reason: FinishReason) -> &'static str {
    match reason {
        FinishReason::Stop => "stop",
        FinishReason::Length => "length",
        FinishReason::ContentFilter => "content_filter",
        FinishReason::ToolCalls => "tool_calls",
    }
}

/// A `chat.completion`.
#[derive(Clone, Debug, Serialize)]
pub struct Completion<'a> {
    id: &'a str,
    object: &'static str,
    created: u64,
    model: &'a str,
    choices: [Choice<'a>; 1],
    usage: Tokens,
    x_gusset: Extension<'a>,
}

#[derive(Clone, Debug, Serialize)]
struct Choice<'a> {
    index: u32,
    message: Said<'a>,
    logprobs: Option<()>,
    finish_reason: &'static str,
}

#[derive(Clone, Debug, Serialize)]
struct Said<'a> {
    role: &'static str,
    content: &'a str,
    refusal: Option<()>,
}

impl<'a> Completion<'a> {
    /// Describes an answer that is complete.
    #[must_use]
    pub fn new(identity: &'a Identity, opening: &'a Opening, text: &'a str, outcome: &'a Outcome) -> Self {
        let message = Said { role: "assistant", content: text, refusal: None };
        let finish_reason = reason(outcome.finish_reason);
        Self {
            id: &identity.id,
            object: "chat.completion",
            created: identity.created,
            model: &opening.model,
            choices: [Choice { index: 0, message, logprobs: None, finish_reason }],
            usage: outcome.usage.into(),
            x_gusset: Extension::new(opening.kind, outcome, &identity.trace_id),
        }
    }
}
