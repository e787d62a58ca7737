//! The request: checked, and turned into Gusset's words.

use gusset_types::{Controls, ReasoningBudget, Sampling};
use serde::Deserialize;

use super::refused::Refused;
use super::tools::{Choice, Format, Tool};
use super::turn::Turn;
use crate::dialect::turns::Turns;
use crate::dialect::{Asked, Form, checks};
use crate::{Error, json};

/// Texts that may end a completion.
const STOPS: usize = 4;

#[derive(Debug, Deserialize)]
struct Body {
    model: String,
    messages: Vec<Turn>,
    stream: Option<bool>,
    stream_options: Option<StreamOptions>,
    max_tokens: Option<u32>,
    max_completion_tokens: Option<u32>,
    temperature: Option<f32>,
    top_p: Option<f32>,
    /// Not OpenAI's, but of most servers that speak its dialect.
    top_k: Option<u32>,
    frequency_penalty: Option<f32>,
    presence_penalty: Option<f32>,
    seed: Option<i64>,
    stop: Option<Stop>,
    tools: Option<Vec<Tool>>,
    tool_choice: Option<Choice>,
    parallel_tool_calls: Option<bool>,
    response_format: Option<Format>,
    reasoning_effort: Option<String>,
    user: Option<String>,
    safety_identifier: Option<String>,
}

#[derive(Debug, Deserialize)]
struct StreamOptions {
    include_usage: Option<bool>,
}

#[derive(Debug, Deserialize)]
#[serde(untagged, expecting = "expected a string or a list of strings")]
enum Stop {
    One(String),
    Many(Vec<String>),
}

/// Reads a body.
///
/// # Errors
/// What is wrong with it, the field named: see [`Error`].
pub fn parse(body: &[u8]) -> Result<(Asked, Form), Error> {
    // Two passes keep the meaning and the refusals apart; a body is some kilobytes.
    let mut asked: Body = json::parse(body)?;
    json::parse::<Refused>(body)?.check()?;
    checks::model(&asked.model)?;
    let sampling = asked.sampling()?;
    let controls = asked.controls()?;
    let mut turns = Turns::default();
    asked.messages.into_iter().enumerate().try_for_each(|(at, turn)| turn.read(at, &mut turns))?;
    let messages = turns.into_messages("messages")?;
    let stream = asked.stream.unwrap_or(false);
    let include_usage = asked.stream_options.and_then(|o| o.include_usage).unwrap_or(false);
    Ok((Asked { model: asked.model, messages, sampling, controls, stream }, Form::Chat { include_usage }))
}

impl Body {
    fn sampling(&mut self) -> Result<Sampling, Error> {
        let max_tokens = match self.max_completion_tokens {
            Some(tokens) => checks::positive("max_completion_tokens", Some(tokens))?,
            None => checks::positive("max_tokens", self.max_tokens)?,
        };
        let stop = match self.stop.take() {
            None => Vec::new(),
            Some(Stop::One(text)) => vec![text],
            Some(Stop::Many(texts)) => texts,
        };
        if stop.len() > STOPS || stop.iter().any(String::is_empty) {
            return Err(Error::invalid(
                "stop",
                format!("`stop` takes at most {STOPS} texts, none of them empty."),
            ));
        }
        Ok(Sampling {
            max_tokens,
            temperature: checks::within("temperature", self.temperature, 0.0..=2.0)?,
            top_p: checks::top_p(self.top_p)?,
            top_k: checks::positive("top_k", self.top_k)?,
            frequency_penalty: checks::within("frequency_penalty", self.frequency_penalty, -2.0..=2.0)?,
            presence_penalty: checks::within("presence_penalty", self.presence_penalty, -2.0..=2.0)?,
            seed: self.seed,
            stop,
        })
    }

    fn controls(&mut self) -> Result<Controls, Error> {
        let tools = self.tools.take().unwrap_or_default().into_iter().enumerate();
        let tools = tools.map(|(at, tool)| tool.read(at)).collect::<Result<Vec<_>, _>>()?;
        let tool_choice = self.tool_choice.take().map(Choice::read).transpose()?;
        checks::tools(&tools, ".function.name", tool_choice.as_ref())?;
        let effort = self.reasoning_effort.as_deref();
        let effort = effort.map(|word| checks::effort("reasoning_effort", word)).transpose()?;
        Ok(Controls {
            tools,
            tool_choice,
            parallel_tool_calls: self.parallel_tool_calls,
            response_format: self.response_format.take().map_or(Ok(Default::default()), Format::read)?,
            reasoning: effort.map(|effort| ReasoningBudget { effort: Some(effort), tokens: None }),
            user: self.user.take().or_else(|| self.safety_identifier.take()),
        })
    }
}
