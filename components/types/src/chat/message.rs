//! Turns of a conversation, and what they are made of.

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
