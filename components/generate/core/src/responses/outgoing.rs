//! The body of `POST /responses`.

use gusset_types::{ResponseFormat, ToolChoice};
use serde::Serialize;

use super::items::{Item, items};
use crate::Request;
use crate::openai::{Function, Schema};
use crate::wire::{Problem, effort_of, short};

/// # Errors
/// Where the request wants what the dialect has no words for.
pub(crate) fn write(model: &str, request: &Request) -> Result<Vec<u8>, Problem> {
    let (sampling, controls) = (&request.sampling, &request.controls);
    let set = |penalty: Option<f32>| penalty.is_some_and(|penalty| penalty != 0.0);
    if !sampling.stop.is_empty() {
        return Err(Problem::unsupported("the target takes no `stop`"));
    }
    if set(sampling.frequency_penalty) || set(sampling.presence_penalty) {
        return Err(Problem::unsupported(
            "the target takes no `frequency_penalty` and no `presence_penalty`",
        ));
    }
    let has_tools = !controls.tools.is_empty();
    let effort = controls.reasoning.and_then(effort_of);
    let format = Format::new(&controls.response_format)?;
    let body = Body {
        model,
        input: items(&request.messages)?,
        stream: true,
        store: false,
        include: ["reasoning.encrypted_content"],
        max_output_tokens: sampling.max_tokens,
        temperature: sampling.temperature.map(short),
        top_p: sampling.top_p.map(short),
        top_k: sampling.top_k,
        tools: controls.tools.iter().map(Tool::new).collect::<Result<_, _>>()?,
        tool_choice: controls.tool_choice.as_ref().filter(|_| has_tools).map(Choice::from),
        parallel_tool_calls: controls.parallel_tool_calls.filter(|_| has_tools),
        text: format.map(|format| Text { format }),
        reasoning: effort
            .map(|effort| Reasoning { effort: effort.as_str(), summary: effort.thinks().then_some("auto") }),
        user: controls.user.as_deref(),
    };
    Ok(serde_json::to_vec(&body)?)
}

#[derive(Serialize)]
struct Body<'a> {
    #[serde(skip_serializing_if = "str::is_empty")]
    model: &'a str,
    input: Vec<Item<'a>>,
    stream: bool,
    store: bool,
    include: [&'static str; 1],
    #[serde(skip_serializing_if = "Option::is_none")]
    max_output_tokens: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    temperature: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    top_p: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    top_k: Option<u32>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    tools: Vec<Tool<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    tool_choice: Option<Choice<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    parallel_tool_calls: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    text: Option<Text<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    reasoning: Option<Reasoning>,
    #[serde(skip_serializing_if = "Option::is_none")]
    user: Option<&'a str>,
}

#[derive(Serialize)]
struct Tool<'a> {
    r#type: &'static str,
    #[serde(flatten)]
    function: Function<'a>,
}

#[derive(Serialize)]
#[serde(untagged)]
enum Choice<'a> {
    Word(&'static str),
    Named { r#type: &'static str, name: &'a str },
}

#[derive(Serialize)]
struct Text<'a> {
    format: Format<'a>,
}

#[derive(Serialize)]
#[serde(tag = "type", rename_all = "snake_case")]
enum Format<'a> {
    JsonObject,
    JsonSchema(Schema<'a>),
}

#[derive(Serialize)]
struct Reasoning {
    effort: &'static str,
    /// Without it thoughts come sealed only.
    #[serde(skip_serializing_if = "Option::is_none")]
    summary: Option<&'static str>,
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
            ToolChoice::Named(name) => Self::Named { r#type: "function", name },
        }
    }
}

impl<'a> Format<'a> {
    fn new(format: &'a ResponseFormat) -> Result<Option<Self>, Problem> {
        Ok(match format {
            ResponseFormat::Text => None,
            ResponseFormat::JsonObject => Some(Self::JsonObject),
            ResponseFormat::JsonSchema(asked) => Some(Self::JsonSchema(Schema::new(asked)?)),
        })
    }
}
