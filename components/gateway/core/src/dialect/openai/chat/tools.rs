//! Tools, the choice among them, and the form of the answer.

use gusset_types::{JsonSchema, ResponseFormat, Tool as Canonical, ToolChoice};
use serde::Deserialize;
use serde_json::value::RawValue;

use crate::Error;
use crate::dialect::checks;

#[derive(Debug, Deserialize)]
pub(super) struct Tool {
    #[serde(rename = "type")]
    kind: String,
    function: Option<Function>,
}

#[derive(Debug, Deserialize)]
struct Function {
    name: String,
    description: Option<String>,
    parameters: Option<Box<RawValue>>,
    strict: Option<bool>,
}

#[derive(Debug, Deserialize)]
#[serde(untagged, expecting = "expected `auto`, `none`, `required` or an object that names a function")]
pub(super) enum Choice {
    Word(String),
    Named {
        #[serde(rename = "type")]
        kind: String,
        function: Option<Name>,
    },
}

#[derive(Debug, Deserialize)]
pub(super) struct Name {
    name: String,
}

#[derive(Debug, Deserialize)]
pub(super) struct Format {
    #[serde(rename = "type")]
    kind: String,
    json_schema: Option<Schema>,
}

#[derive(Debug, Deserialize)]
struct Schema {
    name: String,
    description: Option<String>,
    schema: Option<Box<RawValue>>,
    strict: Option<bool>,
}

impl Tool {
    pub(super) fn read(self, at: usize) -> Result<Canonical, Error> {
        let path = format!("tools[{at}]");
        if self.kind != "function" {
            let reason = format!("tools of type `{}` cannot be called, only `function`", self.kind);
            return Err(Error::unsupported(format!("{path}.type"), reason));
        }
        let Function { name, description, parameters, strict } = self.function.ok_or_else(|| {
            Error::invalid(format!("{path}.function"), "A tool of type `function` needs its `function`.")
        })?;
        let parameters = match parameters {
            Some(schema) => checks::schema(&format!("{path}.function.parameters"), &schema)?,
            None => String::new(),
        };
        Ok(Canonical { name, description, parameters, strict, cache_breakpoint: false })
    }
}

impl Choice {
    pub(super) fn read(self) -> Result<ToolChoice, Error> {
        match self {
            Self::Word(word) => checks::choice_word(&word).ok_or_else(|| {
                let message =
                    format!("`tool_choice` is `{word}`: use `auto`, `none`, `required` or name a function.");
                Error::invalid("tool_choice", message)
            }),
            Self::Named { kind, function: Some(function) } if kind == "function" => {
                Ok(ToolChoice::Named(function.name))
            }
            Self::Named { kind, .. } if kind == "function" => Err(Error::invalid(
                "tool_choice.function",
                "A `tool_choice` of type `function` needs a `function` with a `name`.",
            )),
            Self::Named { kind, .. } => {
                let reason = format!("a choice of type `{kind}` cannot be made, only `function`");
                Err(Error::unsupported("tool_choice.type", reason))
            }
        }
    }
}

impl Format {
    pub(super) fn read(self) -> Result<ResponseFormat, Error> {
        match self.kind.as_str() {
            "text" => Ok(ResponseFormat::Text),
            "json_object" => Ok(ResponseFormat::JsonObject),
            "json_schema" => {
                const PATH: &str = "response_format.json_schema";
                let lacks = |path: &str| {
                    let message = "A `response_format` of type `json_schema` needs a `json_schema` with a `name` and a `schema`.";
                    Error::invalid(path, message)
                };
                let Schema { name, description, schema, strict } =
                    self.json_schema.ok_or_else(|| lacks(PATH))?;
                checks::name(&format!("{PATH}.name"), &name)?;
                let path = format!("{PATH}.schema");
                let schema = checks::schema(&path, &schema.ok_or_else(|| lacks(&path))?)?;
                Ok(ResponseFormat::JsonSchema(JsonSchema { name, description, schema, strict }))
            }
            other => {
                let message = format!(
                    "`response_format.type` is `{other}`: use `text`, `json_object` or `json_schema`."
                );
                Err(Error::invalid("response_format.type", message))
            }
        }
    }
}
