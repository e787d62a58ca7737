//! Tools and the choice among them.

use gusset_types::{Tool as Canonical, ToolChoice};
use serde::Deserialize;
use serde_json::value::RawValue;

use super::block::{CacheControl, is_breakpoint};
use crate::Error;
use crate::dialect::checks;

#[derive(Debug, Deserialize)]
pub(super) struct Tool {
    #[serde(rename = "type")]
    kind: Option<String>,
    name: String,
    description: Option<String>,
    input_schema: Option<Box<RawValue>>,
    strict: Option<bool>,
    cache_control: Option<CacheControl>,
}

#[derive(Debug, Deserialize)]
pub(super) struct Choice {
    #[serde(rename = "type")]
    kind: String,
    name: Option<String>,
    pub(super) disable_parallel_tool_use: Option<bool>,
}

impl Tool {
    pub(super) fn read(self, at: usize) -> Result<Canonical, Error> {
        let path = format!("tools[{at}]");
        if let Some(kind) = self.kind.filter(|kind| kind != "custom") {
            let reason = format!(
                "`{kind}` is a tool that Anthropic runs or defines, and nobody does here; send tools of type `custom`"
            );
            return Err(Error::unsupported(format!("{path}.type"), reason));
        }
        let schema = format!("{path}.input_schema");
        let parameters = self.input_schema.ok_or_else(|| {
            let message =
                format!("`{schema}` is missing: a tool needs one, `{{\"type\": \"object\"}}` at least.");
            Error::invalid(schema.as_str(), message)
        })?;
        Ok(Canonical {
            name: self.name,
            description: self.description,
            parameters: checks::schema(&schema, &parameters)?,
            strict: self.strict,
            cache_breakpoint: is_breakpoint(self.cache_control.as_ref(), &path)?,
        })
    }
}

impl Choice {
    pub(super) fn read(self) -> Result<ToolChoice, Error> {
        match (self.kind.as_str(), self.name) {
            ("auto", _) => Ok(ToolChoice::Auto),
            ("any", _) => Ok(ToolChoice::Required),
            ("none", _) => Ok(ToolChoice::None),
            ("tool", Some(name)) => Ok(ToolChoice::Named(name)),
            ("tool", None) => {
                let message = "`tool_choice.name` is missing: a choice of type `tool` names one.";
                Err(Error::invalid("tool_choice.name", message))
            }
            (other, _) => {
                let message =
                    format!("`tool_choice.type` is `{other}`: use `auto`, `any`, `tool` or `none`.");
                Err(Error::invalid("tool_choice.type", message))
            }
        }
    }
}
