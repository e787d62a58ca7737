//! Chunks to events.

use gusset_types::FinishReason;

use super::incoming::{Body, Candidate, Part};
use crate::wire::{Fault, Raw, Seal, Sink, made_id};

/// The state between two chunks.
#[derive(Debug, Default)]
pub(crate) struct Reader {
    /// The response's own id, which calls are named after.
    id: String,
}

impl Reader {
    /// A chunk, or a whole answer.
    pub(crate) fn event(&mut self, data: &[u8], sink: &mut Sink<'_>) -> Result<(), Fault> {
        let body: Body = serde_json::from_slice(data).map_err(|error| Fault::unreadable(data, &error))?;
        if body.error.is_some() {
            return Err(Fault::event(data));
        }
        if body.candidates.is_none() && body.usage_metadata.is_none() && body.prompt_feedback.is_none() {
            return Err(Fault::unexpected(data));
        }
        sink.heard.understood = true;
        if let Some(id) = body.response_id.filter(|_| self.id.is_empty()) {
            self.id = id;
        }
        sink.model(body.model_version);
        sink.heard.usage = body.usage_metadata.map(Into::into).or(sink.heard.usage.take());
        if body.prompt_feedback.is_some_and(|feedback| feedback.block_reason.is_some()) {
            sink.heard.finish_reason = Some(FinishReason::ContentFilter);
        }
        for candidate in body.candidates.into_iter().flatten().filter(|candidate| candidate.index == 0) {
            self.candidate(candidate, sink)?;
        }
        Ok(())
    }

    /// An answer that was not streamed as events: one, or a list of chunks.
    pub(crate) fn whole(&mut self, body: &[u8], sink: &mut Sink<'_>) -> Result<(), Fault> {
        if !body.trim_ascii_start().starts_with(b"[") {
            return self.event(body, sink);
        }
        let chunks: Vec<&Raw> =
            serde_json::from_slice(body).map_err(|error| Fault::unreadable(body, &error))?;
        chunks.into_iter().try_for_each(|chunk| self.event(chunk.get().as_bytes(), sink))
    }

    fn candidate(&self, candidate: Candidate, sink: &mut Sink<'_>) -> Result<(), Fault> {
        for part in candidate.content.into_iter().flat_map(|content| content.parts) {
            self.part(part, sink);
        }
        let Some(reason) = candidate.finish_reason else { return Ok(()) };
        let reason = match reason.as_str() {
            "STOP" => FinishReason::Stop,
            "MAX_TOKENS" => FinishReason::Length,
            // What the model wrote is no call, and what came before it no answer.
            "MALFORMED_FUNCTION_CALL"
            | "UNEXPECTED_TOOL_CALL"
            | "TOO_MANY_TOOL_CALLS"
            | "MISSING_THOUGHT_SIGNATURE"
            | "MALFORMED_RESPONSE" => {
                let detail = candidate.finish_message.unwrap_or_default();
                return Err(Fault::malformed(format!("the target gave up ({reason}) {detail}")));
            }
            "FINISH_REASON_UNSPECIFIED" => return Ok(()),
            // `SAFETY`, `RECITATION`, `PROHIBITED_CONTENT` and what else withholds the rest; also `OTHER`.
            _ => FinishReason::ContentFilter,
        };
        sink.heard.finish_reason = Some(reason);
        Ok(())
    }

    /// A signature stands before what it signs, whatever comes in a part: what follows the seal is what it goes back with.
    fn part(&self, part: Part, sink: &mut Sink<'_>) {
        let seal = (!part.thought_signature.is_empty()).then_some(Seal::Gemini(&part.thought_signature));
        if part.thought {
            sink.reasoning(part.text);
            if let Some(seal) = seal {
                sink.seal(seal);
            }
            return;
        }
        if let Some(seal) = seal {
            sink.seal(seal);
        }
        sink.text(part.text);
        if let Some(call) = part.function_call {
            let made = || made_id(&self.id, sink.next_call());
            let id = call.id.filter(|id| !id.is_empty()).unwrap_or_else(made);
            let index = sink.call(id, call.name);
            let args = call.args.map_or_else(|| "{}".to_owned(), |args| args.get().to_owned());
            sink.arguments(index, args);
        }
    }
}
