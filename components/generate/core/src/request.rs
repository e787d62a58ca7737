//! The canonical request and what comes of it: `gusset:generate` in plain types, whatever the provider speaks.

use gusset_types::{Controls, FinishReason, Message, Sampling, TraceContext, Usage};

use crate::Failure;

/// What to complete.
#[derive(Clone, Debug, PartialEq)]
pub struct Request {
    /// A model's name; empty for the default of the first target that is up.
    pub model: String,
    /// The conversation, oldest turn first.
    pub messages: Vec<Message>,
    /// How to sample.
    pub sampling: Sampling,
    /// What the model may do, and the form of its answer.
    pub controls: Controls,
    /// Whom to ask, and for how long.
    pub plan: Plan,
    /// Propagated to the target as `traceparent`.
    pub trace: Option<TraceContext>,
}

/// Whom to ask, and for how long. The default leaves it to the configuration.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Plan {
    /// In the order in which they are to be tried. Empty: the nodes that serve the model, in the order of the configuration.
    pub targets: Vec<Asked>,
    /// Until the first token of any target, in all.
    pub first_token_ms: Option<u32>,
    /// Ask the next target too where the one before has said nothing for so long.
    pub hedge_ms: Option<u32>,
    /// Targets whose breakers another instance found open, and for how many milliseconds more.
    pub open: Vec<(String, u32)>,
}

/// A target as a router chose it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Asked {
    /// The node as configured; empty for any that serves the model.
    pub node: String,
    /// The model's name there; empty where the node is to choose.
    pub model: String,
}

/// Who answers: known when the first event is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Opening {
    /// Target as configured.
    pub target: String,
    /// The model that the target was asked for; empty where it was left to choose.
    pub model: String,
}

/// How a completion ended.
#[derive(Clone, Debug, PartialEq)]
pub struct Outcome {
    /// Target as configured.
    pub target: String,
    /// The model that answered, as the target names it.
    pub model: String,
    /// Why the completion ended.
    pub finish_reason: FinishReason,
    /// The stop text that ended it, where the target says.
    pub stop_sequence: Option<String>,
    /// `None` where the target doesn't say.
    pub usage: Option<Usage>,
    /// Attempts that failed before this one, in order.
    pub failures: Vec<Failure>,
    /// From the start of the attempt to its first token.
    pub first_token_ms: u32,
    /// From the start of the attempt to its end.
    pub elapsed_ms: u32,
}

/// A model that can be asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Model {
    /// Name as requests have it.
    pub name: String,
    /// Context window in tokens, where the target says.
    pub context_tokens: Option<u32>,
}

/// Tokens of a text for a model.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TokenCount {
    /// How many.
    pub tokens: u32,
    /// Whether the model's own tokenizer counted. If not, the true count is below `tokens` times 1.5 for prose.
    pub exact: bool,
}

impl Request {
    /// Checks what no target could accept, before any is asked.
    ///
    /// # Errors
    /// A [`Failure`] whose place is the client, naming the field and its range.
    pub fn validate(&self) -> Result<(), Failure> {
        let sampling = &self.sampling;
        let fault = if self.messages.is_empty() {
            "`messages` is empty: send at least one"
        } else if sampling.max_tokens == Some(0) {
            "`max_tokens` is 0: send at least 1, or leave it out"
        } else if sampling.temperature.is_some_and(|t| !(0.0..=2.0).contains(&t)) {
            "`temperature` is out of range: send 0.0 to 2.0"
        } else if sampling.top_p.is_some_and(|p| !(p > 0.0 && p <= 1.0)) {
            "`top_p` is out of range: send more than 0.0 and at most 1.0"
        } else if sampling.stop.len() > 4 {
            "`stop` has more than four texts: send at most four"
        } else {
            return Ok(());
        };
        Err(Failure::invalid_request(fault))
    }
}
