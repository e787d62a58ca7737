//! How much to think, in words and in tokens.

use gusset_types::{Effort, ReasoningBudget};

/// Tokens of each word, after Google's table for its OpenAI-compatible endpoint
/// (<https://ai.google.dev/gemini-api/docs/openai#thinking>).
const TOKENS: [(Effort, u32); 5] = [
    (Effort::None, 0),
    (Effort::Minimal, 1_024),
    (Effort::Low, 1_024),
    (Effort::Medium, 8_192),
    (Effort::High, 24_576),
];

/// An effort that was asked for, whether it is any at all.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Asked(pub(crate) Effort);

/// The effort that was asked for, or the least one whose tokens hold the budget.
pub(crate) fn effort_of(budget: ReasoningBudget) -> Option<Asked> {
    let from_tokens = |tokens| {
        // Minimal and low are one budget: low is what every model knows.
        let fits = TOKENS.iter().rev().filter(|(_, most)| tokens <= *most).map(|(effort, _)| *effort);
        fits.min_by_key(|effort| (*effort == Effort::Minimal, *effort)).unwrap_or(Effort::High)
    };
    budget.effort.or_else(|| budget.tokens.map(from_tokens)).map(Asked)
}

/// The budget that was asked for, or that of the effort.
pub(crate) fn tokens_of(budget: ReasoningBudget) -> Option<u32> {
    let from_effort = |effort| TOKENS.iter().find(|(word, _)| *word == effort).map(|(_, tokens)| *tokens);
    budget.tokens.or_else(|| budget.effort.and_then(from_effort))
}

impl Asked {
    pub(crate) fn thinks(self) -> bool {
        self.0 != Effort::None
    }

    /// OpenAI's word for it.
    pub(crate) fn as_str(self) -> &'static str {
        match self.0 {
            Effort::None => "none",
            Effort::Minimal => "minimal",
            Effort::Low => "low",
            Effort::Medium => "medium",
            Effort::High => "high",
        }
    }
}
