//! What both of OpenAI's dialects write alike, the one within, the other beside a type.

use gusset_types::{JsonSchema, Tool};
use serde::Serialize;

use crate::wire::{Problem, Raw, object};

/// A tool.
#[derive(Serialize)]
pub(crate) struct Function<'a> {
    name: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    description: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    parameters: Option<&'a Raw>,
    #[serde(skip_serializing_if = "Option::is_none")]
    strict: Option<bool>,
}

/// The schema of an answer.
#[derive(Serialize)]
pub(crate) struct Schema<'a> {
    name: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    description: Option<&'a str>,
    schema: &'a Raw,
    #[serde(skip_serializing_if = "Option::is_none")]
    strict: Option<bool>,
}

impl<'a> Function<'a> {
    /// # Errors
    /// The schema is no JSON object.
    pub(crate) fn new(tool: &'a Tool) -> Result<Self, Problem> {
        let schema = || object(&tool.parameters, || format!("the schema of tool `{}`", tool.name));
        Ok(Self {
            name: &tool.name,
            description: tool.description.as_deref(),
            parameters: (!tool.parameters.is_empty()).then(schema).transpose()?,
            strict: tool.strict,
        })
    }
}

impl<'a> Schema<'a> {
    /// # Errors
    /// The schema is no JSON object.
    pub(crate) fn new(asked: &'a JsonSchema) -> Result<Self, Problem> {
        Ok(Self {
            name: &asked.name,
            description: asked.description.as_deref(),
            schema: object(&asked.schema, || "the schema of `response_format`".to_owned())?,
            strict: asked.strict,
        })
    }
}
