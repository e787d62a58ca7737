//! Fields that would change what the answer means, and that Gusset does not support.

use serde::Deserialize;
use serde_json::Value;

use crate::Error;
use crate::dialect::refused::{self, Rule, is_empty, is_false, never};

/// The fields, as they came.
#[derive(Debug, Deserialize)]
pub(super) struct Refused {
    functions: Option<Value>,
    function_call: Option<Value>,
    n: Option<Value>,
    logprobs: Option<Value>,
    top_logprobs: Option<Value>,
    logit_bias: Option<Value>,
    modalities: Option<Value>,
    audio: Option<Value>,
    web_search_options: Option<Value>,
    verbosity: Option<Value>,
}

impl Refused {
    /// Names the first field that asks for something.
    pub(super) fn check(&self) -> Result<(), Error> {
        let rules: [Rule<'_>; 10] = [
            ("functions", &self.functions, is_empty, "functions were replaced by tools; send `tools`"),
            (
                "function_call",
                &self.function_call,
                |v| v == "none",
                "functions were replaced by tools; send `tool_choice`",
            ),
            ("n", &self.n, |v| v == 1, "one choice is made a request; send the request again for another"),
            ("logprobs", &self.logprobs, is_false, "log probabilities are not known"),
            ("top_logprobs", &self.top_logprobs, |v| v == 0, "log probabilities are not known"),
            ("logit_bias", &self.logit_bias, is_empty, "tokens cannot be weighted"),
            ("modalities", &self.modalities, is_text_only, "answers are of modality `text` only"),
            ("audio", &self.audio, never, "answers are text"),
            ("web_search_options", &self.web_search_options, never, "the web is not searched"),
            ("verbosity", &self.verbosity, |v| v == "medium", "ask for short or long answers in a message"),
        ];
        refused::check(&rules)
    }
}

fn is_text_only(value: &Value) -> bool {
    value.as_array().is_some_and(|kinds| kinds.iter().all(|kind| kind == "text"))
}
