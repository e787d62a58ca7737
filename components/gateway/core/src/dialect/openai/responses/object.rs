//! The response object, and what of the request comes back in it.

use std::collections::BTreeMap;

use gusset_types::{Controls, JsonSchema, Part, ResponseFormat, Sampling, Tool, ToolChoice, Usage};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use super::item::Item;
use super::output::Output;
use crate::answer::{Opening, Outcome};
use crate::dialect::Identity;
use crate::dialect::extension::Extension;

/// What of a request comes back in its response, or is kept with it.
#[derive(Clone, Debug)]
pub struct Echo {
    pub(super) instructions: Option<String>,
    pub(super) previous: Option<String>,
    pub(super) metadata: BTreeMap<String, String>,
    pub(super) sampling: Sampling,
    pub(super) controls: Controls,
    pub(super) reasoning: Thinking,
    pub(super) truncation: &'static str,
    pub(super) store: bool,
    /// Whether thoughts are sent with their seals.
    pub(super) seals: bool,
    pub(super) input: Vec<Item>,
}

/// How to think, as the request says.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(super) struct Thinking {
    pub(super) effort: Option<String>,
    pub(super) summary: Option<String>,
}

/// How far a response has come.
#[derive(Clone, Copy, Debug)]
pub(super) enum Status<'a> {
    InProgress,
    Completed(&'a Outcome),
    /// Why.
    Incomplete(&'a Outcome, &'static str),
    /// In words.
    Failed(&'a str),
}

/// A `response`.
#[derive(Debug, Serialize)]
pub(super) struct Object<'a> {
    id: &'a str,
    object: &'static str,
    created_at: u64,
    status: &'static str,
    background: bool,
    error: Option<Failed<'a>>,
    incomplete_details: Option<Incomplete>,
    instructions: Option<&'a str>,
    max_output_tokens: Option<u32>,
    model: &'a str,
    output: Vec<Output<'a>>,
    parallel_tool_calls: bool,
    previous_response_id: Option<&'a str>,
    reasoning: &'a Thinking,
    store: bool,
    temperature: Option<f32>,
    text: Text<'a>,
    tool_choice: Choice<'a>,
    tools: Vec<Function<'a>>,
    top_p: Option<f32>,
    truncation: &'static str,
    usage: Option<Tokens>,
    user: Option<&'a str>,
    metadata: &'a BTreeMap<String, String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    x_gusset: Option<Extension<'a>>,
}

#[derive(Debug, Serialize)]
struct Failed<'a> {
    code: &'static str,
    message: &'a str,
}

#[derive(Debug, Serialize)]
struct Incomplete {
    reason: &'static str,
}

#[derive(Debug, Serialize)]
struct Text<'a> {
    format: Format<'a>,
}

#[derive(Debug, Serialize)]
#[serde(tag = "type", rename_all = "snake_case")]
enum Format<'a> {
    Text,
    JsonObject,
    JsonSchema {
        name: &'a str,
        #[serde(skip_serializing_if = "Option::is_none")]
        description: Option<&'a str>,
        schema: Option<&'a RawValue>,
        strict: Option<bool>,
    },
}

#[derive(Debug, Serialize)]
#[serde(untagged)]
enum Choice<'a> {
    Word(&'static str),
    Named { r#type: &'static str, name: &'a str },
}

#[derive(Debug, Serialize)]
struct Function<'a> {
    r#type: &'static str,
    name: &'a str,
    description: Option<&'a str>,
    parameters: Option<&'a RawValue>,
    strict: Option<bool>,
}

#[derive(Debug, Serialize)]
struct Tokens {
    input_tokens: u32,
    input_tokens_details: InputDetails,
    output_tokens: u32,
    output_tokens_details: OutputDetails,
    total_tokens: u32,
}

#[derive(Debug, Serialize)]
struct InputDetails {
    cached_tokens: u32,
}

#[derive(Debug, Serialize)]
struct OutputDetails {
    reasoning_tokens: u32,
}

