//! Fields that would change what the answer means, and that Gusset does not support yet.
//!
//! Each is accepted where its value asks for nothing.

use serde::Deserialize;
use serde_json::Value;

use crate::Error;

/// The fields, as they came.
#[derive(Debug, Deserialize)]
pub(super) struct Refused {
    tools: Option<Value>,
    tool_choice: Option<Value>,
    functions: Option<Value>,
    function_call: Option<Value>,
    response_format: Option<Value>,
    n: Option<Value>,
    logprobs: Option<Value>,
    top_logprobs: Option<Value>,
    logit_bias: Option<Value>,
    frequency_penalty: Option<Value>,
    presence_penalty: Option<Value>,
    modalities: Option<Value>,
    audio: Option<Value>,
    web_search_options: Option<Value>,
}

/// A field's name, its value, whether that asks for nothing, and what to say if it does.
type Rule<'a> = (&'static str, &'a Option<Value>, fn(&Value) -> bool, &'static str);

impl Refused {
    /// Names the first field that asks for something.
    pub(super) fn check(&self) -> Result<(), Error> {
        let rules: [Rule<'_>; 14] = [
            ("tools", &self.tools, is_empty, "tools cannot be called yet"),
            ("tool_choice", &self.tool_choice, |v| v == "none", "tools cannot be called yet, only `none`"),
            ("functions", &self.functions, is_empty, "functions cannot be called yet"),
            (
                "function_call",
                &self.function_call,
                |v| v == "none",
                "functions cannot be called yet, only `none`",
            ),
            ("response_format", &self.response_format, is_text_format, "answers are of type `text` only"),
            ("n", &self.n, |v| v == 1, "one choice is made a request; send the request again for another"),
            ("logprobs", &self.logprobs, |v| v == false, "log probabilities are not known"),
            ("top_logprobs", &self.top_logprobs, |v| v == 0, "log probabilities are not known"),
            ("logit_bias", &self.logit_bias, is_empty, "tokens cannot be weighted"),
            ("frequency_penalty", &self.frequency_penalty, is_zero, "only 0 can be asked for"),
            ("presence_penalty", &self.presence_penalty, is_zero, "only 0 can be asked for"),
            ("modalities", &self.modalities, is_text_only, "answers are of modality `text` only"),
            ("audio", &self.audio, |_| false, "answers are text"),
            ("web_search_options", &self.web_search_options, |_| false, "the web is not searched"),
        ];
        for (name, value, harmless, reason) in rules {
            if value.as_ref().is_some_and(|value| !harmless(value)) {
                return Err(Error::unsupported(name, reason));
            }
        }
        Ok(())
    }
}

fn is_empty(value: &Value) -> bool {
    match value {
        Value::Array(items) => items.is_empty(),
        Value::Object(fields) => fields.is_empty(),
        _ => false,
    }
}

fn is_zero(value: &Value) -> bool {
    value.as_f64() == Some(0.0)
}

fn is_text_format(value: &Value) -> bool {
    value.get("type").is_some_and(|kind| kind == "text")
}

fn is_text_only(value: &Value) -> bool {
    value.as_array().is_some_and(|kinds| kinds.iter().all(|kind| kind == "text"))
}
