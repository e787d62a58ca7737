//! Whose a thought is.
//!
//! A provider takes back its own thoughts only: another's signature is an error to it, and a conversation that has fallen back to
//! another provider would never be answered again. So a seal says whose it is, before a dot, which no seal has in itself. One that
//! doesn't, from a conversation that began elsewhere, is taken for the target's own.

const ANTHROPIC_THINKING: &str = "anthropic.";
const ANTHROPIC_REDACTED: &str = "anthropic-redacted.";
const GEMINI: &str = "gemini.";
const OPENAI: &str = "openai.";

/// What a provider wants back with a thought.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Seal<'a> {
    /// Anthropic's signature of a thought's text, which may be empty.
    AnthropicSignature(&'a str),
    /// Anthropic's `redacted_thinking`.
    AnthropicRedacted(&'a str),
    /// Gemini's `thoughtSignature`, of the part that follows.
    Gemini(&'a str),
    /// The id and `encrypted_content` of an item of OpenAI's responses.
    OpenAi(&'a str, &'a str),
    /// Does not say whose it is.
    Untold(&'a str),
}

impl<'a> Seal<'a> {
    pub(crate) fn read(seal: &'a str) -> Self {
        if let Some(signature) = seal.strip_prefix(ANTHROPIC_THINKING) {
            Self::AnthropicSignature(signature)
        } else if let Some(data) = seal.strip_prefix(ANTHROPIC_REDACTED) {
            Self::AnthropicRedacted(data)
        } else if let Some(signature) = seal.strip_prefix(GEMINI) {
            Self::Gemini(signature)
        } else if let Some((id, content)) = seal.strip_prefix(OPENAI).and_then(|rest| rest.split_once('.')) {
            Self::OpenAi(id, content)
        } else {
            Self::Untold(seal)
        }
    }

    pub(crate) fn write(self) -> String {
        match self {
            Self::AnthropicSignature(signature) => format!("{ANTHROPIC_THINKING}{signature}"),
            Self::AnthropicRedacted(data) => format!("{ANTHROPIC_REDACTED}{data}"),
            Self::Gemini(signature) => format!("{GEMINI}{signature}"),
            Self::OpenAi(id, content) => format!("{OPENAI}{id}.{content}"),
            Self::Untold(seal) => seal.to_owned(),
        }
    }
}
