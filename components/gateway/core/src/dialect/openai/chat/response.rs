//! The answer in one piece, and what the pieces of a stream share with it.

use gusset_types::{FinishReason, Part, ToolCall, Usage};
use serde::Serialize;

use super::turn::Thought;
use crate::answer::{Opening, Outcome};
use crate::dialect::Identity;
use crate::dialect::extension::Extension;

/// Tokens, as OpenAI counts them.
#[derive(Clone, Copy, Debug, Serialize)]
pub(super) struct Tokens {
    prompt_tokens: u32,
    completion_tokens: u32,
    total_tokens: u32,
    prompt_tokens_details: PromptDetails,
    completion_tokens_details: CompletionDetails,
}

#[derive(Clone, Copy, Debug, Serialize)]
struct PromptDetails {
    cached_tokens: u32,
}

#[derive(Clone, Copy, Debug, Serialize)]
struct CompletionDetails {
    reasoning_tokens: u32,
}

impl From<Usage> for Tokens {
    fn from(usage: Usage) -> Self {
        Self {
            prompt_tokens: usage.prompt_tokens,
            completion_tokens: usage.completion_tokens,
            total_tokens: usage.prompt_tokens.saturating_add(usage.completion_tokens),
            prompt_tokens_details: PromptDetails { cached_tokens: usage.cached_read_tokens },
            completion_tokens_details: CompletionDetails { reasoning_tokens: usage.reasoning_tokens },
        }
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
pub(super) struct Completion<'a> {
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
    content: Option<String>,
    refusal: Option<String>,
    #[serde(skip_serializing_if = "String::is_empty")]
    reasoning_content: String,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    thinking_blocks: Vec<Thought>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    tool_calls: Vec<Call<'a>>,
}

#[derive(Clone, Debug, Serialize)]
struct Call<'a> {
    id: &'a str,
    r#type: &'static str,
    function: Function<'a>,
}

#[derive(Clone, Debug, Serialize)]
struct Function<'a> {
    name: &'a str,
    arguments: &'a str,
}

impl<'a> Completion<'a> {
    /// Describes an answer that is complete.
    pub(super) fn new(
        identity: &'a Identity,
        opening: &'a Opening,
        parts: &'a [Part],
        outcome: &'a Outcome,
    ) -> Self {
        let finish_reason = reason(outcome.finish_reason);
        Self {
            id: &identity.id,
            object: "chat.completion",
            created: identity.created,
            model: &opening.model,
            choices: [Choice { index: 0, message: Said::new(parts), logprobs: None, finish_reason }],
            usage: outcome.usage.into(),
            x_gusset: Extension::new(opening.kind, outcome, &identity.trace_id),
        }
    }
}

impl<'a> Said<'a> {
    fn new(parts: &'a [Part]) -> Self {
        let mut said = Self {
            role: "assistant",
            content: None,
            refusal: None,
            reasoning_content: String::new(),
            thinking_blocks: Vec::new(),
            tool_calls: Vec::new(),
        };
        for part in parts {
            match part {
                Part::Text(text) => said.content.get_or_insert_default().push_str(text),
                Part::Refusal(text) => said.refusal.get_or_insert_default().push_str(text),
                Part::Reasoning(thought) => {
                    said.reasoning_content.push_str(&thought.text);
                    said.thinking_blocks.extend(Thought::sealed(&thought.text, thought.seal.as_deref()));
                }
                Part::ToolCall(ToolCall { id, name, arguments }) => said.tool_calls.push(Call {
                    id,
                    r#type: "function",
                    function: Function { name, arguments },
                }),
                Part::Image(_) | Part::ToolResult(_) => {}
            }
        }
        // An answer that has nothing is an empty text, not none: clients print it.
        if said.refusal.is_none() && said.tool_calls.is_empty() {
            said.content.get_or_insert_default();
        }
        said
    }
}
