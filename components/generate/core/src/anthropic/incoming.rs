//! What the server writes: the events of a stream, and a whole message.

use gusset_types::{FinishReason, Usage};
use serde::Deserialize;

use crate::wire::Raw;

/// Any event; fields that it doesn't have are absent.
#[derive(Deserialize)]
pub(super) struct Event {
    #[serde(default)]
    pub(super) r#type: String,
    /// `message_start`.
    pub(super) message: Option<Message>,
    /// Of the block that `content_block_*` is about.
    #[serde(default)]
    pub(super) index: u32,
    /// `content_block_start`.
    pub(super) content_block: Option<Block>,
    /// `content_block_delta` and `message_delta`.
    pub(super) delta: Option<Delta>,
    /// `message_delta`.
    pub(super) usage: Option<TokenUsage>,
}

/// The whole of it, or its beginning.
#[derive(Deserialize)]
pub(super) struct Message {
    pub(super) model: Option<String>,
    #[serde(default)]
    pub(super) content: Vec<Block>,
    pub(super) stop_reason: Option<String>,
    pub(super) stop_sequence: Option<String>,
    pub(super) usage: Option<TokenUsage>,
}

#[derive(Deserialize)]
pub(super) struct Block {
    #[serde(default)]
    pub(super) r#type: String,
    #[serde(default)]
    pub(super) text: String,
    #[serde(default)]
    pub(super) thinking: String,
    #[serde(default)]
    pub(super) signature: String,
    #[serde(default)]
    pub(super) data: String,
    #[serde(default)]
    pub(super) id: String,
    #[serde(default)]
    pub(super) name: String,
    pub(super) input: Option<Box<Raw>>,
}

#[derive(Deserialize)]
pub(super) struct Delta {
    #[serde(default)]
    pub(super) text: String,
    #[serde(default)]
    pub(super) partial_json: String,
    #[serde(default)]
    pub(super) thinking: String,
    #[serde(default)]
    pub(super) signature: String,
    pub(super) stop_reason: Option<String>,
    pub(super) stop_sequence: Option<String>,
}

/// Counts so far; those of the last event hold, and an event may have some of them only.
#[derive(Clone, Copy, Debug, Default, Deserialize)]
pub(super) struct TokenUsage {
    input_tokens: Option<u32>,
    cache_creation_input_tokens: Option<u32>,
    cache_read_input_tokens: Option<u32>,
    output_tokens: Option<u32>,
}

impl TokenUsage {
    pub(super) fn or(self, before: Self) -> Self {
        Self {
            input_tokens: self.input_tokens.or(before.input_tokens),
            cache_creation_input_tokens: self
                .cache_creation_input_tokens
                .or(before.cache_creation_input_tokens),
            cache_read_input_tokens: self.cache_read_input_tokens.or(before.cache_read_input_tokens),
            output_tokens: self.output_tokens.or(before.output_tokens),
        }
    }
}

/// The API counts the prompt in three that exclude each other. It doesn't say how much of the completion were thoughts.
impl From<TokenUsage> for Usage {
    fn from(usage: TokenUsage) -> Self {
        let read = usage.cache_read_input_tokens.unwrap_or_default();
        let written = usage.cache_creation_input_tokens.unwrap_or_default();
        Self {
            prompt_tokens: usage
                .input_tokens
                .unwrap_or_default()
                .saturating_add(read)
                .saturating_add(written),
            completion_tokens: usage.output_tokens.unwrap_or_default(),
            cached_read_tokens: read,
            cached_write_tokens: written,
            reasoning_tokens: 0,
        }
    }
}

/// A reason that the API reference doesn't list still ends the completion.
pub(super) fn finish_reason(reason: &str) -> FinishReason {
    match reason {
        "max_tokens" | "model_context_window_exceeded" => FinishReason::Length,
        "tool_use" => FinishReason::ToolCalls,
        "refusal" => FinishReason::ContentFilter,
        _ => FinishReason::Stop,
    }
}
