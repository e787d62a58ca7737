//! What a model says: its events, how it ended, what it used.

use serde::{Deserialize, Serialize};

/// A piece of a completion, in order.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Event {
    /// Text to append; never empty.
    Text(String),
    /// A refusal's text to append; never empty.
    Refusal(String),
    /// Text of a thought to append; never empty.
    Reasoning(String),
    /// A thought ends with this [`Reasoning::seal`](super::Reasoning::seal); what comes next is another thought.
    ReasoningSeal(String),
    /// A tool call begins.
    ToolCall {
        /// Position among the completion's calls, from 0, ascending.
        index: u32,
        /// Unique in the conversation.
        id: String,
        /// The tool's name.
        name: String,
    },
    /// Text to append to a call's arguments.
    ToolArguments {
        /// Of a call that has begun.
        index: u32,
        /// A piece of JSON, as the model wrote it; never empty.
        json: String,
    },
}

/// Why a completion ended, in the terms of the OpenAI API reference.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FinishReason {
    /// The model was done, or met a stop text.
    Stop,
    /// The completion met its bound.
    Length,
    /// The target withheld the rest.
    ContentFilter,
    /// The model asks for tools.
    ToolCalls,
}

/// Tokens of one call, as the target counted them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Usage {
    /// Tokens of the prompt, cached ones included.
    pub prompt_tokens: u32,
    /// Tokens of the completion, reasoning included.
    pub completion_tokens: u32,
    /// Those of the prompt that came from the provider's cache.
    #[serde(default)]
    pub cached_read_tokens: u32,
    /// Those of the prompt that the provider put into its cache, where it bills that.
    #[serde(default)]
    pub cached_write_tokens: u32,
    /// Those of the completion that were thoughts.
    #[serde(default)]
    pub reasoning_tokens: u32,
}
