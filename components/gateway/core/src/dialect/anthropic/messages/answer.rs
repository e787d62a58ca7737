//! The [`Writer`] of this dialect, and the events of its stream.

use gusset_types::{Event, Part, Reasoning};
use serde::Serialize;

use super::super::error;
use super::response::{Block, Message, Tokens, stop_reason};
use crate::Error;
use crate::answer::{Opening, Outcome};
use crate::dialect::blocks::{Blocks, Step};
use crate::dialect::extension::Extension;
use crate::dialect::sse;
use crate::dialect::writer::{Identity, Writer, to_json};

/// One answer.
#[derive(Clone, Debug)]
pub struct Answer {
    identity: Identity,
    opening: Opening,
    prompt_tokens: u32,
    blocks: Blocks,
}

/// An event of a stream.
#[derive(Serialize)]
#[serde(tag = "type", rename_all = "snake_case")]
enum Sent<'a> {
    MessageStart { message: Message<'a> },
    ContentBlockStart { index: usize, content_block: Block<'a> },
    ContentBlockDelta { index: usize, delta: Delta<'a> },
    ContentBlockStop { index: usize },
    MessageDelta { delta: End<'a>, usage: Tokens, x_gusset: Extension<'a> },
    MessageStop,
}

#[derive(Serialize)]
#[serde(tag = "type")]
enum Delta<'a> {
    #[serde(rename = "text_delta")]
    Text { text: &'a str },
    #[serde(rename = "thinking_delta")]
    Thinking { thinking: &'a str },
    #[serde(rename = "signature_delta")]
    Signature { signature: &'a str },
    #[serde(rename = "input_json_delta")]
    InputJson { partial_json: &'a str },
}

#[derive(Serialize)]
struct End<'a> {
    stop_reason: &'static str,
    stop_sequence: Option<&'a str>,
}

impl Answer {
    /// An answer that has begun, to a prompt of about so many tokens: the stream's end says how many they were.
    #[must_use]
    pub fn new(identity: Identity, opening: Opening, prompt_tokens: u32) -> Self {
        Self { identity, opening, prompt_tokens, blocks: Blocks::default() }
    }
}

impl Writer for Answer {
    fn begin(&mut self, out: &mut Vec<u8>) {
        Sent::MessageStart { message: Message::begun(&self.identity, &self.opening, self.prompt_tokens) }
            .write(out);
    }

    fn event(&mut self, event: Event, out: &mut Vec<u8>) {
        self.blocks.push(event, &mut |step| write(&step, out));
    }

    fn finish(&mut self, outcome: &Outcome, out: &mut Vec<u8>) {
        self.blocks.finish(&mut |step| write(&step, out));
        let stop_reason = stop_reason(outcome, self.blocks.parts());
        let delta = End { stop_reason, stop_sequence: outcome.stop_sequence.as_deref() };
        let x_gusset = Extension::new(self.opening.kind, outcome, &self.identity.trace_id);
        Sent::MessageDelta { delta, usage: outcome.usage.into(), x_gusset }.write(out);
        Sent::MessageStop.write(out);
    }

    fn fail(&mut self, error: &Error, out: &mut Vec<u8>) {
        sse::named("error", &error::Body::new(&error.response(), &self.identity.trace_id), out);
    }

    fn collect(&mut self, event: Event) {
        self.blocks.push(event, &mut |_| ());
    }

    fn whole(&mut self, outcome: &Outcome) -> Result<Vec<u8>, Error> {
        self.blocks.finish(&mut |_| ());
        to_json(&Message::new(&self.identity, &self.opening, self.blocks.parts(), outcome))
    }
}

impl Sent<'_> {
    fn write(&self, out: &mut Vec<u8>) {
        let name = match self {
            Self::MessageStart { .. } => "message_start",
            Self::ContentBlockStart { .. } => "content_block_start",
            Self::ContentBlockDelta { .. } => "content_block_delta",
            Self::ContentBlockStop { .. } => "content_block_stop",
            Self::MessageDelta { .. } => "message_delta",
            Self::MessageStop => "message_stop",
        };
        sse::named(name, self, out);
    }
}

/// A step of the answer as events.
fn write(step: &Step<'_>, out: &mut Vec<u8>) {
    match *step {
        // Whether a thought is to be read shows with its first text, or with its end.
        Step::Open(_, Part::Reasoning(_)) => {}
        Step::Open(index, part) => start(index, part, out),
        Step::Append(index, part, text) => {
            let delta = match part {
                Part::Reasoning(thought) => {
                    if thought.text.len() == text.len() {
                        let empty = Block::Thinking { thinking: "", signature: "" };
                        Sent::ContentBlockStart { index, content_block: empty }.write(out);
                    }
                    Delta::Thinking { thinking: text }
                }
                Part::ToolCall(_) => Delta::InputJson { partial_json: text },
                _ => Delta::Text { text },
            };
            Sent::ContentBlockDelta { index, delta }.write(out);
        }
        Step::Close(index, part) => {
            match part {
                Part::Reasoning(Reasoning { text, .. }) if text.is_empty() => start(index, part, out),
                Part::Reasoning(Reasoning { seal: Some(signature), .. }) => {
                    let delta = Delta::Signature { signature };
                    Sent::ContentBlockDelta { index, delta }.write(out);
                }
                _ => {}
            }
            Sent::ContentBlockStop { index }.write(out);
        }
    }
}

/// A block without what is still to come of it.
fn start(index: usize, part: &Part, out: &mut Vec<u8>) {
    let nothing;
    let part = match part {
        // The arguments of a call that begins are those of none.
        Part::ToolCall(call) => {
            let arguments = "{}".to_owned();
            nothing = Part::ToolCall(gusset_types::ToolCall { arguments, ..call.clone() });
            &nothing
        }
        part => part,
    };
    if let Some(content_block) = Block::new(part) {
        Sent::ContentBlockStart { index, content_block }.write(out);
    }
}
