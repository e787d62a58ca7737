//! The words of a conversation with a model.
//!
//! The union of what the chat dialects say, so that a request of one dialect can be put to a provider of another without loss:
//! turns of parts, tools, structured output, reasoning, and usage by the five kinds that providers bill.

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
    /// Results of tool calls.
    Tool,
}

/// One turn of a conversation.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Message {
    /// Who speaks.
    pub role: Role,
    /// What is said, in order.
    pub parts: Vec<Part>,
    /// Whether the provider is asked to cache the prompt up to the end of this turn, where it lets its caller say so.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub cache_breakpoint: bool,
}

/// A piece of a turn.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Part {
    /// Plain text.
    Text(String),
    /// A picture. Turns of the user only.
    Image(Image),
    /// The model asks for a tool. Turns of the assistant only.
    ToolCall(ToolCall),
    /// What a tool answered. Turns of a tool only.
    ToolResult(ToolResult),
    /// What the model thought before it spoke. Turns of the assistant only.
    Reasoning(Reasoning),
    /// What the model said instead of what was asked of it. Turns of the assistant only.
    Refusal(String),
}

/// A picture.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Image {
    /// Where it is.
    pub source: ImageSource,
    /// How closely to look.
    pub detail: Option<ImageDetail>,
}

/// Where a picture is.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ImageSource {
    /// An address that the provider fetches.
    Url(String),
    /// The picture itself.
    Inline {
        /// `image/png`, `image/jpeg`, `image/gif` or `image/webp`.
        media_type: String,
        /// Its bytes in base64, with padding.
        base64: String,
    },
}

/// How closely a model looks at a picture; OpenAI's words.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ImageDetail {
    /// As the provider thinks best.
    Auto,
    /// Cheaply.
    Low,
    /// In full.
    High,
}

/// The model asks for a tool.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct ToolCall {
    /// Unique in the conversation; its result names it.
    pub id: String,
    /// The tool's name.
    pub name: String,
    /// A JSON object as the model wrote it, byte for byte, which may be no JSON at all.
    pub arguments: String,
}

/// What a tool answered.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct ToolResult {
    /// The call's id.
    pub call_id: String,
    /// Texts and pictures, in order.
    pub content: Vec<ToolContent>,
    /// Whether the tool failed, and `content` says how.
    pub is_error: bool,
}

/// A piece of a tool's answer.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ToolContent {
    /// Plain text.
    Text(String),
    /// A picture.
    Image(Image),
}

/// What a model thought.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Reasoning {
    /// Readable; empty where the provider keeps it to itself.
    pub text: String,
    /// What the provider wants back unchanged to go on from this thought: a signature of the text, or the thought itself, sealed.
    pub seal: Option<String>,
}

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
    /// As [`Message::cache_breakpoint`], up to the end of this tool.
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
    /// A thought ends with this [`Reasoning::seal`]; what comes next is another thought.
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

impl Message {
    /// A turn of one text.
    #[must_use]
    pub fn text(role: Role, text: impl Into<String>) -> Self {
        Self::new(role, vec![Part::Text(text.into())])
    }

    /// A turn of these parts.
    #[must_use]
    pub fn new(role: Role, parts: Vec<Part>) -> Self {
        Self { role, parts, cache_breakpoint: false }
    }

    /// The turn's text parts, with a line end between two.
    #[must_use]
    pub fn plain(&self) -> String {
        let texts = self.parts.iter().filter_map(|part| match part {
            Part::Text(text) | Part::Refusal(text) => Some(text.as_str()),
            _ => None,
        });
        texts.collect::<Vec<_>>().join("\n")
    }

    /// Everything in the turn that costs tokens as text: what [`Message::plain`] gives, calls, results and thoughts.
    #[must_use]
    pub fn readable(&self) -> String {
        let mut texts: Vec<&str> = Vec::new();
        for part in &self.parts {
            match part {
                Part::Text(text) | Part::Refusal(text) => texts.push(text),
                Part::Reasoning(thought) => texts.push(&thought.text),
                Part::ToolCall(call) => texts.extend([call.name.as_str(), call.arguments.as_str()]),
                Part::ToolResult(result) => texts.extend(result.content.iter().filter_map(ToolContent::text)),
                Part::Image(_) => {}
            }
        }
        texts.join("\n")
    }

    /// Whether nothing is in it but white space.
    #[must_use]
    pub fn is_blank(&self) -> bool {
        self.parts.iter().all(|part| matches!(part, Part::Text(text) if text.trim().is_empty()))
    }
}

impl ToolContent {
    /// The text, if it is one.
    #[must_use]
    pub fn text(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(text),
            Self::Image(_) => None,
        }
    }
}

impl Controls {
    /// Whether a model could be made to call a tool.
    #[must_use]
    pub fn uses_tools(&self) -> bool {
        !self.tools.is_empty() && self.tool_choice != Some(ToolChoice::None)
    }
}
