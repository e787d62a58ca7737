//! Functions, the choice among them, and the form of the answer.

use gusset_types::{JsonSchema, ResponseFormat, Tool as Canonical, ToolChoice};
use serde::Deserialize;
use serde_json::value::RawValue;

use crate::Error;
use crate::dialect::checks;

#[derive(Debug, Deserialize)]
pub(super) struct Tool {
    #[serde(rename = "type")]
    kind: String,
    name: Option<String>,
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
        name: Option<String>,
    },
}

#[derive(Debug, Deserialize)]
pub(super) struct Text {
    format: Option<Format>,
    verbosity: Option<String>,
}

#[derive(Debug, Deserialize)]
struct Format {
    #[serde(rename = "type")]
    kind: String,
    name: Option<String>,
    description: Option<String>,
    schema: Option<Box<RawValue>>,
    strict: Option<bool>,
}

impl Tool {
    pub(super) fn read(self, at: usize) -> Result<Canonical, Error> {
        let path = format!("tools[{at}]");
        if self.kind != "function" {
            let reason = format!(
                "`{}` is a tool that OpenAI runs or defines, and nobody does here; send tools of type `function`",
                self.kind
            );
            return Err(Error::unsupported(format!("{path}.type"), reason));
        }
        let name = format!("{path}.name");
        let missing = || Error::invalid(name.as_str(), format!("`{name}` is missing: a function needs one."));
        let parameters = match self.parameters {
            Some(schema) => checks::schema(&format!("{path}.parameters"), &schema)?,
            None => String::new(),
        };
        let (description, strict) = (self.description, self.strict);
        let name = self.name.ok_or_else(missing)?;
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
            Self::Named { kind, name: Some(name) } if kind == "function" => Ok(ToolChoice::Named(name)),
            Self::Named { kind, .. } if kind == "function" => {
                let message = "`tool_choice.name` is missing: a choice of type `function` names one.";
                Err(Error::invalid("tool_choice.name", message))
            }
            Self::Named { kind, .. } => {
                let reason = format!("a choice of type `{kind}` cannot be made, only `function`");
                Err(Error::unsupported("tool_choice.type", reason))
            }
        }
    }
}

impl Text {
    pub(super) fn read(self) -> Result<ResponseFormat, Error> {
        if self.verbosity.is_some_and(|verbosity| verbosity != "medium") {
            let reason = "ask for short or long answers in `instructions`";
            return Err(Error::unsupported("text.verbosity", reason));
        }
        let Some(Format { kind, name, description, schema, strict }) = self.format else {
            return Ok(ResponseFormat::Text);
        };
        match kind.as_str() {
            "text" => Ok(ResponseFormat::Text),
            "json_object" => Ok(ResponseFormat::JsonObject),
            "json_schema" => {
                const NAME: &str = "text.format.name";
                const SCHEMA: &str = "text.format.schema";
                let missing = |path: &str| {
                    let message = format!(
                        "`{path}` is missing: a format of type `json_schema` has a `name` and a `schema`."
                    );
                    Error::invalid(path, message)
                };
                let name = name.ok_or_else(|| missing(NAME))?;
                checks::name(NAME, &name)?;
                let schema = checks::schema(SCHEMA, &schema.ok_or_else(|| missing(SCHEMA))?)?;
                Ok(ResponseFormat::JsonSchema(JsonSchema { name, description, schema, strict }))
            }
            other => {
                let message =
                    format!("`text.format.type` is `{other}`: use `text`, `json_object` or `json_schema`.");
                Err(Error::invalid("text.format.type", message))
            }
        }
    }
}
