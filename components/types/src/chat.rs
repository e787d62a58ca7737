//! The words of a conversation with a model.

use serde::{Deserialize, Serialize};

/// Who speaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    /// Instructions from the application.
    System,
    /// The person who asks.
    User,
    /// The model.
    Assistant,
    /// The result of a tool call.
    Tool,
}

/// One turn of a conversation.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Message {
    /// Who speaks.
    pub role: Role,
    /// Plain text.
    pub content: String,
}

/// How the model is to sample. `None` leaves the choice to the target.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Sampling {
    /// Upper bound of completion tokens.
    pub max_tokens: Option<u32>,
    /// 0.0 to 2.0; 0.0 is greedy.
    pub temperature: Option<f32>,
    /// Nucleus mass, above 0.0 and at most 1.0.
    pub top_p: Option<f32>,
    /// Best effort: the same seed asks for the same sample.
    pub seed: Option<i64>,
    /// Texts that end the completion; at most four.
    pub stop: Vec<String>,
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
    /// Tokens of the prompt.
    pub prompt_tokens: u32,
    /// Tokens of the completion.
    pub completion_tokens: u32,
}
