//! Which answers are kept.

/// Why a completion ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ending {
    /// The model was done, or met a stop sequence.
    Stop,
    /// It ran into its limit of tokens.
    Length,
    /// A filter cut it.
    ContentFilter,
    /// It calls tools.
    ToolCalls,
    /// The target did not say.
    Unknown,
}

/// How the call went.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Outcome {
    /// It was answered, with a status of success.
    pub succeeded: bool,
    /// It came to its own end.
    pub complete: bool,
    /// Why it ended.
    pub ending: Ending,
    /// The answer calls tools, or was made with their results.
    pub uses_tools: bool,
    /// Route, caller or answer ask not to keep it.
    pub opted_out: bool,
}

/// Why an answer is not kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// There is none.
    Failed,
    /// It is not whole, or nobody knows that it is.
    Truncated,
    /// Tools have effects, and their results change.
    ToolBearing,
    /// Somebody asked for it.
    OptedOut,
    /// One answer would push out too many others.
    TooLarge,
}

impl Outcome {
    /// Why the answer is not to be kept; `None` if it is.
    #[must_use]
    pub fn refusal(&self) -> Option<Refusal> {
        let Self { succeeded, complete, ending, uses_tools, opted_out } = *self;
        if !succeeded {
            Some(Refusal::Failed)
        } else if uses_tools || ending == Ending::ToolCalls {
            Some(Refusal::ToolBearing)
        } else if !complete || ending != Ending::Stop {
            Some(Refusal::Truncated)
        } else {
            opted_out.then_some(Refusal::OptedOut)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_whole_plain_answer_is_kept() {
        let good = Outcome {
            succeeded: true,
            complete: true,
            ending: Ending::Stop,
            uses_tools: false,
            opted_out: false,
        };
        assert_eq!(good.refusal(), None);
        let cases = [
            (Outcome { succeeded: false, ..good }, Refusal::Failed),
            (Outcome { complete: false, ..good }, Refusal::Truncated),
            (Outcome { ending: Ending::Length, ..good }, Refusal::Truncated),
            (Outcome { ending: Ending::ContentFilter, ..good }, Refusal::Truncated),
            (Outcome { ending: Ending::Unknown, ..good }, Refusal::Truncated),
            (Outcome { ending: Ending::ToolCalls, ..good }, Refusal::ToolBearing),
            (Outcome { uses_tools: true, ..good }, Refusal::ToolBearing),
            (Outcome { opted_out: true, ..good }, Refusal::OptedOut),
        ];
        for (outcome, refusal) in cases {
            assert_eq!(outcome.refusal(), Some(refusal), "{outcome:?}");
        }
    }
}
