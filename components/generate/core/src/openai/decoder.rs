//! Bytes of a successful response to events and the completion's end, whatever pieces the bytes come in.

use gusset_types::{FinishReason, Usage};

use super::body::Body;
use super::fault::{Fault, error_event};
use super::sse::{Parser, TooLong};
use crate::Event;

/// Longest completion from a server that does not stream, in bytes of JSON.
const MAX_BODY_BYTES: usize = 8 << 20;

/// Reads one response.
///
/// A server that was asked to stream may answer with plain JSON all the same; which it is shows in the first byte, since no
/// line of an event stream begins with a brace.
#[derive(Debug, Default)]
pub struct Decoder {
    form: Form,
    progress: Progress,
}

/// How a completion ended, as its server said it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Completion {
    /// The model as the server names it.
    pub model: Option<String>,
    /// Why it ended.
    pub finish_reason: FinishReason,
    /// `None` where the server doesn't say.
    pub usage: Option<Usage>,
}

#[derive(Debug, Default)]
enum Form {
    #[default]
    Unknown,
    Stream(Parser),
    Json(Vec<u8>),
}

#[derive(Debug, Default)]
struct Progress {
    /// Events of any kind that were understood.
    understood: bool,
    /// The model began: text, or reasoning that is not part of the text.
    tokens: u64,
    model: Option<String>,
    finish_reason: Option<FinishReason>,
    usage: Option<Usage>,
    done: bool,
}

impl Decoder {
    /// Decodes what arrived, appending to `events`. What was decoded before a fault is in `events` too.
    ///
    /// # Errors
    /// A [`Fault`] if the server says that it failed, or says what its protocol doesn't allow. Nothing may be pushed after it.
    pub fn push(&mut self, bytes: &[u8], events: &mut Vec<Event>) -> Result<(), Fault> {
        if let Form::Unknown = self.form {
            match bytes.iter().find(|byte| !byte.is_ascii_whitespace()) {
                None => return Ok(()),
                Some(b'{') => self.form = Form::Json(Vec::new()),
                Some(_) => self.form = Form::Stream(Parser::default()),
            }
        }
        match &mut self.form {
            Form::Unknown => Ok(()),
            Form::Stream(parser) => parser.push(bytes, |data| self.progress.event(data, events)),
            Form::Json(body) if body.len() + bytes.len() > MAX_BODY_BYTES => {
                Err(Fault::malformed(format!("an answer of more than {MAX_BODY_BYTES} bytes")))
            }
            Form::Json(body) => {
                body.extend_from_slice(bytes);
                Ok(())
            }
        }
    }

    /// Whether the server said that nothing more comes. It may keep the connection all the same.
    #[must_use]
    pub fn is_complete(&self) -> bool {
        self.progress.done
    }

    /// Tokens seen so far, counting those of a model's reasoning, which are no events.
    pub(crate) fn tokens(&self) -> u64 {
        self.progress.tokens
    }

    /// The response has ended. Appends what only its end completes to `events`.
    ///
    /// # Errors
    /// A [`Fault`] if the end came before the server said that it was the end, or if there was no answer in it.
    pub fn finish(mut self, events: &mut Vec<Event>) -> Result<Completion, Fault> {
        match self.form {
            Form::Unknown => return Err(Fault::malformed("an empty answer")),
            Form::Json(body) => {
                self.progress.event(&body, events)?;
                // Unlike a stream, a body that parses is whole.
                self.progress.done = true;
            }
            Form::Stream(parser) => {
                if let Some(data) = parser.finish()
                    && whole(&data)
                {
                    self.progress.event(&data, events)?;
                }
            }
        }
        self.progress.finish()
    }
}

impl Progress {
    fn event(&mut self, data: &[u8], events: &mut Vec<Event>) -> Result<(), Fault> {
        let data = data.trim_ascii();
        if self.done || data.is_empty() {
            return Ok(());
        }
        if data == b"[DONE]" {
            self.done = true;
            return Ok(());
        }
        let body: Body = serde_json::from_slice(data).map_err(|error| Fault::unreadable(data, &error))?;
        if body.error.is_some() || body.object.as_deref() == Some("error") {
            return Err(error_event(data));
        }
        if body.choices.is_none() && body.usage.is_none() {
            return Err(Fault::unexpected(data));
        }
        self.understood = true;
        self.model = body.model.filter(|model| !model.is_empty()).or(self.model.take());
        self.usage = body.usage.map(Usage::from).or(self.usage.take());
        for mut choice in body.choices.into_iter().flatten().filter(|choice| choice.index == 0) {
            let text = choice.text();
            self.tokens += u64::from(!text.is_empty() || choice.is_reasoning());
            if !text.is_empty() {
                events.push(Event::Text(text));
            }
            self.finish_reason = choice.finish_reason().or(self.finish_reason.take());
        }
        Ok(())
    }

    fn finish(self) -> Result<Completion, Fault> {
        if !self.understood {
            return Err(Fault::malformed("an answer without a completion in it"));
        }
        let finish_reason = match self.finish_reason {
            Some(reason) => reason,
            None if self.done => FinishReason::Stop,
            None => return Err(Fault::interrupted("the stream ended without a finish reason")),
        };
        Ok(Completion { model: self.model, finish_reason, usage: self.usage })
    }
}

/// Whether data that no blank line ended was sent to its end all the same.
fn whole(data: &[u8]) -> bool {
    data.trim_ascii() == b"[DONE]" || serde_json::from_slice::<serde::de::IgnoredAny>(data).is_ok()
}

impl From<TooLong> for Fault {
    fn from(TooLong: TooLong) -> Self {
        Self::malformed(format!("more than {} bytes without an event in them", super::sse::MAX_EVENT_BYTES))
    }
}
