//! Bounds that the dialects share: sampling, names, schemas, the choice of a tool.

use gusset_types::{Effort, Tool, ToolChoice};
use serde_json::value::RawValue;

use crate::{Error, json};

/// Longest name of a tool or a schema: OpenAI's bound, the narrowest.
const NAME: usize = 64;

/// A number within bounds, if there is one.
pub(super) fn within(
    param: &str,
    value: Option<f32>,
    bounds: std::ops::RangeInclusive<f32>,
) -> Result<Option<f32>, Error> {
    match value {
        Some(number) if !bounds.contains(&number) => {
            let message = format!("`{param}` must be from {} to {}.", bounds.start(), bounds.end());
            Err(Error::invalid(param, message))
        }
        value => Ok(value),
    }
}

/// The nucleus: above 0, at most 1.
pub(super) fn top_p(value: Option<f32>) -> Result<Option<f32>, Error> {
    match value {
        Some(p) if !(p > 0.0 && p <= 1.0) => {
            Err(Error::invalid("top_p", "`top_p` must be above 0 and at most 1."))
        }
        value => Ok(value),
    }
}

/// A count of one or more, if there is one.
pub(super) fn positive(param: &str, value: Option<u32>) -> Result<Option<u32>, Error> {
    match value {
        Some(0) => Err(Error::invalid(param, format!("`{param}` must be at least 1."))),
        value => Ok(value),
    }
}

/// The model's name.
pub(super) fn model(name: &str) -> Result<(), Error> {
    if name.trim().is_empty() {
        let remedy = "name a vector store or a model; `GET /v1/models` lists them";
        return Err(Error::EmptyInput { param: "model".to_owned(), remedy });
    }
    Ok(())
}

/// The name of a tool or of a schema.
pub(super) fn name(path: &str, name: &str) -> Result<(), Error> {
    let allowed = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-');
    if !(1..=NAME).contains(&name.len()) || !name.bytes().all(allowed) {
        let message = format!("`{path}` must be 1 to {NAME} of `a-z`, `A-Z`, `0-9`, `_`, `-`.");
        return Err(Error::invalid(path, message));
    }
    Ok(())
}

/// A JSON Schema as compact text, its fields in their order, which is the order that models write them in.
pub(super) fn schema(path: &str, schema: &RawValue) -> Result<String, Error> {
    let compact = json::compact(schema.get()).filter(|text| text.starts_with('{'));
    compact.ok_or_else(|| {
        let message =
            format!("`{path}` must be a JSON Schema: an object, at most {} levels deep.", json::DEPTH);
        Error::invalid(path, message)
    })
}

/// How much to think, in OpenAI's words.
pub(super) fn effort(param: &str, word: &str) -> Result<Effort, Error> {
    Ok(match word {
        "none" => Effort::None,
        "minimal" => Effort::Minimal,
        "low" => Effort::Low,
        "medium" => Effort::Medium,
        "high" => Effort::High,
        other => {
            let message =
                format!("`{param}` is `{other}`: use `none`, `minimal`, `low`, `medium` or `high`.");
            return Err(Error::invalid(param, message));
        }
    })
}

/// OpenAI's word for whether to call a tool; `None` where it is no such word.
pub(super) fn choice_word(word: &str) -> Option<ToolChoice> {
    Some(match word {
        "auto" => ToolChoice::Auto,
        "none" => ToolChoice::None,
        "required" => ToolChoice::Required,
        _ => return None,
    })
}

/// Tools against each other and against the choice among them. `names` is the path of a tool's name behind `tools[n]`.
pub(super) fn tools(tools: &[Tool], names: &str, choice: Option<&ToolChoice>) -> Result<(), Error> {
    for (at, tool) in tools.iter().enumerate() {
        let path = format!("tools[{at}]{names}");
        name(&path, &tool.name)?;
        if tools.iter().take(at).any(|other| other.name == tool.name) {
            let message = format!("`{path}` is `{}`, as another tool's: give each its own.", tool.name);
            return Err(Error::invalid(path, message));
        }
    }
    match choice {
        Some(ToolChoice::Required) if tools.is_empty() => {
            let message =
                "`tool_choice` demands a call, and `tools` is empty: send the tools that may be called.";
            Err(Error::invalid("tool_choice", message))
        }
        Some(ToolChoice::Named(name)) if !tools.iter().any(|tool| tool.name == *name) => {
            let message = format!("`tool_choice` names `{name}`, which is not in `tools`.");
            Err(Error::invalid("tool_choice", message))
        }
        _ => Ok(()),
    }
}
