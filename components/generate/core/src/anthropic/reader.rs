//! Events of a stream, and whole messages, to events.

use super::incoming::{Block, Event, Message, TokenUsage, finish_reason};
use crate::wire::{Fault, Seal, Sink};

/// The state between two events.
#[derive(Debug, Default)]
pub(crate) struct Reader {
    usage: Option<TokenUsage>,
    /// Blocks that have begun and not ended; the API sends one after the other.
    blocks: Vec<Open>,
}

#[derive(Debug)]
struct Open {
    position: u32,
    kind: Kind,
}

#[derive(Debug)]
enum Kind {
    Thought {
        signature: String,
    },
    Call {
        index: u32,
        /// What stood in the block's start, used if no piece follows.
        input: String,
        written: bool,
    },
    Other,
}

impl Reader {
    pub(crate) fn event(&mut self, data: &[u8], sink: &mut Sink<'_>) -> Result<(), Fault> {
        let event: Event = serde_json::from_slice(data).map_err(|error| Fault::unreadable(data, &error))?;
        match event.r#type.as_str() {
            "error" => return Err(Fault::event(data)),
            "message_start" => {
                sink.heard.understood = true;
                if let Some(message) = event.message {
                    self.message(message, sink);
                }
            }
            "content_block_start" => {
                if let Some(block) = event.content_block {
                    self.start(event.index, block, sink);
                }
            }
            "content_block_delta" => {
                if let Some(delta) = event.delta {
                    sink.text(delta.text);
                    if delta.thinking.is_empty() && !delta.signature.is_empty() {
                        sink.alive();
                    }
                    sink.reasoning(delta.thinking);
                    self.add(event.index, &delta.signature, delta.partial_json, sink);
                }
            }
            "content_block_stop" => self.stop(event.index, sink),
            "message_delta" => {
                if let Some(delta) = event.delta {
                    ended(delta.stop_reason, delta.stop_sequence, sink);
                }
                self.count(event.usage, sink);
            }
            "message_stop" => sink.heard.done = true,
            // An OpenAI-like error has no type of its own.
            "" => return Err(if is_error(data) { Fault::event(data) } else { Fault::unexpected(data) }),
            // `ping`, and what is new: the reference asks for it to be passed over.
            _ => {}
        }
        Ok(())
    }

    /// A message that was not streamed.
    pub(crate) fn whole(&mut self, body: &[u8], sink: &mut Sink<'_>) -> Result<(), Fault> {
        let head: Event = serde_json::from_slice(body).map_err(|error| Fault::unreadable(body, &error))?;
        match head.r#type.as_str() {
            "message" => {}
            _ if is_error(body) => return Err(Fault::event(body)),
            _ => return Err(Fault::unexpected(body)),
        }
        let message: Message =
            serde_json::from_slice(body).map_err(|error| Fault::unreadable(body, &error))?;
        sink.heard.understood = true;
        self.message(message, sink);
        Ok(())
    }

    fn message(&mut self, message: Message, sink: &mut Sink<'_>) {
        sink.model(message.model);
        self.count(message.usage, sink);
        for (position, block) in (0..).zip(message.content) {
            self.start(position, block, sink);
            self.stop(position, sink);
        }
        ended(message.stop_reason, message.stop_sequence, sink);
    }

    fn count(&mut self, usage: Option<TokenUsage>, sink: &mut Sink<'_>) {
        let Some(usage) = usage else { return };
        let usage = usage.or(self.usage.unwrap_or_default());
        self.usage = Some(usage);
        sink.heard.usage = Some(usage.into());
    }

    fn start(&mut self, position: u32, block: Block, sink: &mut Sink<'_>) {
        let kind = match block.r#type.as_str() {
            "text" => {
                sink.text(block.text);
                Kind::Other
            }
            "thinking" => {
                sink.alive();
                sink.reasoning(block.thinking);
                Kind::Thought { signature: block.signature }
            }
            "redacted_thinking" => {
                sink.seal(Seal::AnthropicRedacted(&block.data));
                Kind::Other
            }
            "tool_use" => {
                let index = sink.call(block.id, block.name);
                let input = block.input.map_or_else(|| "{}".to_owned(), |input| input.get().to_owned());
                Kind::Call { index, input, written: false }
            }
            _ => Kind::Other,
        };
        self.blocks.push(Open { position, kind });
    }

    fn add(&mut self, position: u32, more: &str, json: String, sink: &mut Sink<'_>) {
        match self.blocks.iter_mut().find(|block| block.position == position).map(|block| &mut block.kind) {
            Some(Kind::Thought { signature }) => signature.push_str(more),
            Some(Kind::Call { index, written, .. }) => {
                *written |= !json.is_empty();
                sink.arguments(*index, json);
            }
            Some(Kind::Other) | None => {}
        }
    }

    fn stop(&mut self, position: u32, sink: &mut Sink<'_>) {
        let Some(at) = self.blocks.iter().position(|block| block.position == position) else { return };
        match self.blocks.swap_remove(at).kind {
            Kind::Thought { signature } if !signature.is_empty() => {
                sink.seal(Seal::AnthropicSignature(&signature));
            }
            Kind::Call { index, input, written: false } => sink.arguments(index, input),
            _ => {}
        }
    }
}

fn ended(reason: Option<String>, sequence: Option<String>, sink: &mut Sink<'_>) {
    if let Some(reason) = reason {
        sink.heard.finish_reason = Some(finish_reason(&reason));
    }
    sink.heard.stop_sequence = sequence.or(sink.heard.stop_sequence.take());
}

fn is_error(data: &[u8]) -> bool {
    serde_json::from_slice::<serde_json::Value>(data).is_ok_and(|value| value.get("error").is_some())
}
