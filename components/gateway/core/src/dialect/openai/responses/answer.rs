//! The [`Writer`] of this dialect.

use gusset_types::{Event, FinishReason, Part, ToolCall};
use serde_json::value::to_raw_value;

use super::event::{ContentPlace, Events, Sent, SummaryPlace};
use super::kept::Kept;
use super::object::{Echo, Object, Status};
use super::output::{self, Content, Output, Summary};
use crate::Error;
use crate::answer::{Citation, Opening, Outcome};
use crate::dialect::blocks::{Blocks, Step};
use crate::dialect::writer::{Identity, Writer, to_json};
use crate::responses::Record;

/// One answer.
#[derive(Clone, Debug)]
pub struct Answer {
    identity: Identity,
    opening: Opening,
    echo: Echo,
    blocks: Blocks,
    events: Events,
}

impl Answer {
    /// An answer that has begun.
    #[must_use]
    pub fn new(identity: Identity, opening: Opening, echo: Echo) -> Self {
        Self { identity, opening, echo, blocks: Blocks::default(), events: Events::default() }
    }

    fn object<'a>(&'a self, parts: &'a [Part], status: Status<'a>) -> Object<'a> {
        Object::new(&self.identity, &self.opening, &self.echo, parts, status)
    }

    fn send(&mut self, name: &'static str, status: Status<'_>, out: &mut Vec<u8>) {
        let Self { identity, opening, echo, blocks, events } = self;
        let response = Object::new(identity, opening, echo, blocks.parts(), status);
        events.send(name, &Sent::Response { response: &response }, out);
    }
}

impl Writer for Answer {
    fn begin(&mut self, out: &mut Vec<u8>) {
        self.send("response.created", Status::InProgress, out);
        self.send("response.in_progress", Status::InProgress, out);
    }

    fn event(&mut self, event: Event, out: &mut Vec<u8>) {
        let Self { identity, echo, blocks, events, .. } = self;
        let mut told = Told { response: &identity.id, seals: echo.seals, citations: &[], events, out };
        blocks.push(event, &mut |step| told.tell(&step));
    }

    fn finish(&mut self, outcome: &Outcome, out: &mut Vec<u8>) {
        let Self { identity, echo, blocks, events, .. } = self;
        let citations = &outcome.citations;
        let mut told = Told { response: &identity.id, seals: echo.seals, citations, events, out };
        blocks.finish(&mut |step| told.tell(&step));
        let status = ended(outcome);
        let name = match status {
            Status::Incomplete(..) => "response.incomplete",
            _ => "response.completed",
        };
        self.send(name, status, out);
    }

    fn fail(&mut self, error: &Error, out: &mut Vec<u8>) {
        let response = error.response();
        let (code, message, param) = (response.code, response.message.as_str(), response.param.as_deref());
        self.events.send("error", &Sent::Error { code, message, param }, out);
        self.send("response.failed", Status::Failed(message), out);
    }

    fn collect(&mut self, event: Event) {
        self.blocks.push(event, &mut |_| ());
    }

    fn whole(&mut self, outcome: &Outcome) -> Result<Vec<u8>, Error> {
        self.blocks.finish(&mut |_| ());
        to_json(&self.object(self.blocks.parts(), ended(outcome)))
    }

    fn record(&mut self, outcome: &Outcome) -> Option<Record> {
        if !self.echo.store {
            return None;
        }
        // The end has not been told yet, and is not to be told by this.
        let mut blocks = self.blocks.clone();
        blocks.finish(&mut |_| ());
        let id = &self.identity.id;
        let input = self.echo.input.iter().cloned().enumerate();
        let input = input.map(|(at, item)| item.complete(|kind| output::id_of_input(id, at, kind)));
        let response = to_raw_value(&self.object(blocks.parts(), ended(outcome))).ok()?;
        let kept = Kept { response, input: input.collect(), answer: blocks.parts().to_vec() };
        let content = to_raw_value(&kept).ok()?;
        let previous = self.echo.previous.clone();
        Some(Record { id: id.clone(), previous, created_at: self.identity.created, content })
    }

    fn not_kept(&mut self) {
        self.echo.store = false;
    }
}

