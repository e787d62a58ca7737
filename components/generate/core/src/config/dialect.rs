//! The dialects that nodes speak, and what each has words for.

use serde::{Deserialize, Serialize};

/// What a node speaks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Dialect {
    /// OpenAI's chat completions: vLLM, SGLang, llama.cpp, Ollama, Mistral and most hosted providers.
    #[default]
    #[serde(rename = "openai")]
    OpenAi,
    /// OpenAI's responses. Nothing is stored at the provider.
    #[serde(rename = "openai-responses")]
    OpenAiResponses,
    /// Anthropic's messages.
    Anthropic,
    /// Google's `generateContent`.
    Gemini,
}

/// What a request may need beside text, in the words that models are described with.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Capability {
    /// Tools.
    Tools,
    /// Pictures.
    Vision,
    /// An answer of a given form.
    StructuredOutput,
    /// To be told how much to think.
    Reasoning,
    /// `top_k`, which OpenAI's own servers refuse and vLLM, SGLang and llama.cpp know.
    TopK,
}

impl Dialect {
    /// The provider's own URL, where the dialect is spoken by one provider.
    #[must_use]
    pub fn home(self) -> Option<&'static str> {
        match self {
            // Most who speak it are not OpenAI: a forgotten URL must not send a conversation there.
            Self::OpenAi => None,
            Self::OpenAiResponses => Some("https://api.openai.com/v1"),
            Self::Anthropic => Some("https://api.anthropic.com/v1"),
            Self::Gemini => Some("https://generativelanguage.googleapis.com/v1beta"),
        }
    }

    /// Whether the dialect has words for it.
    pub(super) fn has(self, capability: Capability) -> bool {
        match (self, capability) {
            (Self::OpenAi | Self::OpenAiResponses, Capability::TopK) => false,
            (_, _) => true,
        }
    }
}
