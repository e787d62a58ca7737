//! The answer as server-sent events: chunks, then `[DONE]`; or an error and no `[DONE]`.

use serde::Serialize;

use super::response::{Extension, Tokens, reason};
use crate::Error;
use crate::answer::{Opening, Outcome};

/// What all pieces of one answer share.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Identity {
    /// `chatcmpl-…`
    pub id: String,
    /// Unix time in seconds.
    pub created: u64,
    /// 32 hexadecimal digits.
    pub trace_id: String,
}

/// Writes the events of one answer. Each method appends whole events to a buffer.
#[derive(Clone, Debug)]
pub struct Stream {
    identity: Identity,
    opening: Opening,
    include_usage: bool,
}

#[derive(Serialize)]
struct Chunk<'a> {
    id: &'a str,
    object: &'static str,
    created: u64,
    model: &'a str,
    choices: &'a [Choice<'a>],
    /// OpenAI sends `null` on each chunk before the one that has it.
    #[serde(skip_serializing_if = "Option::is_none")]
    usage: Option<Option<Tokens>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    x_gusset: Option<Extension<'a>>,
}

#[derive(Serialize)]
struct Choice<'a> {
    index: u32,
    delta: Delta<'a>,
    logprobs: Option<()>,
    finish_reason: Option<&'static str>,
}

#[derive(Default, Serialize)]
struct Delta<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    role: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    content: Option<&'a str>,
}

impl Stream {
    /// The stream of an answer that has begun.
    #[must_use]
    pub fn new(identity: Identity, opening: Opening, include_usage: bool) -> Self {
        Self { identity, opening, include_usage }
    }

    /// The first chunk: who speaks.
    pub fn begin(&self, out: &mut Vec<u8>) {
        self.delta(Delta { role: Some("assistant"), content: Some("") }, None, None, out);
    }

    /// A piece of the text.
    pub fn text(&self, text: &str, out: &mut Vec<u8>) {
        self.delta(Delta { role: None, content: Some(text) }, None, None, out);
    }

    /// The end: why, with what citations, for how many tokens if asked, and `[DONE]`.
    pub fn finish(&self, outcome: &Outcome, out: &mut Vec<u8>) {
        let extension = Extension::new(self.opening.kind, outcome, &self.identity.trace_id);
        self.delta(Delta::default(), Some(reason(outcome.finish_reason)), Some(extension), out);
        if self.include_usage {
            self.chunk(&[], Some(Some(outcome.usage.into())), None, out);
        }
        out.extend_from_slice(b"data: [DONE]\n\n");
    }

    /// The end of an answer that broke off. Without `[DONE]`: it must not look complete.
    pub fn fail(&self, error: &Error, out: &mut Vec<u8>) {
        event(&error.response().body(), out);
    }

    fn delta(
        &self,
        delta: Delta<'_>,
        finish_reason: Option<&'static str>,
        extension: Option<Extension<'_>>,
        out: &mut Vec<u8>,
    ) {
        let choices = [Choice { index: 0, delta, logprobs: None, finish_reason }];
        self.chunk(&choices, self.include_usage.then_some(None), extension, out);
    }

    fn chunk(
        &self,
        choices: &[Choice<'_>],
        usage: Option<Option<Tokens>>,
        x_gusset: Option<Extension<'_>>,
        out: &mut Vec<u8>,
    ) {
        let Identity { id, created, .. } = &self.identity;
        let object = "chat.completion.chunk";
        event(
            &Chunk { id, object, created: *created, model: &self.opening.model, choices, usage, x_gusset },
            out,
        );
    }
}

/// One server-sent event. JSON has no raw line ends, so that one line holds it.
fn event(data: &impl Serialize, out: &mut Vec<u8>) {
    let before = out.len();
    out.extend_from_slice(b"data: ");
    // Plain data into memory can't fail; should it all the same, no half event is sent.
    match serde_json::to_writer(&mut *out, data) {
        Ok(()) => out.extend_from_slice(b"\n\n"),
        Err(_) => out.truncate(before),
    }
}
