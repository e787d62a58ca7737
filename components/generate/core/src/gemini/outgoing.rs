//! The path and the body of `POST /models/{model}:streamGenerateContent`.

use gusset_types::{Effort, ReasoningBudget, ResponseFormat, ToolChoice};
use serde::Serialize;

use super::contents::{Content, contents};
use crate::Request;
use crate::wire::{Problem, Raw, effort_of, object, short, tokens_of};

/// Stop texts that the API takes.
const MAX_STOPS: usize = 5;

/// The first version that takes words for how much to think, and wants its signatures back.
const LEVELS_SINCE: u32 = 3;

/// Below the node's URL. The model's name is part of it.
///
/// # Errors
/// The name is none that a URL can have.
pub(crate) fn path(model: &str) -> Result<String, Problem> {
    if model.is_empty() {
        return Err(Problem::unsupported("the target wants a model's name: give the node a `model`"));
    }
    let fits = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-' | '/' | '@');
    if !model.chars().all(fits) || model.split('/').any(|part| part.is_empty() || part.starts_with('.')) {
        return Err(Problem::unsupported(format!("the target can't have a model named `{model}`")));
    }
    let folder = if model.contains('/') { "" } else { "models/" };
    Ok(format!("/{folder}{model}:streamGenerateContent?alt=sse"))
}

/// # Errors
/// Where the request wants what the dialect has no words for.
pub(crate) fn write(model: &str, request: &Request) -> Result<Vec<u8>, Problem> {
    let (sampling, controls) = (&request.sampling, &request.controls);
    let count = sampling.stop.len();
    if count > MAX_STOPS {
        return Err(Problem::unsupported(format!(
            "`stop` has {count} texts, and the target takes {MAX_STOPS}"
        )));
    }
    if controls.uses_tools() && controls.parallel_tool_calls == Some(false) {
        return Err(Problem::unsupported(
            "the target can't be kept from several calls in a turn: leave out `parallel_tool_calls`",
        ));
    }
    let has_levels = has_levels(model);
    let (system_instruction, contents) = contents(&request.messages, has_levels)?;
    let (mime_type, schema) = match &controls.response_format {
        ResponseFormat::Text => (None, None),
        ResponseFormat::JsonObject => (Some("application/json"), None),
        ResponseFormat::JsonSchema(asked) => {
            let schema = object(&asked.schema, || "the schema of `response_format`".to_owned())?;
            (Some("application/json"), Some(schema))
        }
    };
    let has_tools = !controls.tools.is_empty();
    let declarations = controls.tools.iter().map(Function::try_from).collect::<Result<Vec<_>, _>>()?;
    let strict = controls.tools.iter().any(|tool| tool.strict == Some(true));
    let body = Body {
        system_instruction,
        contents,
        tools: has_tools.then_some([Tools { function_declarations: declarations }]),
        tool_config: Calling::new(controls.tool_choice.as_ref(), strict)
            .filter(|_| has_tools)
            .map(|function_calling_config| ToolConfig { function_calling_config }),
        generation_config: GenerationConfig {
            max_output_tokens: sampling.max_tokens,
            temperature: sampling.temperature.map(short),
            top_p: sampling.top_p.map(short),
            top_k: sampling.top_k,
            frequency_penalty: sampling.frequency_penalty.map(short),
            presence_penalty: sampling.presence_penalty.map(short),
            // Wider than the field, a seed is still the same seed.
            #[expect(clippy::cast_possible_truncation, reason = "any i32 is as good a seed as another")]
            seed: sampling.seed.map(|seed| seed as i32),
            stop_sequences: &sampling.stop,
            response_mime_type: mime_type,
            response_json_schema: schema,
            thinking_config: controls.reasoning.and_then(|budget| Thinking::new(budget, has_levels)),
        },
    };
    Ok(serde_json::to_vec(&body)?)
}

