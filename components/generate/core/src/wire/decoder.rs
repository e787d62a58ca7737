//! Bytes of a successful response to events and the completion's end, whatever pieces the bytes come in.

use super::fault::Fault;
use super::sink::{Completion, Heard, Sink};
use super::sse::{MAX_EVENT_BYTES, Parser, TooLong};
use crate::config::Dialect;
use crate::{Event, anthropic, gemini, openai, responses};

/// Longest completion from a server that does not stream, in bytes of JSON. Sealed thoughts make it long.
const MAX_BODY_BYTES: usize = 8 << 20;

/// Reads one response.
///
/// A server that was asked to stream may answer with plain JSON all the same; which it is shows in the first byte, since no
/// line of an event stream begins with a bracket.
#[derive(Debug)]
pub struct Decoder {
    form: Form,
    reader: Reader,
    heard: Heard,
}

#[derive(Debug)]
enum Form {
    Unknown,
    Stream(Parser),
    Json(Vec<u8>),
}

/// What one event means, or a whole answer, by dialect.
#[derive(Debug)]
enum Reader {
    OpenAi(openai::Reader),
    Responses(responses::Reader),
    Anthropic(anthropic::Reader),
    Gemini(gemini::Reader),
}

impl Decoder {
    /// Before the first byte.
    #[must_use]
    pub fn new(dialect: Dialect) -> Self {
        let reader = match dialect {
            Dialect::OpenAi => Reader::OpenAi(openai::Reader::default()),
            Dialect::OpenAiResponses => Reader::Responses(responses::Reader::default()),
            Dialect::Anthropic => Reader::Anthropic(anthropic::Reader::default()),
            Dialect::Gemini => Reader::Gemini(gemini::Reader::default()),
        };
        Self { form: Form::Unknown, reader, heard: Heard::default() }
    }

    /// Decodes what arrived, appending to `events`. What was decoded before a fault is in `events` too.
    ///
    /// # Errors
    /// A [`Fault`] if the server says that it failed, or says what its protocol doesn't allow. Nothing may be pushed after it.
    pub fn push(&mut self, bytes: &[u8], events: &mut Vec<Event>) -> Result<(), Fault> {
        if let Form::Unknown = self.form {
            match bytes.iter().find(|byte| !byte.is_ascii_whitespace()) {
                None => return Ok(()),
                Some(b'{' | b'[') => self.form = Form::Json(Vec::new()),
                Some(_) => self.form = Form::Stream(Parser::default()),
            }
        }
        let (reader, heard) = (&mut self.reader, &mut self.heard);
        match &mut self.form {
            Form::Unknown => Ok(()),
            Form::Stream(parser) => parser.push(bytes, |data| {
                reader.event(data, &mut Sink { heard: &mut *heard, events: &mut *events })
            }),
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
        self.heard.done
    }

    /// Signs of the model's work so far, those that are no events too.
    pub(crate) fn tokens(&self) -> u64 {
        self.heard.tokens()
    }

    /// The response has ended. Appends what only its end completes to `events`.
    ///
    /// # Errors
    /// A [`Fault`] if the end came before the server said that it was the end, or if there was no answer in it.
    pub fn finish(mut self, events: &mut Vec<Event>) -> Result<Completion, Fault> {
        let sink = &mut Sink { heard: &mut self.heard, events };
        match self.form {
            Form::Unknown => return Err(Fault::malformed("an empty answer")),
            Form::Json(body) => {
                self.reader.whole(&body, sink)?;
                // Unlike a stream, a body that parses is whole.
                sink.heard.done = true;
            }
            Form::Stream(parser) => {
                if let Some(data) = parser.finish()
                    && whole(&data)
                {
                    self.reader.event(&data, sink)?;
                }
            }
        }
        self.reader.finish()?;
        self.heard.finish()
    }
}

impl Reader {
    /// One event of a stream.
    fn event(&mut self, data: &[u8], sink: &mut Sink<'_>) -> Result<(), Fault> {
        let data = data.trim_ascii();
        if sink.heard.done || data.is_empty() {
            return Ok(());
        }
        if data == b"[DONE]" {
            sink.heard.done = true;
            return Ok(());
        }
        match self {
            Self::OpenAi(reader) => reader.event(data, sink),
            Self::Responses(reader) => reader.event(data, sink),
            Self::Anthropic(reader) => reader.event(data, sink),
            Self::Gemini(reader) => reader.event(data, sink),
        }
    }

    /// A whole answer.
    fn whole(&mut self, body: &[u8], sink: &mut Sink<'_>) -> Result<(), Fault> {
        match self {
            Self::OpenAi(reader) => reader.event(body, sink),
            Self::Responses(reader) => reader.whole(body, sink),
            Self::Anthropic(reader) => reader.whole(body, sink),
            Self::Gemini(reader) => reader.whole(body, sink),
        }
    }

    /// Nothing more comes.
    fn finish(self) -> Result<(), Fault> {
        match self {
            Self::OpenAi(reader) => reader.finish(),
            Self::Responses(_) | Self::Anthropic(_) | Self::Gemini(_) => Ok(()),
        }
    }
}

/// Whether data that no blank line ended was sent to its end all the same.
fn whole(data: &[u8]) -> bool {
    data.trim_ascii() == b"[DONE]" || serde_json::from_slice::<serde::de::IgnoredAny>(data).is_ok()
}

impl From<TooLong> for Fault {
    fn from(TooLong: TooLong) -> Self {
        Self::malformed(format!("more than {MAX_EVENT_BYTES} bytes without an event in them"))
    }
}
