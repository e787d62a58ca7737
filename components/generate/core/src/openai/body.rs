//! What a server writes, as far as it is read: a chunk of a stream or a whole completion, in one shape.

use gusset_types::{FinishReason, Usage};
use serde::Deserialize;
use serde_json::Value;

/// A chunk or a whole completion. Fields beyond these are ignored, and any of these may be absent or null.
#[derive(Deserialize)]
pub(super) struct Body {
    pub(super) model: Option<String>,
    pub(super) choices: Option<Vec<Choice>>,
    pub(super) usage: Option<TokenUsage>,
    pub(super) error: Option<Value>,
    /// vLLM marks an error by this field being `error`, with the message beside it.
    pub(super) object: Option<String>,
}

#[derive(Deserialize)]
pub(super) struct Choice {
    #[serde(default)]
    pub(super) index: u32,
    /// A chunk's piece.
    delta: Option<Piece>,
    /// The whole, from a server that does not stream.
    message: Option<Piece>,
    finish_reason: Option<String>,
}

#[derive(Deserialize)]
struct Piece {
    content: Option<Content>,
    /// Text of a reasoning model's thinking, as vLLM and DeepSeek name it, and as OpenRouter does.
    reasoning_content: Option<Content>,
    reasoning: Option<Content>,
}

/// A text, or parts of which some are text, as Mistral's reasoning models write it.
#[derive(Deserialize)]
#[serde(untagged)]
enum Content {
    Text(String),
    Parts(Vec<Part>),
}

#[derive(Deserialize)]
struct Part {
    text: Option<String>,
}

#[derive(Deserialize)]
pub(super) struct TokenUsage {
    #[serde(default)]
    prompt_tokens: u32,
    #[serde(default)]
    completion_tokens: u32,
}

impl Choice {
    /// Text to append; empty for a chunk that carries none.
    pub(super) fn text(&mut self) -> String {
        let piece = self.delta.as_mut().or(self.message.as_mut());
        piece.and_then(|piece| piece.content.take()).map(Content::into_text).unwrap_or_default()
    }

    /// Whether the model is at work on what is not part of the answer.
    pub(super) fn is_reasoning(&self) -> bool {
        let piece = self.delta.as_ref().or(self.message.as_ref());
        piece.is_some_and(|piece| piece.reasoning_content.is_some() || piece.reasoning.is_some())
    }

    /// A reason that the API reference doesn't list still ends the completion.
    pub(super) fn finish_reason(&self) -> Option<FinishReason> {
        self.finish_reason.as_deref().map(|reason| match reason {
            "length" | "max_tokens" => FinishReason::Length,
            "content_filter" => FinishReason::ContentFilter,
            "tool_calls" | "function_call" => FinishReason::ToolCalls,
            _ => FinishReason::Stop,
        })
    }
}

impl Content {
    fn into_text(self) -> String {
        match self {
            Self::Text(text) => text,
            Self::Parts(parts) => parts.into_iter().filter_map(|part| part.text).collect(),
        }
    }
}

impl From<TokenUsage> for Usage {
    fn from(usage: TokenUsage) -> Self {
        Self {
            prompt_tokens: usage.prompt_tokens,
            completion_tokens: usage.completion_tokens,
            ..Self::default()
        }
    }
}
