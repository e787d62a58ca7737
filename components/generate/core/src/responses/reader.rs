//! Events of a stream, and whole responses, to events.

use gusset_types::FinishReason;

use super::incoming::{Event, Item, Piece, Response};
use crate::wire::{Fault, Seal, Sink};

/// What stands between two parts of a thought's summary: each is a paragraph.
const BETWEEN_PARTS: &str = "\n\n";

/// The state between two events.
#[derive(Debug, Default)]
pub(crate) struct Reader {
    /// Items that have begun and not ended.
    items: Vec<Open>,
}

#[derive(Debug)]
struct Open {
    position: u32,
    /// The event's index, of a call.
    call: Option<u32>,
    /// Something of it was streamed, so that its end repeats what is known.
    spoken: bool,
}

impl Reader {
    pub(crate) fn event(&mut self, data: &[u8], sink: &mut Sink<'_>) -> Result<(), Fault> {
        let event: Event = serde_json::from_slice(data).map_err(|error| Fault::unreadable(data, &error))?;
        let position = event.output_index;
        let delta = event.delta.as_str().unwrap_or_default().to_owned();
        match event.r#type.as_str() {
            "error" | "response.failed" => return Err(Fault::event(data)),
            "response.created" | "response.in_progress" | "response.queued" => {
                sink.heard.understood = true;
                sink.model(event.response.and_then(|response| response.model));
            }
            "response.completed" | "response.incomplete" => {
                let response = event.response.ok_or_else(|| Fault::unexpected(data))?;
                ended(response, sink);
                sink.heard.done = true;
            }
            "response.output_item.added" => {
                if let Some(item) = event.item {
                    self.start(position, item, sink);
                }
            }
            "response.output_item.done" => {
                if let Some(item) = event.item {
                    self.stop(position, item, sink);
                }
            }
            "response.output_text.delta" => {
                self.open(position).spoken = true;
                sink.text(delta);
            }
            "response.refusal.delta" => {
                self.open(position).spoken = true;
                sink.refusal(delta);
            }
            "response.reasoning_summary_part.added" if event.summary_index > 0 => {
                sink.reasoning(BETWEEN_PARTS.to_owned());
            }
            "response.reasoning_summary_text.delta" | "response.reasoning_text.delta" => {
                self.open(position).spoken = true;
                sink.reasoning(delta);
            }
            "response.function_call_arguments.delta" => {
                let open = self.open(position);
                if let Some(index) = open.call {
                    open.spoken |= !delta.is_empty();
                    sink.arguments(index, delta);
                }
            }
            "" => {
                let error = serde_json::from_slice::<serde_json::Value>(data).unwrap_or_default();
                let is_error = error.get("error").is_some();
                return Err(if is_error { Fault::event(data) } else { Fault::unexpected(data) });
            }
            // What repeats what was said, and what is new.
            _ => {}
        }
        Ok(())
    }

    /// A response that was not streamed.
    pub(crate) fn whole(&mut self, body: &[u8], sink: &mut Sink<'_>) -> Result<(), Fault> {
        let mut response: Response =
            serde_json::from_slice(body).map_err(|error| Fault::unreadable(body, &error))?;
        if response.error.is_some() {
            return Err(Fault::event(body));
        }
        if response.status.is_none() && response.output.is_empty() {
            return Err(Fault::unexpected(body));
        }
        for (position, item) in (0..).zip(std::mem::take(&mut response.output)) {
            self.stop(position, item, sink);
        }
        ended(response, sink);
        Ok(())
    }

    fn start(&mut self, position: u32, item: Item, sink: &mut Sink<'_>) {
        match item.r#type.as_str() {
            "function_call" => {
                let id = item.call_id.or(item.id).unwrap_or_default();
                let index = sink.call(id, item.name.unwrap_or_default());
                let early = item.arguments.unwrap_or_default();
                let open = self.open(position);
                open.call = Some(index);
                open.spoken = !early.is_empty();
                sink.arguments(index, early);
            }
            _ => sink.alive(),
        }
    }

    /// The item with everything in it: says what was not streamed, if it was not.
    fn stop(&mut self, position: u32, item: Item, sink: &mut Sink<'_>) {
        let at = self.items.iter().position(|open| open.position == position);
        let open = at.map(|at| self.items.swap_remove(at));
        let spoken = open.as_ref().is_some_and(|open| open.spoken);
        match item.r#type.as_str() {
            "message" if !spoken => {
                for piece in item.content.into_iter().flatten() {
                    sink.text(piece.text.unwrap_or_default());
                    sink.refusal(piece.refusal.unwrap_or_default());
                }
            }
            "function_call" if !spoken => {
                let arguments = item.arguments.unwrap_or_default();
                let index = open.and_then(|open| open.call).unwrap_or_else(|| {
                    let id = item.call_id.or(item.id).unwrap_or_default();
                    sink.call(id, item.name.unwrap_or_default())
                });
                sink.arguments(index, arguments);
            }
            "reasoning" => {
                if !spoken {
                    let text = |pieces: Option<Vec<Piece>>| {
                        let texts = pieces.into_iter().flatten().filter_map(|piece| piece.text);
                        texts.collect::<Vec<_>>().join(BETWEEN_PARTS)
                    };
                    let summary = text(item.summary);
                    let full = text(item.content);
                    sink.reasoning(if summary.is_empty() { full } else { summary });
                }
                if let Some(content) = item.encrypted_content.filter(|content| !content.is_empty()) {
                    sink.seal(Seal::OpenAi(&item.id.unwrap_or_default(), &content));
                }
            }
            _ => {}
        }
    }

    fn open(&mut self, position: u32) -> &mut Open {
        let at = self.items.iter().position(|open| open.position == position).unwrap_or_else(|| {
            self.items.push(Open { position, call: None, spoken: false });
            self.items.len() - 1
        });
        #[expect(clippy::indexing_slicing, reason = "found or pushed right above")]
        &mut self.items[at]
    }
}

fn ended(response: Response, sink: &mut Sink<'_>) {
    sink.heard.understood = true;
    sink.model(response.model);
    sink.heard.usage = response.usage.map(Into::into).or(sink.heard.usage.take());
    let cut = response.status.as_deref() == Some("incomplete");
    let why = response.incomplete_details.and_then(|details| details.reason);
    sink.heard.finish_reason = Some(match why.as_deref() {
        Some("content_filter") => FinishReason::ContentFilter,
        Some(_) => FinishReason::Length,
        None if cut => FinishReason::Length,
        None => FinishReason::Stop,
    });
}
