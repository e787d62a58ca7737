//! Fields that would change what the answer means, and that Gusset does not support.

use serde::Deserialize;
use serde_json::Value;

use crate::Error;
use crate::dialect::refused::{self, Rule, is_false, never};

/// The fields, as they came.
#[derive(Debug, Deserialize)]
pub(super) struct Refused {
    background: Option<Value>,
    conversation: Option<Value>,
    prompt: Option<Value>,
    top_logprobs: Option<Value>,
    include: Option<Value>,
}

impl Refused {
    /// Names the first field that asks for something.
    pub(super) fn check(&self) -> Result<(), Error> {
        let rules: [Rule<'_>; 5] = [
            (
                "background",
                &self.background,
                is_false,
                "answers are made while the caller waits; stream them",
            ),
            ("conversation", &self.conversation, never, "go on by `previous_response_id`"),
            ("prompt", &self.prompt, never, "no prompts are stored; send `instructions` and `input`"),
            ("top_logprobs", &self.top_logprobs, |v| v == 0, "log probabilities are not known"),
            ("include", &self.include, without_logprobs, "log probabilities are not known"),
        ];
        refused::check(&rules)
    }
}

/// What hosted tools found can be asked for: none is called, so there is nothing of it.
fn without_logprobs(value: &Value) -> bool {
    value.as_array().is_none_or(|names| names.iter().all(|name| name != "message.output_text.logprobs"))
}
