//! What was heard of a completion: events in order, and what its end will be.

use gusset_types::{FinishReason, Usage};

use super::fault::Fault;
use crate::Event;

/// How a completion ended, as its server said it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Completion {
    /// The model as the server names it.
    pub model: Option<String>,
    /// Why it ended.
    pub finish_reason: FinishReason,
    /// The stop text that ended it, where the server says.
    pub stop_sequence: Option<String>,
    /// `None` where the server doesn't say.
    pub usage: Option<Usage>,
}

/// Everything of a response that isn't an event.
#[derive(Debug, Default)]
pub(crate) struct Heard {
    /// Something in it was a completion, or a piece of one.
    pub(crate) understood: bool,
    pub(crate) model: Option<String>,
    pub(crate) finish_reason: Option<FinishReason>,
    pub(crate) stop_sequence: Option<String>,
    pub(crate) usage: Option<Usage>,
    /// The server said that nothing more comes.
    pub(crate) done: bool,
    /// Signs of the model's work: text, thoughts, calls.
    tokens: u64,
    calls: u32,
}

/// Where a dialect's reader puts what it reads.
pub(crate) struct Sink<'a> {
    pub(crate) heard: &'a mut Heard,
    pub(crate) events: &'a mut Vec<Event>,
}

impl Heard {
    pub(crate) fn tokens(&self) -> u64 {
        self.tokens
    }

    /// # Errors
    /// The end came before the server said that it was the end, or there was no answer.
    pub(crate) fn finish(self) -> Result<Completion, Fault> {
        if !self.understood {
            return Err(Fault::malformed("an answer without a completion in it"));
        }
        let finish_reason = match self.finish_reason {
            // Some servers, and OpenAI's where the call was forced, say so only by the calls themselves.
            Some(FinishReason::Stop) | None
                if self.calls > 0 && (self.done || self.finish_reason.is_some()) =>
            {
                FinishReason::ToolCalls
            }
            Some(reason) => reason,
            None if self.done => FinishReason::Stop,
            None => return Err(Fault::interrupted("the stream ended without a finish reason")),
        };
        let Self { model, stop_sequence, usage, .. } = self;
        Ok(Completion { model, finish_reason, stop_sequence, usage })
    }
}

impl Sink<'_> {
    /// The model is at work, though on nothing that is an event.
    pub(crate) fn alive(&mut self) {
        self.heard.tokens += 1;
    }

    pub(crate) fn text(&mut self, text: String) {
        if !text.is_empty() {
            self.push(Event::Text(text));
        }
    }

    pub(crate) fn refusal(&mut self, text: String) {
        if !text.is_empty() {
            self.push(Event::Refusal(text));
        }
    }

    pub(crate) fn reasoning(&mut self, text: String) {
        if !text.is_empty() {
            self.push(Event::Reasoning(text));
        }
    }

    pub(crate) fn seal(&mut self, seal: super::Seal<'_>) {
        self.push(Event::ReasoningSeal(seal.write()));
    }

    /// A call begins: the next in order. Gives its index.
    pub(crate) fn call(&mut self, id: String, name: String) -> u32 {
        let index = self.heard.calls;
        self.heard.calls += 1;
        self.push(Event::ToolCall { index, id, name });
        index
    }

    /// The index that [`Sink::call`] will give.
    pub(crate) fn next_call(&self) -> u32 {
        self.heard.calls
    }

    pub(crate) fn arguments(&mut self, index: u32, json: String) {
        if !json.is_empty() {
            self.push(Event::ToolArguments { index, json });
        }
    }

    pub(crate) fn model(&mut self, model: Option<String>) {
        if let Some(model) = model.filter(|model| !model.is_empty()) {
            self.heard.model = Some(model);
        }
    }

    fn push(&mut self, event: Event) {
        self.heard.tokens += 1;
        self.events.push(event);
    }
}
