//! What the server writes: the events of a stream, and a whole response.

use gusset_types::Usage;
use serde::Deserialize;
use serde_json::Value;

/// Any event; fields that it doesn't have are absent.
#[derive(Deserialize)]
pub(super) struct Event {
    #[serde(default)]
    pub(super) r#type: String,
    /// `response.created`, `response.completed` and their like.
    pub(super) response: Option<Response>,
    /// Of the item that the event is about.
    #[serde(default)]
    pub(super) output_index: u32,
    /// `response.output_item.*`.
    pub(super) item: Option<Item>,
    /// `response.*.delta`.
    #[serde(default)]
    pub(super) delta: Value,
    /// `response.reasoning_summary_part.added`.
    #[serde(default)]
    pub(super) summary_index: u32,
}

/// The whole of it, or what is known so far.
#[derive(Deserialize)]
pub(super) struct Response {
    pub(super) model: Option<String>,
    #[serde(default)]
    pub(super) status: Option<String>,
    #[serde(default)]
    pub(super) output: Vec<Item>,
    pub(super) incomplete_details: Option<Incomplete>,
    pub(super) usage: Option<TokenUsage>,
    pub(super) error: Option<Value>,
}

#[derive(Deserialize)]
pub(super) struct Incomplete {
    pub(super) reason: Option<String>,
}

#[derive(Deserialize)]
pub(super) struct Item {
    #[serde(default)]
    pub(super) r#type: String,
    #[serde(default)]
    pub(super) id: Option<String>,
    /// `message`, and the full thoughts of open models.
    #[serde(default)]
    pub(super) content: Option<Vec<Piece>>,
    /// `function_call`.
    #[serde(default)]
    pub(super) call_id: Option<String>,
    #[serde(default)]
    pub(super) name: Option<String>,
    #[serde(default)]
    pub(super) arguments: Option<String>,
    /// `reasoning`.
    #[serde(default)]
    pub(super) summary: Option<Vec<Piece>>,
    #[serde(default)]
    pub(super) encrypted_content: Option<String>,
}

#[derive(Deserialize)]
pub(super) struct Piece {
    #[serde(default)]
    pub(super) text: Option<String>,
    #[serde(default)]
    pub(super) refusal: Option<String>,
}

#[derive(Deserialize)]
pub(super) struct TokenUsage {
    #[serde(default)]
    input_tokens: u32,
    #[serde(default)]
    output_tokens: u32,
    input_tokens_details: Option<InputDetails>,
    output_tokens_details: Option<OutputDetails>,
}

#[derive(Deserialize)]
struct InputDetails {
    #[serde(default)]
    cached_tokens: u32,
}

#[derive(Deserialize)]
struct OutputDetails {
    #[serde(default)]
    reasoning_tokens: u32,
}

impl From<TokenUsage> for Usage {
    fn from(usage: TokenUsage) -> Self {
        Self {
            prompt_tokens: usage.input_tokens,
            completion_tokens: usage.output_tokens,
            cached_read_tokens: usage.input_tokens_details.map_or(0, |details| details.cached_tokens),
            cached_write_tokens: 0,
            reasoning_tokens: usage.output_tokens_details.map_or(0, |details| details.reasoning_tokens),
        }
    }
}
