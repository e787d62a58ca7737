//! The request: checked, and turned into Gusset's words.

use std::collections::BTreeMap;

use gusset_types::{Controls, Message, ReasoningBudget, Role, Sampling};
use serde::Deserialize;

use super::item::Item;
use super::kept::Kept;
use super::object::{Echo, Thinking};
use super::refused::Refused;
use super::tools::{Choice, Text, Tool};
use crate::dialect::content::Content;
use crate::dialect::turns::Turns;
use crate::dialect::{Asked, Form, checks};
use crate::responses::Record;
use crate::{Error, json};

/// Asks for the seals of thoughts, without which a caller who has nothing stored can't go on from them.
const SEALS: &str = "reasoning.encrypted_content";
/// Pairs of metadata, and the longest of their keys and values: OpenAI's bounds.
const PAIRS: usize = 16;
const KEY: usize = 64;
const VALUE: usize = 512;

#[derive(Debug, Deserialize)]
struct Body {
    model: String,
    #[serde(default)]
    input: Content<Item>,
    instructions: Option<String>,
    previous_response_id: Option<String>,
    store: Option<bool>,
    stream: Option<bool>,
    max_output_tokens: Option<u32>,
    temperature: Option<f32>,
    top_p: Option<f32>,
    tools: Option<Vec<Tool>>,
    tool_choice: Option<Choice>,
    parallel_tool_calls: Option<bool>,
    text: Option<Text>,
    reasoning: Option<Thinking>,
    metadata: Option<BTreeMap<String, String>>,
    truncation: Option<String>,
    include: Option<Vec<String>>,
    user: Option<String>,
    safety_identifier: Option<String>,
}

/// A request that was read, but for what it goes on from.
#[derive(Clone, Debug)]
pub struct Request {
    model: String,
    stream: bool,
    sampling: Sampling,
    controls: Controls,
    echo: Echo,
}

impl Request {
    /// Reads a body.
    ///
    /// # Errors
    /// What is wrong with it, the field named: see [`Error`].
    pub fn parse(body: &[u8]) -> Result<Self, Error> {
        let mut asked: Body = json::parse(body)?;
        json::parse::<Refused>(body)?.check()?;
        checks::model(&asked.model)?;
        let sampling = Sampling {
            max_tokens: checks::positive("max_output_tokens", asked.max_output_tokens)?,
            temperature: checks::within("temperature", asked.temperature, 0.0..=2.0)?,
            top_p: checks::top_p(asked.top_p)?,
            ..Sampling::default()
        };
        let controls = asked.controls()?;
        let input = match asked.input {
            Content::Absent => Vec::new(),
            Content::Text(text) => vec![Item::of_text(text)],
            Content::Parts(items) => items,
        };
        if input.is_empty() {
            let remedy = "send a text or a list of items";
            return Err(Error::EmptyInput { param: "input".to_owned(), remedy });
        }
        let echo = Echo {
            instructions: asked.instructions,
            previous: asked.previous_response_id,
            metadata: metadata(asked.metadata.unwrap_or_default())?,
            sampling: sampling.clone(),
            controls: controls.clone(),
            reasoning: asked.reasoning.unwrap_or_default(),
            truncation: truncation(asked.truncation.as_deref())?,
            store: asked.store.unwrap_or(true),
            seals: asked.include.is_some_and(|names| names.iter().any(|name| name == SEALS)),
            input,
        };
        Ok(Self { model: asked.model, stream: asked.stream.unwrap_or(false), sampling, controls, echo })
    }

    /// The response that it goes on from.
    #[must_use]
    pub fn previous(&self) -> Option<&str> {
        self.echo.previous.as_deref()
    }

    /// The whole of it. `before` is what it goes on from, oldest first; instructions of earlier requests are not part of that.
    ///
    /// # Errors
    /// What is wrong with the input, the field named: see [`Error`].
    pub fn after(self, before: &[Record]) -> Result<(Asked, Form), Error> {
        let Self { model, stream, sampling, controls, echo } = self;
        let instructions = echo.instructions.iter().map(|text| Message::text(Role::System, text.as_str()));
        let mut turns = Turns::after(instructions.collect());
        for record in before {
            let Kept { input, answer, .. } = Kept::read(record)?;
            input.into_iter().enumerate().try_for_each(|(at, item)| item.read(&path(at), &mut turns))?;
            turns.push(Message::new(Role::Assistant, answer));
        }
        let input = echo.input.iter().cloned().enumerate();
        input.into_iter().try_for_each(|(at, item)| item.read(&path(at), &mut turns))?;
        let messages = turns.into_messages("input")?;
        Ok((Asked { model, messages, sampling, controls, stream }, Form::Responses(Box::new(echo))))
    }
}

impl Body {
    fn controls(&mut self) -> Result<Controls, Error> {
        let tools = self.tools.take().unwrap_or_default().into_iter().enumerate();
        let tools = tools.map(|(at, tool)| tool.read(at)).collect::<Result<Vec<_>, _>>()?;
        let tool_choice = self.tool_choice.take().map(Choice::read).transpose()?;
        checks::tools(&tools, ".name", tool_choice.as_ref())?;
        let effort = self.reasoning.as_ref().and_then(|thinking| thinking.effort.as_deref());
        let effort = effort.map(|word| checks::effort("reasoning.effort", word)).transpose()?;
        Ok(Controls {
            tools,
            tool_choice,
            parallel_tool_calls: self.parallel_tool_calls,
            response_format: self.text.take().map_or(Ok(Default::default()), Text::read)?,
            reasoning: effort.map(|effort| ReasoningBudget { effort: Some(effort), tokens: None }),
            user: self.user.take().or_else(|| self.safety_identifier.take()),
        })
    }
}

fn path(at: usize) -> String {
    format!("input[{at}]")
}

fn metadata(pairs: BTreeMap<String, String>) -> Result<BTreeMap<String, String>, Error> {
    let fits = |(key, value): (&String, &String)| key.len() <= KEY && value.len() <= VALUE;
    if pairs.len() > PAIRS || !pairs.iter().all(fits) {
        let message = format!(
            "`metadata` takes at most {PAIRS} pairs, keys of {KEY} and values of {VALUE} characters."
        );
        return Err(Error::invalid("metadata", message));
    }
    Ok(pairs)
}

fn truncation(word: Option<&str>) -> Result<&'static str, Error> {
    match word {
        None | Some("disabled") => Ok("disabled"),
        Some("auto") => Ok("auto"),
        Some(other) => {
            let message = format!("`truncation` is `{other}`: use `auto` or `disabled`.");
            Err(Error::invalid("truncation", message))
        }
    }
}