/// By the version in the name: `gemini-2.5-flash`, `gemini-3-pro-preview`. A Gemini without one is new.
fn has_levels(model: &str) -> bool {
    let Some((_, version)) = model.rsplit_once("gemini-") else { return false };
    let digits =
        version.find(|c: char| !c.is_ascii_digit()).map_or(version, |end| version.get(..end).unwrap_or(""));
    digits.parse::<u32>().map_or(digits.is_empty(), |major| major >= LEVELS_SINCE)
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Body<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    system_instruction: Option<Content<'a>>,
    contents: Vec<Content<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    tools: Option<[Tools<'a>; 1]>,
    #[serde(skip_serializing_if = "Option::is_none")]
    tool_config: Option<ToolConfig<'a>>,
    generation_config: GenerationConfig<'a>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Tools<'a> {
    function_declarations: Vec<Function<'a>>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Function<'a> {
    name: &'a str,
    /// Required.
    description: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    parameters_json_schema: Option<&'a Raw>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ToolConfig<'a> {
    function_calling_config: Calling<'a>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Calling<'a> {
    mode: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    allowed_function_names: Option<[&'a str; 1]>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct GenerationConfig<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    max_output_tokens: Option<u32>,
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
    seed: Option<i32>,
    #[serde(skip_serializing_if = "<[String]>::is_empty")]
    stop_sequences: &'a [String],
    #[serde(skip_serializing_if = "Option::is_none")]
    response_mime_type: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    response_json_schema: Option<&'a Raw>,
    #[serde(skip_serializing_if = "Option::is_none")]
    thinking_config: Option<Thinking>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Thinking {
    include_thoughts: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    thinking_budget: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    thinking_level: Option<&'static str>,
}

impl Thinking {
    fn new(budget: ReasoningBudget, has_levels: bool) -> Option<Self> {
        let (effort, tokens) = (effort_of(budget)?, tokens_of(budget)?);
        // The least that Gemini 3 can do: it always thinks.
        let level = if effort.0 == Effort::None { "minimal" } else { effort.as_str() };
        Some(Self {
            include_thoughts: effort.thinks() && tokens > 0,
            thinking_budget: (!has_levels).then_some(tokens),
            thinking_level: has_levels.then_some(level),
        })
    }
}

impl<'a> TryFrom<&'a gusset_types::Tool> for Function<'a> {
    type Error = Problem;

    fn try_from(tool: &'a gusset_types::Tool) -> Result<Self, Problem> {
        let schema = || object(&tool.parameters, || format!("the schema of tool `{}`", tool.name));
        Ok(Self {
            name: &tool.name,
            description: tool.description.as_deref().unwrap_or_default(),
            parameters_json_schema: (!tool.parameters.is_empty()).then(schema).transpose()?,
        })
    }
}

impl<'a> Calling<'a> {
    fn new(choice: Option<&'a ToolChoice>, strict: bool) -> Option<Self> {
        let (mode, only) = match choice {
            // `ANY` holds arguments to the schema by itself; of the modes that leave a choice, only this one does.
            Some(ToolChoice::Auto) | None if strict => ("VALIDATED", None),
            Some(ToolChoice::Auto) => ("AUTO", None),
            Some(ToolChoice::None) => ("NONE", None),
            Some(ToolChoice::Required) => ("ANY", None),
            Some(ToolChoice::Named(name)) => ("ANY", Some([name.as_str()])),
            None => return None,
        };
        Some(Self { mode, allowed_function_names: only })
    }
}

#[cfg(test)]
mod tests {
    use super::{has_levels, path};

    #[test]
    fn models_with_levels_are_told_by_their_version() {
        for model in
            ["gemini-3-pro-preview", "gemini-3.1-flash", "models/gemini-10-pro", "gemini-flash-latest"]
        {
            assert!(has_levels(model), "{model}");
        }
        for model in ["gemini-2.5-flash", "gemini-2.0-flash-001", "gemma-3-27b-it"] {
            assert!(!has_levels(model), "{model}");
        }
    }

    #[test]
    fn a_path_holds_no_more_than_a_name() {
        assert_eq!(
            path("gemini-2.5-flash").unwrap(),
            "/models/gemini-2.5-flash:streamGenerateContent?alt=sse"
        );
        assert_eq!(path("tunedModels/a").unwrap(), "/tunedModels/a:streamGenerateContent?alt=sse");
        for model in ["", "../x", "a/../b", "/a", "a?b", "a b", "a:b", "a#b", "ä"] {
            assert!(path(model).is_err(), "{model}");
        }
    }
}
