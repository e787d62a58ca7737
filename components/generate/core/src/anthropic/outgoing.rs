//! The body of `POST /messages`.

use gusset_types::{ResponseFormat, ToolChoice};
use serde::Serialize;

use super::thinking::{self, Thinking};
use super::turns::{Block, CacheControl, Turn, turns};
use crate::wire::{Problem, Raw, object, short};
use crate::{Node, Request};

/// Bound of a completion where neither the request nor the node names one: the most that the smallest Claude still served writes.
const MAX_TOKENS: u32 = 4_096;

/// The hottest that the API samples; OpenAI's goes to 2.
const MAX_TEMPERATURE: f32 = 1.0;

/// The least nucleus that the API takes beside thoughts.
const MIN_THINKING_TOP_P: f32 = 0.95;

/// # Errors
/// Where the request wants what the dialect has no words for.
pub(crate) fn write(node: &Node, model: &str, request: &Request) -> Result<Vec<u8>, Problem> {
    if model.is_empty() {
        return Err(Problem::unsupported("the target wants a model's name: give the node a `model`"));
    }
    let (sampling, controls) = (&request.sampling, &request.controls);
    let asked =
        thinking::ask(model, controls.reasoning, sampling.max_tokens, node.max_tokens.unwrap_or(MAX_TOKENS))?;
    check(request, asked.thinking.is_some_and(|thinking| thinking != Thinking::Disabled))?;
    let (system, messages) = turns(&request.messages)?;
    let format = match &controls.response_format {
        ResponseFormat::Text | ResponseFormat::JsonObject => None,
        ResponseFormat::JsonSchema(asked) => Some(Format {
            r#type: "json_schema",
            schema: object(&asked.schema, || "the schema of `response_format`".to_owned())?,
        }),
    };
    let has_tools = !controls.tools.is_empty();
    let body = Body {
        model,
        max_tokens: asked.max_tokens,
        system,
        messages,
        stream: true,
        temperature: sampling.temperature.map(short),
        top_p: sampling.top_p.map(short),
        top_k: sampling.top_k,
        stop_sequences: &sampling.stop,
        tools: controls.tools.iter().map(Tool::try_from).collect::<Result<_, _>>()?,
        tool_choice: Choice::new(controls.tool_choice.as_ref(), controls.parallel_tool_calls)
            .filter(|_| has_tools),
        thinking: asked.thinking,
        output_config: (asked.effort.is_some() || format.is_some())
            .then_some(OutputConfig { effort: asked.effort, format }),
        metadata: controls.user.as_deref().map(|user_id| Metadata { user_id }),
    };
    Ok(serde_json::to_vec(&body)?)
}

/// What the API reference excludes.
fn check(request: &Request, thinks: bool) -> Result<(), Problem> {
    let (sampling, controls) = (&request.sampling, &request.controls);
    let set = |penalty: Option<f32>| penalty.is_some_and(|penalty| penalty != 0.0);
    let forced = matches!(controls.tool_choice, Some(ToolChoice::Required | ToolChoice::Named(_)));
    let problem = if controls.response_format == ResponseFormat::JsonObject {
        "the target writes JSON by a schema only: ask for `json_schema`"
    } else if sampling.temperature.is_some_and(|temperature| temperature > MAX_TEMPERATURE) {
        "the target takes a `temperature` of at most 1"
    } else if set(sampling.frequency_penalty) || set(sampling.presence_penalty) {
        "the target takes no `frequency_penalty` and no `presence_penalty`"
    } else if thinks && sampling.temperature.is_some_and(|temperature| temperature != MAX_TEMPERATURE) {
        "the target thinks at a `temperature` of 1 only"
    } else if thinks && sampling.top_p.is_some_and(|top_p| top_p < MIN_THINKING_TOP_P) {
        "the target thinks with a `top_p` of at least 0.95 only"
    } else if thinks && sampling.top_k.is_some() {
        "the target thinks without `top_k` only"
    } else if thinks && forced && controls.uses_tools() {
        "the target can't be made to call a tool while it thinks"
    } else {
        return Ok(());
    };
    Err(Problem::unsupported(problem))
}

#[derive(Serialize)]
struct Body<'a> {
    model: &'a str,
    max_tokens: u32,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    system: Vec<Block<'a>>,
    messages: Vec<Turn<'a>>,
    stream: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    temperature: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    top_p: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    top_k: Option<u32>,
    #[serde(skip_serializing_if = "<[String]>::is_empty")]
    stop_sequences: &'a [String],
    #[serde(skip_serializing_if = "Vec::is_empty")]
    tools: Vec<Tool<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    tool_choice: Option<Choice<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    thinking: Option<Thinking>,
    #[serde(skip_serializing_if = "Option::is_none")]
    output_config: Option<OutputConfig<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    metadata: Option<Metadata<'a>>,
}

#[derive(Serialize)]
struct Tool<'a> {
    name: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    description: Option<&'a str>,
    input_schema: &'a Raw,
    #[serde(skip_serializing_if = "Option::is_none")]
    strict: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    cache_control: Option<CacheControl>,
}

#[derive(Serialize)]
struct Choice<'a> {
    r#type: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    disable_parallel_tool_use: Option<bool>,
}

#[derive(Serialize)]
struct OutputConfig<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    effort: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    format: Option<Format<'a>>,
}

#[derive(Serialize)]
struct Format<'a> {
    r#type: &'static str,
    schema: &'a Raw,
}

#[derive(Serialize)]
struct Metadata<'a> {
    user_id: &'a str,
}

impl<'a> TryFrom<&'a gusset_types::Tool> for Tool<'a> {
    type Error = Problem;

    fn try_from(tool: &'a gusset_types::Tool) -> Result<Self, Problem> {
        // The field is required, and an object without properties is what a tool without arguments takes.
        let schema = if tool.parameters.is_empty() { r#"{"type":"object"}"# } else { &tool.parameters };
        Ok(Self {
            name: &tool.name,
            description: tool.description.as_deref(),
            input_schema: object(schema, || format!("the schema of tool `{}`", tool.name))?,
            // Not to be held is what the API does by itself, and older models don't know the word.
            strict: tool.strict.filter(|strict| *strict),
            cache_control: tool.cache_breakpoint.then_some(CacheControl::Ephemeral),
        })
    }
}

impl<'a> Choice<'a> {
    fn new(choice: Option<&'a ToolChoice>, parallel: Option<bool>) -> Option<Self> {
        let (r#type, name) = match choice {
            Some(ToolChoice::Auto) => ("auto", None),
            Some(ToolChoice::None) => ("none", None),
            Some(ToolChoice::Required) => ("any", None),
            Some(ToolChoice::Named(name)) => ("tool", Some(name.as_str())),
            // The switch stands in a choice.
            None if parallel.is_some() => ("auto", None),
            None => return None,
        };
        let disable_parallel_tool_use = parallel.filter(|_| r#type != "none").map(|parallel| !parallel);
        Some(Self { r#type, name, disable_parallel_tool_use })
    }
}
