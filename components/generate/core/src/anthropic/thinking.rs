//! How much Claude is asked to think: in words for models that adapt by themselves, in tokens for those before them.

use gusset_types::{Effort, ReasoningBudget};
use serde::Serialize;

use crate::wire::{Problem, effort_of, tokens_of};

/// The least budget that the API takes.
const MIN_BUDGET: u32 = 1_024;

/// The first version that thinks adaptively; its successors take no budget any more.
const ADAPTIVE_SINCE: (u32, u32) = (4, 6);

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "type", rename_all = "lowercase")]
pub(super) enum Thinking {
    Disabled,
    Enabled {
        budget_tokens: u32,
    },
    Adaptive {
        /// Newer models keep their thoughts to themselves unless asked.
        display: &'static str,
    },
}

/// What is sent of a budget.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Asked {
    pub(super) thinking: Option<Thinking>,
    pub(super) effort: Option<&'static str>,
    pub(super) max_tokens: u32,
}

/// `bound`: the completion's, if the request names one; `default`: otherwise, thoughts not counted.
///
/// # Errors
/// The bound leaves no room for a thought.
pub(super) fn ask(
    model: &str,
    budget: Option<ReasoningBudget>,
    bound: Option<u32>,
    default: u32,
) -> Result<Asked, Problem> {
    let max_tokens = bound.unwrap_or(default);
    let (effort, tokens) = (budget.and_then(effort_of), budget.and_then(tokens_of));
    let (Some(effort), Some(tokens)) = (effort, tokens) else {
        return Ok(Asked { thinking: None, effort: None, max_tokens });
    };
    if !effort.thinks() || tokens == 0 {
        return Ok(Asked { thinking: Some(Thinking::Disabled), effort: None, max_tokens });
    }
    if is_adaptive(model) {
        let effort = match effort.0 {
            Effort::None | Effort::Minimal | Effort::Low => "low",
            Effort::Medium => "medium",
            Effort::High => "high",
        };
        let thinking = Some(Thinking::Adaptive { display: "summarized" });
        return Ok(Asked { thinking, effort: Some(effort), max_tokens });
    }
    let wanted = tokens.max(MIN_BUDGET);
    // The bound counts thoughts, and must be above their budget: one that the request named holds, and the budget yields.
    let (budget_tokens, max_tokens) = match bound {
        Some(bound) if bound <= MIN_BUDGET => {
            let least = MIN_BUDGET + 1;
            return Err(Problem::unsupported(format!(
                "`max_tokens` is {bound}, and the target thinks from {least} on: raise it, or ask for no reasoning"
            )));
        }
        Some(bound) => (wanted.min(bound - 1), bound),
        None => (wanted, default.saturating_add(wanted)),
    };
    Ok(Asked { thinking: Some(Thinking::Enabled { budget_tokens }), effort: None, max_tokens })
}

/// By the version in the name: `claude-opus-4-6`, `claude-sonnet-4-5-20250929`, `claude-3-7-sonnet-20250219`. A Claude without one is new;
/// what isn't Claude speaks the dialect as it was.
fn is_adaptive(model: &str) -> bool {
    if !model.contains("claude") {
        return false;
    }
    let numbers =
        model.split(|c: char| !c.is_ascii_alphanumeric()).filter_map(|word| word.parse::<u32>().ok());
    // A date is no part of a version.
    let mut version = numbers.take_while(|number| *number < 100);
    version.next().is_none_or(|major| (major, version.next().unwrap_or_default()) >= ADAPTIVE_SINCE)
}

#[cfg(test)]
mod tests {
    use super::is_adaptive;

    #[test]
    fn adaptive_models_are_told_by_their_version() {
        for model in [
            "claude-opus-4-6",
            "claude-opus-4-7",
            "claude-sonnet-5",
            "claude-haiku-latest",
            "anthropic.claude-opus-4-6-v1:0",
        ] {
            assert!(is_adaptive(model), "{model}");
        }
        for model in [
            "claude-sonnet-4-5-20250929",
            "claude-opus-4-20250514",
            "claude-3-7-sonnet-20250219",
            "glm-4.6",
            "deepseek-chat",
        ] {
            assert!(!is_adaptive(model), "{model}");
        }
    }
}
