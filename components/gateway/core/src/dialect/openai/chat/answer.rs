//! The [`Writer`] of this dialect.

use gusset_types::Event;

use super::response::Completion;
use super::stream::{Chunks, Delta};
use super::turn::Thought;
use crate::Error;
use crate::answer::{Opening, Outcome};
use crate::dialect::blocks::Blocks;
use crate::dialect::sse;
use crate::dialect::writer::{Identity, Writer, to_json};

/// One answer.
#[derive(Clone, Debug)]
pub struct Answer {
    chunks: Chunks,
    blocks: Blocks,
    /// The thought that is being streamed: its seal is sent with all of it.
    thought: String,
    /// Streamed calls that have no arguments yet.
    bare: Vec<u32>,
}

impl Answer {
    /// An answer that has begun.
    #[must_use]
    pub fn new(identity: Identity, opening: Opening, include_usage: bool) -> Self {
        let chunks = Chunks::new(identity, opening, include_usage);
        Self { chunks, blocks: Blocks::default(), thought: String::new(), bare: Vec::new() }
    }
}

impl Writer for Answer {
    /// The first chunk: who speaks.
    fn begin(&mut self, out: &mut Vec<u8>) {
        self.chunks.delta(Delta { role: Some("assistant"), content: Some(""), ..Delta::default() }, out);
    }

    fn event(&mut self, event: Event, out: &mut Vec<u8>) {
        let nothing = Delta::default();
        match event {
            Event::Text(text) => self.chunks.delta(Delta { content: Some(&text), ..nothing }, out),
            Event::Refusal(text) => self.chunks.delta(Delta { refusal: Some(&text), ..nothing }, out),
            Event::Reasoning(text) => {
                self.chunks.delta(Delta { reasoning_content: Some(&text), ..nothing }, out);
                self.thought.push_str(&text);
            }
            Event::ReasoningSeal(seal) => {
                let thought = std::mem::take(&mut self.thought);
                let thinking_blocks = Thought::sealed(&thought, Some(&seal)).map(|thought| [thought]);
                self.chunks.delta(Delta { thinking_blocks, ..nothing }, out);
            }
            Event::ToolCall { index, id, name } => {
                self.chunks.delta(Delta::begin(index, &id, &name), out);
                self.bare.push(index);
            }
            Event::ToolArguments { index, json } => {
                self.chunks.delta(Delta::arguments(index, &json), out);
                self.bare.retain(|bare| *bare != index);
            }
        }
    }

    fn finish(&mut self, outcome: &Outcome, out: &mut Vec<u8>) {
        // No arguments are those of a tool that takes none; clients parse them as JSON.
        for index in std::mem::take(&mut self.bare) {
            self.chunks.delta(Delta::arguments(index, "{}"), out);
        }
        self.chunks.finish(outcome, out);
    }

    fn fail(&mut self, error: &Error, out: &mut Vec<u8>) {
        // Without `[DONE]`.
        sse::data(&error.response().body(), out);
    }

    fn collect(&mut self, event: Event) {
        self.blocks.push(event, &mut |_| ());
    }

    fn whole(&mut self, outcome: &Outcome) -> Result<Vec<u8>, Error> {
        self.blocks.finish(&mut |_| ());
        let Chunks { identity, opening, .. } = &self.chunks;
        to_json(&Completion::new(identity, opening, self.blocks.parts(), outcome))
    }
}
