//! The canonical request and what comes of it: `gusset:generate` in plain types, whatever the provider speaks.

use std::collections::HashSet;

use gusset_types::{
    Controls, FinishReason, Message, ResponseFormat, Sampling, ToolChoice, TraceContext, Usage,
};

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
        let fault = if self.messages.is_empty() {
            Some("`messages` is empty: send at least one".to_owned())
        } else {
            outside(&self.sampling).map(str::to_owned).or_else(|| unusable(&self.controls))
        };
        fault.map_or(Ok(()), |fault| Err(Failure::invalid_request(fault)))
    }
}

/// The first number out of its range.
fn outside(sampling: &Sampling) -> Option<&'static str> {
    let beyond = |penalty: Option<f32>| penalty.is_some_and(|penalty| !(-2.0..=2.0).contains(&penalty));
    if sampling.max_tokens == Some(0) {
        Some("`max_tokens` is 0: send at least 1, or leave it out")
    } else if sampling.temperature.is_some_and(|t| !(0.0..=2.0).contains(&t)) {
        Some("`temperature` is out of range: send 0.0 to 2.0")
    } else if sampling.top_p.is_some_and(|p| !(p > 0.0 && p <= 1.0)) {
        Some("`top_p` is out of range: send more than 0.0 and at most 1.0")
    } else if sampling.top_k == Some(0) {
        Some("`top_k` is 0: send at least 1, or leave it out")
    } else if beyond(sampling.frequency_penalty) {
        Some("`frequency_penalty` is out of range: send -2.0 to 2.0")
    } else if beyond(sampling.presence_penalty) {
        Some("`presence_penalty` is out of range: send -2.0 to 2.0")
    } else {
        None
    }
}

/// The first tool or schema that says nothing to any model.
fn unusable(controls: &Controls) -> Option<String> {
    let mut names = HashSet::new();
    for (index, tool) in controls.tools.iter().enumerate() {
        let field = format!("`tools[{index}]`");
        if !is_name(&tool.name) {
            return Some(format!("{field} has an unusable name: send 1 to 64 of a-z, A-Z, 0-9, _ and -"));
        }
        if !names.insert(tool.name.as_str()) {
            return Some(format!("{field} is named `{}` like one before it: give each a name", tool.name));
        }
        if !tool.parameters.trim().is_empty() && !is_object(&tool.parameters) {
            return Some(format!("{field} has parameters that are no JSON object: send a JSON Schema"));
        }
    }
    match &controls.tool_choice {
        Some(ToolChoice::Named(name)) if !names.contains(name.as_str()) => {
            return Some(format!("`tool_choice` names `{name}`, which is not among `tools`"));
        }
        Some(ToolChoice::Required) if names.is_empty() => {
            return Some("`tool_choice` requires a call, and `tools` is empty".to_owned());
        }
        _ => {}
    }
    match &controls.response_format {
        ResponseFormat::JsonSchema(asked) if !is_object(&asked.schema) => {
            Some("`response_format` has a schema that is no JSON object: send a JSON Schema".to_owned())
        }
        ResponseFormat::JsonSchema(asked) if !is_name(&asked.name) => {
            Some("`response_format` has an unusable name: send 1 to 64 of a-z, A-Z, 0-9, _ and -".to_owned())
        }
        _ => None,
    }
}

fn is_name(name: &str) -> bool {
    let allowed = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-');
    (1..=64).contains(&name.len()) && name.chars().all(allowed)
}

fn is_object(json: &str) -> bool {
    json.trim_start().starts_with('{') && serde_json::from_str::<serde::de::IgnoredAny>(json).is_ok()
}

#[cfg(test)]
mod tests {
    use gusset_types::{Controls, JsonSchema, Message, ResponseFormat, Role, Sampling, Tool, ToolChoice};

    use super::{Plan, Request};
    use crate::{Cause, Place};

    fn fault(change: impl FnOnce(&mut Request)) -> Option<String> {
        let mut request = Request {
            model: String::new(),
            messages: vec![Message::text(Role::User, "Hi")],
            sampling: Sampling::default(),
            controls: Controls::default(),
            plan: Plan::default(),
            trace: None,
        };
        change(&mut request);
        let failure = request.validate().err()?;
        assert_eq!((failure.place, failure.cause), (Place::Client, Cause::InvalidRequest));
        Some(failure.message)
    }

    fn tool(name: &str, parameters: &str) -> Tool {
        let (name, parameters) = (name.to_owned(), parameters.to_owned());
        Tool { name, description: None, parameters, strict: None, cache_breakpoint: false }
    }

    #[test]
    fn what_no_target_could_accept_is_named() {
        assert_eq!(fault(|_| {}), None);
        assert_eq!(fault(|request| request.controls.tools = vec![tool("a", ""), tool("b", " {} ")]), None);
        let schema = |name: &str, schema: &str| {
            let (name, schema) = (name.to_owned(), schema.to_owned());
            ResponseFormat::JsonSchema(JsonSchema { name, description: None, schema, strict: None })
        };
        for (message, named) in [
            (fault(|request| request.messages.clear()), "`messages`"),
            (fault(|request| request.sampling.max_tokens = Some(0)), "`max_tokens`"),
            (fault(|request| request.sampling.temperature = Some(f32::NAN)), "`temperature`"),
            (fault(|request| request.sampling.top_p = Some(0.0)), "`top_p`"),
            (fault(|request| request.sampling.top_k = Some(0)), "`top_k`"),
            (fault(|request| request.sampling.frequency_penalty = Some(2.1)), "`frequency_penalty`"),
            (fault(|request| request.sampling.presence_penalty = Some(-2.1)), "`presence_penalty`"),
            (
                fault(|request| request.controls.tools = vec![tool("a b", "")]),
                "`tools[0]` has an unusable name",
            ),
            (
                fault(|request| request.controls.tools = vec![tool("a", ""), tool("a", "")]),
                "`tools[1]` is named",
            ),
            (fault(|request| request.controls.tools = vec![tool("a", "[]")]), "`tools[0]` has parameters"),
            (
                fault(|request| request.controls.tools = vec![tool("a", "{\"a\":")]),
                "`tools[0]` has parameters",
            ),
            (fault(|request| request.controls.tool_choice = Some(ToolChoice::Required)), "`tool_choice`"),
            (fault(|request| request.controls.tool_choice = Some(ToolChoice::Named("a".to_owned()))), "`a`"),
            (fault(|request| request.controls.response_format = schema("a", "true")), "schema"),
            (fault(|request| request.controls.response_format = schema("", "{}")), "unusable name"),
        ] {
            let message = message.expect(named);
            assert!(message.contains(named), "{message}");
        }
    }
}
