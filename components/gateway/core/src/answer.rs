//! An answer as the orchestrator gives it, in plain types that can be written as JSON.

use gusset_types::{FinishReason, Passage, Usage};
use serde::Serialize;

/// Who chose the words.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// A model wrote them.
    Generated,
    /// They are sentences of the passages.
    Extractive,
}

/// A passage that the answer cites as `[number]`.
#[derive(Clone, Debug, PartialEq)]
pub struct Citation {
    /// As it stands in the text.
    pub number: u32,
    /// What is cited.
    pub passage: Passage,
}

/// Where a failure arose.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Place {
    /// In the request.
    Client,
    /// In Gusset.
    Edge,
    /// At the target or on the way to it.
    Node,
}

/// Why an attempt failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
#[expect(missing_docs, reason = "the names say it; `gusset:generate` describes them")]
pub enum Cause {
    InvalidRequest,
    UnknownModel,
    Unauthorized,
    RateLimited,
    Overloaded,
    Unreachable,
    TimedOut,
    Interrupted,
    Malformed,
    Refused,
    Unsupported,
    CircuitOpen,
    Internal,
}

impl Cause {
    /// Whether the target had too much to do, or is spared because it lately failed.
    #[must_use]
    pub fn is_overload(self) -> bool {
        matches!(self, Self::Overloaded | Self::RateLimited | Self::CircuitOpen)
    }
}

/// One attempt at generation that failed.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Failure {
    /// The target's URL, without credentials.
    pub target: String,
    /// Where.
    pub place: Place,
    /// Why.
    pub cause: Cause,
    /// For people.
    pub message: String,
    /// Whether the same request may succeed later or elsewhere.
    pub retryable: bool,
    /// When the target wants to be asked again, where it said so.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub retry_after_ms: Option<u32>,
    /// How long the attempt took.
    pub elapsed_ms: u32,
}

/// Whether an answer was given before.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum CacheStatus {
    /// Nothing is cached on this route.
    #[default]
    Off,
    /// The request could not be answered from the cache, or asked not to be; says why.
    Bypass(String),
    /// It is new.
    Miss,
    /// It is the answer to the same request.
    Hit,
    /// It is the answer to a question that means the same: the cosine of the two.
    SemanticHit(f32),
}

/// What is known when the first token is.
#[derive(Clone, Debug, PartialEq)]
pub struct Opening {
    /// Who chooses the words.
    pub kind: Kind,
    /// Whether they were chosen before.
    pub cache: CacheStatus,
    /// Why the model was chosen, for people; empty where there was nothing to choose.
    pub route: String,
    /// `collection/model`, `collection/extractive` or the model's name.
    pub model: String,
}

/// How the answer ended.
#[derive(Clone, Debug, PartialEq)]
pub struct Outcome {
    /// Why it ended.
    pub finish_reason: FinishReason,
    /// The text among those asked for that ended it, where the target says.
    pub stop_sequence: Option<String>,
    /// Tokens.
    pub usage: Usage,
    /// US dollars; `None` where no price is known.
    pub cost: Option<f64>,
    /// Those that the text cites, ascending by number.
    pub citations: Vec<Citation>,
    /// Attempts that failed before this answer, in order.
    pub failures: Vec<Failure>,
    /// Share of its sentences that what they cite supports: 0 to 1; `None` where that was not asked for, or nothing is cited.
    pub groundedness: Option<f32>,
}

/// What an answer is made with where the request doesn't say.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Defaults {
    /// Passages to retrieve, at most.
    pub passages: u32,
    /// Context window in tokens, where the target doesn't say.
    pub context_tokens: u32,
    /// Completion tokens to leave room for.
    pub answer_tokens: u32,
}
