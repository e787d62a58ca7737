//! How a model is to answer: sampling, tools, the form of the answer, thinking.

use serde::{Deserialize, Serialize};

/// How the model is to sample. `None` leaves the choice to the target.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Sampling {
    /// Upper bound of completion tokens.
    pub max_tokens: Option<u32>,
    /// 0.0 to 2.0; 0.0 is greedy.
    pub temperature: Option<f32>,
    /// Nucleus mass, above 0.0 and at most 1.0.
    pub top_p: Option<f32>,
    /// The most likely tokens to choose among, at least 1.
    pub top_k: Option<u32>,
    /// -2.0 to 2.0.
    pub frequency_penalty: Option<f32>,
    /// -2.0 to 2.0.
    pub presence_penalty: Option<f32>,
    /// Best effort: the same seed asks for the same sample.
    pub seed: Option<i64>,
    /// Texts that end the completion.
    pub stop: Vec<String>,
}

/// What the model may do, and the form that its answer must have. The default asks for nothing.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Controls {
    /// Tools that the model may call; each name once.
    pub tools: Vec<Tool>,
    /// Whether it must.
    pub tool_choice: Option<ToolChoice>,
    /// Whether it may call several tools in one turn.
    pub parallel_tool_calls: Option<bool>,
    /// The form of the answer.
    pub response_format: ResponseFormat,
    /// How much to think first.
    pub reasoning: Option<ReasoningBudget>,
    /// Who asks, for the provider's own limits against abuse.
    pub user: Option<String>,
}

/// A tool that a model may call.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tool {
    /// 1 to 64 of `a-z`, `A-Z`, `0-9`, `_`, `-`.
    pub name: String,
    /// What it is for, to the model.
    pub description: Option<String>,
    /// A JSON Schema of its arguments, an object, as JSON text. Empty: it takes none.
    pub parameters: String,
    /// Whether the arguments are held to the schema. `None`: as the provider does by itself.
    pub strict: Option<bool>,
    /// As [`Message::cache_breakpoint`](super::Message::cache_breakpoint), up to the end of this tool.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub cache_breakpoint: bool,
}

/// Whether a model must call a tool.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ToolChoice {
    /// As it sees fit.
    Auto,
    /// It must not.
    None,
    /// It must, whichever.
    Required,
    /// It must call this one.
    Named(String),
}

/// The form of an answer.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ResponseFormat {
    /// Free text.
    #[default]
    Text,
    /// Any JSON object.
    JsonObject,
    /// JSON by a schema.
    JsonSchema(JsonSchema),
}

/// A schema for an answer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct JsonSchema {
    /// 1 to 64 of `a-z`, `A-Z`, `0-9`, `_`, `-`.
    pub name: String,
    /// What it is for, to the model.
    pub description: Option<String>,
    /// The schema, an object, as JSON text.
    pub schema: String,
    /// Whether the answer is held to it. `None`: as the provider does by itself.
    pub strict: Option<bool>,
}

/// How much a model is to think before it answers. Providers know one of the two; the other is derived from it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReasoningBudget {
    /// In words.
    pub effort: Option<Effort>,
    /// In tokens; zero: not at all.
    pub tokens: Option<u32>,
}

/// How much to think, in OpenAI's words.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[expect(missing_docs, reason = "the words say it")]
pub enum Effort {
    None,
    Minimal,
    Low,
    Medium,
    High,
}

impl Controls {
    /// Whether a model could be made to call a tool.
    #[must_use]
    pub fn uses_tools(&self) -> bool {
        !self.tools.is_empty() && self.tool_choice != Some(ToolChoice::None)
    }
}
