//! The request: checked, and turned into Gusset's words.

use gusset_types::{Controls, Effort, JsonSchema, Message, ReasoningBudget, ResponseFormat, Sampling};
use serde::Deserialize;
use serde_json::value::RawValue;

use super::block::{CacheControl, Piece};
use super::refused::Refused;
use super::tools::{Choice, Tool};
use super::turn::{self, Turn};
use crate::dialect::content::Content;
use crate::dialect::turns::Turns;
use crate::dialect::{Asked, Form, checks};
use crate::{Error, json};

/// The name of a schema, which this dialect doesn't give one.
const SCHEMA: &str = "answer";

#[derive(Debug, Deserialize)]
struct Body {
    model: String,
    messages: Vec<Turn>,
    #[serde(default)]
    system: Content<Piece>,
    max_tokens: Option<u32>,
    stream: Option<bool>,
    stop_sequences: Option<Vec<String>>,
    temperature: Option<f32>,
    top_p: Option<f32>,
    top_k: Option<u32>,
    tools: Option<Vec<Tool>>,
    tool_choice: Option<Choice>,
    thinking: Option<Thinking>,
    metadata: Option<Metadata>,
    output_config: Option<OutputConfig>,
    output_format: Option<Format>,
    cache_control: Option<CacheControl>,
}

#[derive(Debug, Deserialize)]
struct Thinking {
    #[serde(rename = "type")]
    kind: String,
    budget_tokens: Option<u32>,
}

#[derive(Debug, Deserialize)]
struct Metadata {
    user_id: Option<String>,
}

#[derive(Debug, Deserialize)]
struct OutputConfig {
    effort: Option<String>,
    format: Option<Format>,
}

#[derive(Debug, Deserialize)]
struct Format {
    #[serde(rename = "type")]
    kind: String,
    schema: Option<Box<RawValue>>,
}

/// A prompt whose tokens are to be counted.
#[derive(Clone, Debug, PartialEq)]
pub struct Counted {
    /// As [`Asked::model`].
    pub model: String,
    /// As [`Asked::messages`].
    pub messages: Vec<Message>,
    /// As [`Asked::controls`].
    pub controls: Controls,
}

/// Reads the body of a request for an answer.
///
/// # Errors
/// What is wrong with it, the field named: see [`Error`].
pub fn parse(body: &[u8]) -> Result<(Asked, Form), Error> {
    let mut asked = Body::read(body)?;
    let max_tokens = asked.max_tokens.ok_or_else(|| {
        Error::invalid("max_tokens", "`max_tokens` is missing: say how long the answer may be.")
    })?;
    let sampling = asked.sampling(max_tokens)?;
    let stream = asked.stream.unwrap_or(false);
    let Counted { model, messages, controls } = asked.prompt()?;
    Ok((Asked { model, messages, sampling, controls, stream }, Form::Messages { prompt_tokens: 0 }))
}

/// Reads the body of a request for a count.
///
/// # Errors
/// As [`parse`].
pub fn parse_count(body: &[u8]) -> Result<Counted, Error> {
    Body::read(body)?.prompt()
}

impl Body {
    fn read(body: &[u8]) -> Result<Self, Error> {
        let asked: Self = json::parse(body)?;
        json::parse::<Refused>(body)?.check()?;
        checks::model(&asked.model)?;
        Ok(asked)
    }

    fn sampling(&mut self, max_tokens: u32) -> Result<Sampling, Error> {
        let stop = self.stop_sequences.take().unwrap_or_default();
        if let Some(at) = stop.iter().position(String::is_empty) {
            let param = format!("stop_sequences[{at}]");
            return Err(Error::EmptyInput {
                param,
                remedy: "a text that ends an answer has a character at least",
            });
        }
        Ok(Sampling {
            max_tokens: checks::positive("max_tokens", Some(max_tokens))?,
            temperature: checks::within("temperature", self.temperature, 0.0..=1.0)?,
            top_p: checks::top_p(self.top_p)?,
            top_k: checks::positive("top_k", self.top_k)?,
            stop,
            ..Sampling::default()
        })
    }

