//! The answer in one piece, and what the events of a stream share with it.

use gusset_types::{FinishReason, Part, Reasoning, ToolCall, Usage};
use serde::Serialize;
use serde_json::value::RawValue;

use crate::answer::{Opening, Outcome};
use crate::dialect::Identity;
use crate::dialect::extension::Extension;

/// The answer to a request for a count.
#[must_use]
pub fn count(tokens: u32) -> serde_json::Value {
    serde_json::json!({ "input_tokens": tokens })
}

/// Tokens, as Anthropic counts them: those of the prompt in three kinds that don't overlap.
#[derive(Clone, Copy, Debug, Default, Serialize)]
pub(super) struct Tokens {
    input_tokens: u32,
    cache_creation_input_tokens: u32,
    cache_read_input_tokens: u32,
    output_tokens: u32,
}

impl From<Usage> for Tokens {
    fn from(usage: Usage) -> Self {
        let cached = usage.cached_read_tokens.saturating_add(usage.cached_write_tokens);
        Self {
            input_tokens: usage.prompt_tokens.saturating_sub(cached),
            cache_creation_input_tokens: usage.cached_write_tokens,
            cache_read_input_tokens: usage.cached_read_tokens,
            output_tokens: usage.completion_tokens,
        }
    }
}

/// Anthropic's word for why an answer ended.
pub(super) fn stop_reason(outcome: &Outcome, parts: &[Part]) -> &'static str {
    if parts.iter().any(|part| matches!(part, Part::Refusal(_))) {
        return "refusal";
    }
    match outcome.finish_reason {
        FinishReason::Stop if outcome.stop_sequence.is_some() => "stop_sequence",
        FinishReason::Stop => "end_turn",
        FinishReason::Length => "max_tokens",
        FinishReason::ContentFilter => "refusal",
        FinishReason::ToolCalls => "tool_use",
    }
}

/// A `message`.
#[derive(Debug, Serialize)]
pub(super) struct Message<'a> {
    id: &'a str,
    r#type: &'static str,
    role: &'static str,
    model: &'a str,
    content: Vec<Block<'a>>,
    stop_reason: Option<&'static str>,
    stop_sequence: Option<&'a str>,
    usage: Tokens,
    #[serde(skip_serializing_if = "Option::is_none")]
    x_gusset: Option<Extension<'a>>,
}

/// A block of the answer.
#[derive(Debug, Serialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub(super) enum Block<'a> {
    Text { text: &'a str },
    Thinking { thinking: &'a str, signature: &'a str },
    RedactedThinking { data: &'a str },
    ToolUse { id: &'a str, name: &'a str, input: Input<'a> },
}

/// A call's arguments.
#[derive(Debug, Serialize)]
#[serde(untagged)]
pub(super) enum Input<'a> {
    /// As the model wrote them.
    Json(&'a RawValue),
    /// They are no JSON: better seen as text than lost.
    Text(&'a str),
}

impl<'a> Message<'a> {
    /// As the stream begins with it.
    pub(super) fn begun(identity: &'a Identity, opening: &'a Opening, prompt_tokens: u32) -> Self {
        Self {
            id: &identity.id,
            r#type: "message",
            role: "assistant",
            model: &opening.model,
            content: Vec::new(),
            stop_reason: None,
            stop_sequence: None,
            usage: Tokens { input_tokens: prompt_tokens, ..Tokens::default() },
            x_gusset: None,
        }
    }

    /// An answer that is complete.
    pub(super) fn new(
        identity: &'a Identity,
        opening: &'a Opening,
        parts: &'a [Part],
        outcome: &'a Outcome,
    ) -> Self {
        Self {
            content: parts.iter().filter_map(Block::new).collect(),
            stop_reason: Some(stop_reason(outcome, parts)),
            stop_sequence: outcome.stop_sequence.as_deref(),
            usage: outcome.usage.into(),
            x_gusset: Some(Extension::new(opening.kind, outcome, &identity.trace_id)),
            ..Self::begun(identity, opening, outcome.usage.prompt_tokens)
        }
    }
}

impl<'a> Block<'a> {
    pub(super) fn new(part: &'a Part) -> Option<Self> {
        Some(match part {
            // This dialect says by the stop reason that a text is a refusal.
            Part::Text(text) | Part::Refusal(text) => Self::Text { text },
            Part::Reasoning(Reasoning { text, seal: Some(data) }) if text.is_empty() => {
                Self::RedactedThinking { data }
            }
            Part::Reasoning(Reasoning { text, seal }) => {
                Self::Thinking { thinking: text, signature: seal.as_deref().unwrap_or_default() }
            }
            Part::ToolCall(ToolCall { id, name, arguments }) => {
                let json = serde_json::from_str(arguments).ok();
                Self::ToolUse { id, name, input: json.map_or(Input::Text(arguments), Input::Json) }
            }
            Part::Image(_) | Part::ToolResult(_) => return None,
        })
    }
}
