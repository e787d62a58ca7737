//! The request: checked, and turned into messages and sampling.

use gusset_types::{Message, Role, Sampling};
use serde::Deserialize;

use super::content::Content;
use super::refused::Refused;
use crate::{Error, json};

/// Texts that may end a completion.
const STOPS: usize = 4;

/// What a caller asks for.
#[derive(Clone, Debug, PartialEq)]
pub struct Request {
    /// A collection, a model, or `collection/model`.
    pub model: String,
    /// Not empty; at least one has content.
    pub messages: Vec<Message>,
    /// How to sample.
    pub sampling: Sampling,
    /// Whether the answer is to be sent as it is made.
    pub stream: bool,
    /// Whether a stream is to end with the tokens used.
    pub include_usage: bool,
}

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
    seed: Option<i64>,
    stop: Option<Stop>,
}

#[derive(Debug, Deserialize)]
struct StreamOptions {
    include_usage: Option<bool>,
}

#[derive(Debug, Deserialize)]
struct Turn {
    role: String,
    #[serde(default)]
    content: Content,
    tool_calls: Option<serde_json::Value>,
    function_call: Option<serde_json::Value>,
    audio: Option<serde_json::Value>,
}

#[derive(Debug, Deserialize)]
#[serde(untagged, expecting = "expected a string or a list of strings")]
enum Stop {
    One(String),
    Many(Vec<String>),
}

impl Request {
    /// Reads a body.
    ///
    /// # Errors
    /// What is wrong with it, the field named: see [`Error`].
    pub fn parse(body: &[u8]) -> Result<Self, Error> {
        // Two passes keep the meaning and the refusals apart; a body is some kilobytes.
        let asked: Body = json::parse(body)?;
        json::parse::<Refused>(body)?.check()?;
        if asked.model.trim().is_empty() {
            let remedy = "name a vector store or a model; `GET /v1/models` lists them";
            return Err(Error::EmptyInput { param: "model".to_owned(), remedy });
        }
        let sampling = asked.sampling()?;
        let stream = asked.stream.unwrap_or(false);
        let include_usage = asked.stream_options.and_then(|o| o.include_usage).unwrap_or(false);
        let messages = asked.messages.into_iter().enumerate().map(|(at, turn)| turn.into_message(at));
        let messages = messages.collect::<Result<Vec<_>, _>>()?;
        if messages.iter().all(Message::is_blank) {
            let remedy = "send at least one message with content";
            return Err(Error::EmptyInput { param: "messages".to_owned(), remedy });
        }
        Ok(Self { model: asked.model, messages, sampling, stream, include_usage })
    }
}

impl Body {
    fn sampling(&self) -> Result<Sampling, Error> {
        let (max_tokens, name) = match self.max_completion_tokens {
            Some(tokens) => (Some(tokens), "max_completion_tokens"),
            None => (self.max_tokens, "max_tokens"),
        };
        if max_tokens == Some(0) {
            return Err(Error::invalid(name, format!("`{name}` must be at least 1.")));
        }
        if self.temperature.is_some_and(|t| !(0.0..=2.0).contains(&t)) {
            return Err(Error::invalid("temperature", "`temperature` must be from 0 to 2."));
        }
        if self.top_p.is_some_and(|p| !(p > 0.0 && p <= 1.0)) {
            return Err(Error::invalid("top_p", "`top_p` must be above 0 and at most 1."));
        }
        let stop = match &self.stop {
            None => Vec::new(),
            Some(Stop::One(text)) => vec![text.clone()],
            Some(Stop::Many(texts)) => texts.clone(),
        };
        if stop.len() > STOPS || stop.iter().any(String::is_empty) {
            return Err(Error::invalid(
                "stop",
                format!("`stop` takes at most {STOPS} texts, none of them empty."),
            ));
        }
        let &Self { temperature, top_p, seed, .. } = self;
        Ok(Sampling { max_tokens, temperature, top_p, seed, stop, ..Sampling::default() })
    }
}

impl Turn {
    fn into_message(self, at: usize) -> Result<Message, Error> {
        let path = format!("messages[{at}]");
        let role = match self.role.as_str() {
            // `developer` is what OpenAI's newer models call `system`.
            "system" | "developer" => Role::System,
            "user" => Role::User,
            "assistant" => Role::Assistant,
            "tool" | "function" => {
                return Err(Error::unsupported(format!("{path}.role"), "tools cannot be called yet"));
            }
            other => {
                let message =
                    format!("`{other}` is no role: use `system`, `developer`, `user` or `assistant`.");
                return Err(Error::invalid(format!("{path}.role"), message));
            }
        };
        let fields = [
            ("tool_calls", &self.tool_calls),
            ("function_call", &self.function_call),
            ("audio", &self.audio),
        ];
        for (name, value) in fields {
            let asks = value.as_ref().is_some_and(|v| v.as_array().is_none_or(|calls| !calls.is_empty()));
            if asks {
                return Err(Error::unsupported(format!("{path}.{name}"), "messages are text only"));
            }
        }
        Ok(Message::text(role, self.content.into_text(&path)?))
    }
}