fn ended(outcome: &Outcome) -> Status<'_> {
    match outcome.finish_reason {
        FinishReason::Stop | FinishReason::ToolCalls => Status::Completed(outcome),
        FinishReason::Length => Status::Incomplete(outcome, "max_output_tokens"),
        FinishReason::ContentFilter => Status::Incomplete(outcome, "content_filter"),
    }
}

/// Tells steps of the answer as events.
struct Told<'a> {
    response: &'a str,
    seals: bool,
    citations: &'a [Citation],
    events: &'a mut Events,
    out: &'a mut Vec<u8>,
}

impl Told<'_> {
    fn tell(&mut self, step: &Step<'_>) {
        match *step {
            Step::Open(at, part) => self.open(at, part),
            Step::Append(at, part, text) => self.append(at, part, text),
            Step::Close(at, part) => self.close(at, part),
        }
    }

    fn open(&mut self, at: usize, part: &Part) {
        if let Some(item) = Output::begun(self.response, at, part) {
            self.send("response.output_item.added", &Sent::Item { output_index: at, item });
        }
        if matches!(part, Part::Text(_) | Part::Refusal(_)) {
            let id = output::id(self.response, at, part);
            let sent = Sent::Content { place: ContentPlace::new(&id, at), part: Content::empty(part) };
            self.send("response.content_part.added", &sent);
        }
    }

    fn append(&mut self, at: usize, part: &Part, delta: &str) {
        let id = output::id(self.response, at, part);
        let (content, summary) = (ContentPlace::new(&id, at), SummaryPlace::new(&id, at));
        match part {
            Part::Text(_) => {
                let sent = Sent::TextDelta { place: content, delta, logprobs: [] };
                self.send("response.output_text.delta", &sent);
            }
            Part::Refusal(_) => {
                self.send("response.refusal.delta", &Sent::RefusalDelta { place: content, delta });
            }
            Part::ToolCall(_) => {
                let sent = Sent::ArgumentsDelta { item_id: &id, output_index: at, delta };
                self.send("response.function_call_arguments.delta", &sent);
            }
            Part::Reasoning(thought) => {
                // A thought has a summary once there is text of it.
                if thought.text.len() == delta.len() {
                    let part = Summary::SummaryText { text: "" };
                    self.send(
                        "response.reasoning_summary_part.added",
                        &Sent::Summary { place: summary, part },
                    );
                }
                let sent = Sent::SummaryDelta { place: summary, delta };
                self.send("response.reasoning_summary_text.delta", &sent);
            }
            Part::Image(_) | Part::ToolResult(_) => {}
        }
    }

    fn close(&mut self, at: usize, part: &Part) {
        let id = output::id(self.response, at, part);
        let (content, summary) = (ContentPlace::new(&id, at), SummaryPlace::new(&id, at));
        let citations = self.citations;
        match part {
            Part::Text(text) => {
                for (annotation_index, annotation) in
                    output::annotations(text, citations).into_iter().enumerate()
                {
                    let sent = Sent::Annotation { place: content, annotation_index, annotation };
                    self.send("response.output_text.annotation.added", &sent);
                }
                self.send(
                    "response.output_text.done",
                    &Sent::TextDone { place: content, text, logprobs: [] },
                );
            }
            Part::Refusal(refusal) => {
                self.send("response.refusal.done", &Sent::RefusalDone { place: content, refusal });
            }
            Part::ToolCall(ToolCall { name, arguments, .. }) => {
                let sent = Sent::ArgumentsDone { item_id: &id, output_index: at, name, arguments };
                self.send("response.function_call_arguments.done", &sent);
            }
            Part::Reasoning(thought) if !thought.text.is_empty() => {
                let text = thought.text.as_str();
                let part = Summary::SummaryText { text };
                self.send(
                    "response.reasoning_summary_text.done",
                    &Sent::SummaryDone { place: summary, text },
                );
                self.send("response.reasoning_summary_part.done", &Sent::Summary { place: summary, part });
            }
            _ => {}
        }
        if let Some(part) = Content::new(part, citations) {
            self.send("response.content_part.done", &Sent::Content { place: content, part });
        }
        if let Some(item) = Output::new(self.response, at, part, "completed", citations, self.seals) {
            self.send("response.output_item.done", &Sent::Item { output_index: at, item });
        }
    }

    fn send(&mut self, name: &'static str, sent: &Sent<'_>) {
        self.events.send(name, sent, self.out);
    }
}
