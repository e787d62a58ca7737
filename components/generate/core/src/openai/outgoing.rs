//! The body of `POST /chat/completions`, streamed, with usage at the stream's end.

use gusset_types::{ResponseFormat, ToolChoice};
use serde::Serialize;

use super::forms::{Function, Schema};
use super::piece::{Turn, turns};
use crate::wire::{Problem, effort_of, short};
use crate::{Node, Request};

/// Stop texts that the API takes.
const MAX_STOPS: usize = 4;

/// # Errors
/// Where the request wants what the dialect has no words for.
pub(crate) fn write(node: &Node, model: &str, request: &Request) -> Result<Vec<u8>, Problem> {
    let (sampling, controls) = (&request.sampling, &request.controls);
    if sampling.stop.len() > MAX_STOPS {
        let count = sampling.stop.len();
        return Err(Problem::unsupported(format!(
            "`stop` has {count} texts, and the target takes {MAX_STOPS}"
        )));
    }
    let official = is_official(node);
    let (old_bound, new_bound) =
        if official { (None, sampling.max_tokens) } else { (sampling.max_tokens, None) };
    let body = Body {
        model,
        messages: turns(&request.messages, !official)?,
        stream: true,
        stream_options: StreamOptions { include_usage: true },
        max_tokens: old_bound,
        max_completion_tokens: new_bound,
        temperature: sampling.temperature.map(short),
        top_p: sampling.top_p.map(short),
        top_k: sampling.top_k,
        frequency_penalty: sampling.frequency_penalty.map(short),
        presence_penalty: sampling.presence_penalty.map(short),
        seed: sampling.seed,
        stop: &sampling.stop,
        tools: controls.tools.iter().map(Tool::new).collect::<Result<_, _>>()?,
        tool_choice: controls.tool_choice.as_ref().filter(|_| !controls.tools.is_empty()).map(Choice::from),
        parallel_tool_calls: controls.parallel_tool_calls.filter(|_| !controls.tools.is_empty()),
        response_format: Format::new(&controls.response_format)?,
        reasoning_effort: controls.reasoning.and_then(effort_of).map(|effort| effort.as_str()),
        user: controls.user.as_deref(),
    };
    Ok(serde_json::to_vec(&body)?)
}

/// OpenAI's reasoning models know `max_tokens` no more, other servers its successor not yet.
fn is_official(node: &Node) -> bool {
    let host = node.host();
    host == "api.openai.com" || host.ends_with(".openai.azure.com")
}

#[derive(Serialize)]
struct Body<'a> {
    /// Servers of one model do without; an empty name they would look up.
    #[serde(skip_serializing_if = "str::is_empty")]
    model: &'a str,
    messages: Vec<Turn<'a>>,
    stream: bool,
    stream_options: StreamOptions,
    #[serde(skip_serializing_if = "Option::is_none")]
    max_tokens: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    max_completion_tokens: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    temperature: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    top_p: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    top_k: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    frequency_penalty: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    presence_penalty: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    seed: Option<i64>,
    #[serde(skip_serializing_if = "<[String]>::is_empty")]
    stop: &'a [String],
    #[serde(skip_serializing_if = "Vec::is_empty")]
    tools: Vec<Tool<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    tool_choice: Option<Choice<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    parallel_tool_calls: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    response_format: Option<Format<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    reasoning_effort: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    user: Option<&'a str>,
}

#[derive(Serialize)]
struct StreamOptions {
    include_usage: bool,
}

#[derive(Serialize)]
struct Tool<'a> {
    r#type: &'static str,
    function: Function<'a>,
}

#[derive(Serialize)]
#[serde(untagged)]
enum Choice<'a> {
    Word(&'static str),
    Named { r#type: &'static str, function: Name<'a> },
}

#[derive(Serialize)]
struct Name<'a> {
    name: &'a str,
}

#[derive(Serialize)]
#[serde(tag = "type", rename_all = "snake_case")]
enum Format<'a> {
    JsonObject,
    JsonSchema { json_schema: Schema<'a> },
}

impl<'a> Tool<'a> {
    fn new(tool: &'a gusset_types::Tool) -> Result<Self, Problem> {
        Ok(Self { r#type: "function", function: Function::new(tool)? })
    }
}

impl<'a> From<&'a ToolChoice> for Choice<'a> {
    fn from(choice: &'a ToolChoice) -> Self {
        match choice {
            ToolChoice::Auto => Self::Word("auto"),
            ToolChoice::None => Self::Word("none"),
            ToolChoice::Required => Self::Word("required"),
            ToolChoice::Named(name) => Self::Named { r#type: "function", function: Name { name } },
        }
    }
}

impl<'a> Format<'a> {
    fn new(format: &'a ResponseFormat) -> Result<Option<Self>, Problem> {
        Ok(match format {
            ResponseFormat::Text => None,
            ResponseFormat::JsonObject => Some(Self::JsonObject),
            ResponseFormat::JsonSchema(asked) => Some(Self::JsonSchema { json_schema: Schema::new(asked)? }),
        })
    }
}
