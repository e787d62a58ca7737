//! Chunks to events.

use super::incoming::{Body, Call, Piece};
use crate::wire::{Fault, Sink, made_id};

/// The state between two chunks.
#[derive(Debug, Default)]
pub(crate) struct Reader {
    /// The completion's own id.
    id: String,
    calls: Vec<Open>,
}

/// A call whose arguments arrive.
#[derive(Debug)]
struct Open {
    /// Its position as the server says it.
    position: u32,
    id: String,
    /// The event's index; `None` until the name has come, which is before its arguments but for odd servers.
    index: Option<u32>,
    /// Arguments that came before the name.
    early: String,
}

impl Reader {
    /// A chunk, or a whole completion.
    pub(crate) fn event(&mut self, data: &[u8], sink: &mut Sink<'_>) -> Result<(), Fault> {
        let body: Body = serde_json::from_slice(data).map_err(|error| Fault::unreadable(data, &error))?;
        if body.error.is_some() || body.object.as_deref() == Some("error") {
            return Err(Fault::event(data));
        }
        if body.choices.is_none() && body.usage.is_none() {
            return Err(Fault::unexpected(data));
        }
        sink.heard.understood = true;
        if let Some(id) = body.id.filter(|_| self.id.is_empty()) {
            self.id = id;
        }
        sink.model(body.model);
        sink.heard.usage = body.usage.map(Into::into).or(sink.heard.usage.take());
        for mut choice in body.choices.into_iter().flatten().filter(|choice| choice.index == 0) {
            if let Some(piece) = choice.piece() {
                self.piece(piece, sink);
            }
            sink.heard.finish_reason = choice.finish_reason().or(sink.heard.finish_reason.take());
            sink.heard.stop_sequence = choice.stop_sequence().or(sink.heard.stop_sequence.take());
        }
        Ok(())
    }

    /// # Errors
    /// A call was begun that never got a name.
    pub(crate) fn finish(self) -> Result<(), Fault> {
        match self.calls.iter().find(|call| call.index.is_none()) {
            Some(call) => Err(Fault::malformed(format!("tool call {} has no name", call.position))),
            None => Ok(()),
        }
    }

    fn piece(&mut self, piece: Piece, sink: &mut Sink<'_>) {
        // Two names for one thing: a server that writes both writes the same.
        if let Some(thought) = piece.reasoning_content.or(piece.reasoning) {
            let (text, _) = thought.split();
            if text.is_empty() {
                sink.alive();
            }
            sink.reasoning(text);
        }
        if let Some(content) = piece.content {
            let (text, thoughts) = content.split();
            sink.reasoning(thoughts);
            sink.text(text);
        }
        sink.refusal(piece.refusal.unwrap_or_default());
        for (position, call) in piece.tool_calls.into_iter().flatten().enumerate() {
            self.call(u32::try_from(position).unwrap_or(u32::MAX), call, sink);
        }
    }

    fn call(&mut self, position: u32, call: Call, sink: &mut Sink<'_>) {
        let position = call.index.unwrap_or(position);
        let id = call.id.unwrap_or_default();
        let (name, json) =
            call.function.map(|function| (function.name, function.arguments)).unwrap_or_default();
        let (name, json) = (name.unwrap_or_default(), json.unwrap_or_default());
        let known = self.calls.iter_mut().rev().find(|open| open.position == position);
        // Some servers number every call of a turn alike: another id with a name is another call.
        let same =
            |open: &&mut Open| id.is_empty() || name.is_empty() || open.id == id || open.index.is_none();
        let open = match known.filter(same) {
            Some(open) => open,
            None => {
                self.calls.push(Open { position, id: id.clone(), index: None, early: String::new() });
                let Some(open) = self.calls.last_mut() else { return };
                open
            }
        };
        match open.index {
            Some(index) => sink.arguments(index, json),
            None => {
                open.early.push_str(&json);
                if open.id.is_empty() {
                    open.id = id;
                }
                if name.is_empty() {
                    return sink.alive();
                }
                if open.id.is_empty() {
                    open.id = made_id(&self.id, sink.next_call());
                }
                let index = sink.call(open.id.clone(), name);
                open.index = Some(index);
                sink.arguments(index, std::mem::take(&mut open.early));
            }
        }
    }
}
