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

/// The effort that was asked for, or the least one whose tokens hold the budget. Minimal and low hold the same: low is what every model
/// knows.
pub(crate) fn effort_of(budget: ReasoningBudget) -> Option<Asked> {
    let holding = |tokens| {
        let mut words = TOKENS.iter().filter(|(effort, _)| *effort != Effort::Minimal);
        words.find(|(_, most)| tokens <= *most).map_or(Effort::High, |(effort, _)| *effort)
    };
    budget.effort.or_else(|| budget.tokens.map(holding)).map(Asked)
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_and_tokens_stand_for_each_other() {
        let tokens = |tokens| ReasoningBudget { effort: None, tokens: Some(tokens) };
        for (budget, word) in
            [(0, "none"), (1, "low"), (1_024, "low"), (1_025, "medium"), (8_193, "high"), (u32::MAX, "high")]
        {
            assert_eq!(effort_of(tokens(budget)).map(Asked::as_str), Some(word), "{budget}");
            assert_eq!(tokens_of(tokens(budget)), Some(budget));
        }
        let medium = ReasoningBudget { effort: Some(Effort::Medium), tokens: None };
        assert_eq!(tokens_of(medium), Some(8_192));
        assert_eq!(effort_of(ReasoningBudget::default()), None);
    }
}