impl<'a> Object<'a> {
    pub(super) fn new(
        identity: &'a Identity,
        opening: &'a Opening,
        echo: &'a Echo,
        parts: &'a [Part],
        status: Status<'a>,
    ) -> Self {
        let outcome = match status {
            Status::Completed(outcome) | Status::Incomplete(outcome, _) => Some(outcome),
            Status::InProgress | Status::Failed(_) => None,
        };
        let item_status = if let Status::Completed(_) = status { "completed" } else { "incomplete" };
        let citations = outcome.map_or(&[][..], |outcome| &outcome.citations);
        let output = parts
            .iter()
            .enumerate()
            .filter_map(|(at, part)| Output::new(&identity.id, at, part, item_status, citations, echo.seals));
        let (sampling, controls) = (&echo.sampling, &echo.controls);
        Self {
            id: &identity.id,
            object: "response",
            created_at: identity.created,
            status: status.word(),
            background: false,
            error: if let Status::Failed(message) = status {
                Some(Failed { code: "server_error", message })
            } else {
                None
            },
            incomplete_details: if let Status::Incomplete(_, reason) = status {
                Some(Incomplete { reason })
            } else {
                None
            },
            instructions: echo.instructions.as_deref(),
            max_output_tokens: sampling.max_tokens,
            model: &opening.model,
            output: output.collect(),
            parallel_tool_calls: controls.parallel_tool_calls.unwrap_or(true),
            previous_response_id: echo.previous.as_deref(),
            reasoning: &echo.reasoning,
            store: echo.store,
            temperature: sampling.temperature,
            text: Text { format: Format::new(&controls.response_format) },
            tool_choice: Choice::new(controls.tool_choice.as_ref()),
            tools: controls.tools.iter().map(Function::new).collect(),
            top_p: sampling.top_p,
            truncation: echo.truncation,
            usage: outcome.map(|outcome| outcome.usage.into()),
            user: controls.user.as_deref(),
            metadata: &echo.metadata,
            x_gusset: outcome.map(|outcome| Extension::new(opening.kind, outcome, &identity.trace_id)),
        }
    }
}

impl Status<'_> {
    fn word(self) -> &'static str {
        match self {
            Self::InProgress => "in_progress",
            Self::Completed(_) => "completed",
            Self::Incomplete(..) => "incomplete",
            Self::Failed(_) => "failed",
        }
    }
}

impl<'a> Format<'a> {
    fn new(format: &'a ResponseFormat) -> Self {
        match format {
            ResponseFormat::Text => Self::Text,
            ResponseFormat::JsonObject => Self::JsonObject,
            ResponseFormat::JsonSchema(JsonSchema { name, description, schema, strict }) => {
                Self::JsonSchema {
                    name,
                    description: description.as_deref(),
                    schema: raw(schema),
                    strict: *strict,
                }
            }
        }
    }
}

impl<'a> Choice<'a> {
    fn new(choice: Option<&'a ToolChoice>) -> Self {
        match choice {
            None | Some(ToolChoice::Auto) => Self::Word("auto"),
            Some(ToolChoice::None) => Self::Word("none"),
            Some(ToolChoice::Required) => Self::Word("required"),
            Some(ToolChoice::Named(name)) => Self::Named { r#type: "function", name },
        }
    }
}

impl<'a> Function<'a> {
    fn new(tool: &'a Tool) -> Self {
        let Tool { name, description, parameters, strict, .. } = tool;
        Self {
            r#type: "function",
            name,
            description: description.as_deref(),
            parameters: raw(parameters),
            strict: *strict,
        }
    }
}

/// A schema as JSON; `None` for an empty text.
fn raw(schema: &str) -> Option<&RawValue> {
    serde_json::from_str(schema).ok()
}

impl From<Usage> for Tokens {
    fn from(usage: Usage) -> Self {
        Self {
            input_tokens: usage.prompt_tokens,
            input_tokens_details: InputDetails { cached_tokens: usage.cached_read_tokens },
            output_tokens: usage.completion_tokens,
            output_tokens_details: OutputDetails { reasoning_tokens: usage.reasoning_tokens },
            total_tokens: usage.prompt_tokens.saturating_add(usage.completion_tokens),
        }
    }
}