    fn prompt(mut self) -> Result<Counted, Error> {
        let controls = self.controls()?;
        let mut turns = Turns::default();
        turn::system(self.system, &mut turns)?;
        self.messages.into_iter().enumerate().try_for_each(|(at, turn)| turn.read(at, &mut turns))?;
        if let Some(control) = &self.cache_control {
            control.check("cache_control")?;
            if let Some(last) = turns.last_mut() {
                last.cache_breakpoint = true;
            }
        }
        Ok(Counted { model: self.model, messages: turns.into_messages("messages")?, controls })
    }

    fn controls(&mut self) -> Result<Controls, Error> {
        let tools = self.tools.take().unwrap_or_default().into_iter().enumerate();
        let tools = tools.map(|(at, tool)| tool.read(at)).collect::<Result<Vec<_>, _>>()?;
        let choice = self.tool_choice.take();
        let parallel_tool_calls = choice.as_ref().and_then(|c| c.disable_parallel_tool_use).map(|off| !off);
        let tool_choice = choice.map(Choice::read).transpose()?;
        checks::tools(&tools, ".name", tool_choice.as_ref())?;
        let OutputConfig { effort, format } =
            self.output_config.take().unwrap_or(OutputConfig { effort: None, format: None });
        let effort = effort.map(|word| checks::effort("output_config.effort", &word)).transpose()?;
        let response_format = match (format, self.output_format.take()) {
            (Some(format), _) => format.read("output_config.format")?,
            (None, Some(format)) => format.read("output_format")?,
            (None, None) => ResponseFormat::Text,
        };
        Ok(Controls {
            tools,
            tool_choice,
            parallel_tool_calls,
            response_format,
            reasoning: reasoning(self.thinking.take(), effort)?,
            user: self.metadata.take().and_then(|metadata| metadata.user_id),
        })
    }
}

fn reasoning(thinking: Option<Thinking>, effort: Option<Effort>) -> Result<Option<ReasoningBudget>, Error> {
    let tokens = match thinking {
        None => return Ok(effort.map(|effort| ReasoningBudget { effort: Some(effort), tokens: None })),
        Some(Thinking { kind, budget_tokens }) => match (kind.as_str(), budget_tokens) {
            ("enabled", Some(1..)) => budget_tokens,
            ("enabled", _) => {
                let message = "`thinking.budget_tokens` must be at least 1 where thinking is enabled.";
                return Err(Error::invalid("thinking.budget_tokens", message));
            }
            ("disabled", _) => Some(0),
            // The model thinks as much as it sees fit, and most do at the effort that Anthropic calls its default.
            ("adaptive", _) => {
                let effort = Some(effort.unwrap_or(Effort::High));
                return Ok(Some(ReasoningBudget { effort, tokens: None }));
            }
            (other, _) => {
                let message =
                    format!("`thinking.type` is `{other}`: use `enabled`, `disabled` or `adaptive`.");
                return Err(Error::invalid("thinking.type", message));
            }
        },
    };
    Ok(Some(ReasoningBudget { effort, tokens }))
}

impl Format {
    fn read(self, path: &str) -> Result<ResponseFormat, Error> {
        if self.kind != "json_schema" {
            let param = format!("{path}.type");
            let message = format!("`{param}` is `{}`: only `json_schema` is known.", self.kind);
            return Err(Error::invalid(param, message));
        }
        let path = format!("{path}.schema");
        let missing =
            || Error::invalid(path.as_str(), format!("`{path}` is missing: send the answer's JSON Schema."));
        let schema = checks::schema(&path, &self.schema.ok_or_else(missing)?)?;
        let name = SCHEMA.to_owned();
        Ok(ResponseFormat::JsonSchema(JsonSchema { name, description: None, schema, strict: Some(true) }))
    }
}
