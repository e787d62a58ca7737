//! What a server writes, as far as it is read: a chunk of a stream or a whole completion, in one shape.

use gusset_types::{FinishReason, Usage};
use serde::Deserialize;
use serde_json::Value;

/// A chunk or a whole completion. Fields beyond these are ignored, and any of these may be absent or null.
#[derive(Deserialize)]
pub(super) struct Body {
    pub(super) id: Option<String>,
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
    /// vLLM: the stop text that was met, or the number of a stop token.
    stop_reason: Option<Value>,
    /// SGLang: the same.
    matched_stop: Option<Value>,
}

#[derive(Deserialize)]
pub(super) struct Piece {
    pub(super) content: Option<Content>,
    /// Text of a reasoning model's thinking, as vLLM and DeepSeek name it, and as OpenRouter and newer versions of vLLM do.
    pub(super) reasoning_content: Option<Content>,
    pub(super) reasoning: Option<Content>,
    pub(super) refusal: Option<String>,
    pub(super) tool_calls: Option<Vec<Call>>,
}

/// A tool call, or a piece of one.
#[derive(Deserialize)]
pub(super) struct Call {
    /// Absent from a whole message, where the position says it.
    pub(super) index: Option<u32>,
    pub(super) id: Option<String>,
    pub(super) function: Option<Function>,
}

#[derive(Deserialize)]
pub(super) struct Function {
    pub(super) name: Option<String>,
    pub(super) arguments: Option<String>,
}

/// A text, or parts of which some are text, as Mistral's reasoning models write it.
#[derive(Deserialize)]
#[serde(untagged)]
pub(super) enum Content {
    Text(String),
    Parts(Vec<Part>),
}

#[derive(Deserialize)]
pub(super) struct Part {
    text: Option<String>,
    thinking: Option<Box<Content>>,
}

#[derive(Deserialize)]
pub(super) struct TokenUsage {
    #[serde(default)]
    prompt_tokens: u32,
    #[serde(default)]
    completion_tokens: u32,
    total_tokens: Option<u32>,
    prompt_tokens_details: Option<PromptDetails>,
    completion_tokens_details: Option<CompletionDetails>,
    /// DeepSeek.
    prompt_cache_hit_tokens: Option<u32>,
}

#[derive(Deserialize)]
struct PromptDetails {
    cached_tokens: Option<u32>,
    /// OpenRouter.
    cache_write_tokens: Option<u32>,
}

#[derive(Deserialize)]
struct CompletionDetails {
    reasoning_tokens: Option<u32>,
}

impl Choice {
    pub(super) fn piece(&mut self) -> Option<Piece> {
        self.delta.take().or(self.message.take())
    }

    /// A reason that the API reference doesn't list still ends the completion.
    pub(super) fn finish_reason(&self) -> Option<FinishReason> {
        self.finish_reason.as_deref().map(|reason| match reason {
            "length" | "max_tokens" | "model_length" => FinishReason::Length,
            "content_filter" => FinishReason::ContentFilter,
            "tool_calls" | "function_call" => FinishReason::ToolCalls,
            _ => FinishReason::Stop,
        })
    }

    pub(super) fn stop_sequence(&self) -> Option<String> {
        let stop = [&self.stop_reason, &self.matched_stop];
        stop.into_iter().flatten().find_map(Value::as_str).map(str::to_owned)
    }
}

impl Content {
    /// The text of an answer, and what was thought between it.
    pub(super) fn split(self) -> (String, String) {
        match self {
            Self::Text(text) => (text, String::new()),
            Self::Parts(parts) => {
                let (mut text, mut thoughts) = (String::new(), String::new());
                for part in parts {
                    text.extend(part.text);
                    let (thought, deeper) =
                        part.thinking.map(|thinking| thinking.split()).unwrap_or_default();
                    thoughts.push_str(&thought);
                    thoughts.push_str(&deeper);
                }
                (text, thoughts)
            }
        }
    }
}

impl From<TokenUsage> for Usage {
    fn from(usage: TokenUsage) -> Self {
        let prompt = usage.prompt_tokens_details.as_ref();
        let reasoning_tokens =
            usage.completion_tokens_details.and_then(|details| details.reasoning_tokens).unwrap_or_default();
        // xAI counts thoughts beside the completion, and only its total shows it.
        let apart =
            usage.prompt_tokens.saturating_add(usage.completion_tokens).saturating_add(reasoning_tokens);
        let beside = if usage.total_tokens == Some(apart) { reasoning_tokens } else { 0 };
        Self {
            prompt_tokens: usage.prompt_tokens,
            completion_tokens: usage.completion_tokens.saturating_add(beside),
            cached_read_tokens: prompt
                .and_then(|details| details.cached_tokens)
                .or(usage.prompt_cache_hit_tokens)
                .unwrap_or_default(),
            cached_write_tokens: prompt.and_then(|details| details.cache_write_tokens).unwrap_or_default(),
            reasoning_tokens,
        }
    }
}
