//! What the server writes: a chunk of a stream or a whole answer, in one shape.

use gusset_types::Usage;
use serde::Deserialize;
use serde_json::Value;

use crate::wire::Raw;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Body {
    pub(super) candidates: Option<Vec<Candidate>>,
    pub(super) prompt_feedback: Option<PromptFeedback>,
    pub(super) usage_metadata: Option<TokenUsage>,
    pub(super) model_version: Option<String>,
    pub(super) response_id: Option<String>,
    pub(super) error: Option<Value>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Candidate {
    #[serde(default)]
    pub(super) index: u32,
    pub(super) content: Option<Content>,
    pub(super) finish_reason: Option<String>,
    pub(super) finish_message: Option<String>,
}

#[derive(Deserialize)]
pub(super) struct Content {
    #[serde(default)]
    pub(super) parts: Vec<Part>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Part {
    #[serde(default)]
    pub(super) text: String,
    #[serde(default)]
    pub(super) thought: bool,
    #[serde(default)]
    pub(super) thought_signature: String,
    pub(super) function_call: Option<Call>,
}

#[derive(Deserialize)]
pub(super) struct Call {
    pub(super) id: Option<String>,
    #[serde(default)]
    pub(super) name: String,
    pub(super) args: Option<Box<Raw>>,
}

/// The prompt itself was refused.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct PromptFeedback {
    pub(super) block_reason: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct TokenUsage {
    #[serde(default)]
    prompt_token_count: u32,
    #[serde(default)]
    tool_use_prompt_token_count: u32,
    #[serde(default)]
    cached_content_token_count: u32,
    #[serde(default)]
    candidates_token_count: u32,
    #[serde(default)]
    thoughts_token_count: u32,
}

/// Thoughts are counted beside the answer, cached tokens within the prompt.
impl From<TokenUsage> for Usage {
    fn from(usage: TokenUsage) -> Self {
        Self {
            prompt_tokens: usage.prompt_token_count.saturating_add(usage.tool_use_prompt_token_count),
            completion_tokens: usage.candidates_token_count.saturating_add(usage.thoughts_token_count),
            cached_read_tokens: usage.cached_content_token_count,
            cached_write_tokens: 0,
            reasoning_tokens: usage.thoughts_token_count,
        }
    }
}
