//! `POST /v1/chat/completions`: whole, or as it is made.

use gusset_gateway::Error;
use gusset_gateway::answer::Outcome;
use gusset_gateway::dialect::openai::chat::{Completion, Identity, Request, Stream, reason};
use gusset_gateway::id;
use gusset_gateway::trace::Trace;
use wit_bindgen::rt::async_support::{FutureReader, StreamReader, StreamResult};

use crate::bindings::gusset::orchestrate::orchestrate as wit;
use crate::call::{Call, Caller};
use crate::reply::{Gone, Reply, Sink};
use crate::{convert, platform};

/// Events taken from an answer at a time: whatever has come since the last look.
const EVENTS: usize = 32;

/// An answer that is being made. Dropping it cancels the answer.
pub(crate) struct Running {
    model: String,
    stream: Stream,
    events: Events,
    outcome: FutureReader<Result<wit::Outcome, wit::Error>>,
}

struct Events(StreamReader<wit::Event>);

pub(crate) async fn create(call: &mut Call, caller: &Caller, body: &[u8]) -> Result<Reply, Error> {
    let request = Request::parse(body)?;
    call.trace.set("gen_ai.operation.name", "chat");
    call.trace.set("gen_ai.request.model", request.model.as_str());
    call.trace.set("gusset.stream", request.stream);
    let Request { model, messages, sampling, stream, include_usage } = request;
    let answers = caller.config.answers;
    let asked = wit::Request {
        tenant: caller.tenant.clone(),
        model: model.clone(),
        messages: messages.into_iter().map(Into::into).collect(),
        sampling: sampling.into(),
        trace: call.trace.context().into(),
        options: wit::Options {
            passages: answers.passages,
            context_tokens: answers.context_tokens,
            answer_tokens: answers.answer_tokens,
        },
    };
    let (opening, events, outcome) =
        wit::answer(asked).await.map_err(|error| convert::from_answering(error, &model))?;
    let opening = convert::opening(opening);
    let identity = Identity {
        id: id::with_prefix("chatcmpl-", platform::entropy()),
        created: platform::now_seconds(),
        trace_id: call.trace_id(),
    };
    call.trace.set("gen_ai.response.id", identity.id.as_str());
    call.trace.set("gen_ai.response.model", opening.model.as_str());
    let mut events = Events(events);
    if stream {
        let stream = Stream::new(identity, opening, include_usage);
        return Ok(Reply::Stream(Box::new(Running { model, stream, events, outcome })));
    }
    let mut text = String::new();
    while let Some(pieces) = events.next().await {
        pieces.iter().for_each(|piece| text.push_str(piece));
    }
    let outcome = ended(outcome, &model).await?;
    describe(&outcome, &mut call.trace);
    Reply::json(&Completion::new(&identity, &opening, &text, &outcome))
}

impl Running {
    /// Sends the answer, piece by piece. Returns the code of what broke it off, if anything did.
    pub(crate) async fn run(self, sink: &mut Sink, trace: &mut Trace) -> Option<&'static str> {
        match self.send(sink, trace).await {
            Ok(()) => None,
            Err(Broken::Gone) => Some("client_disconnected"),
            Err(Broken::Failed(code)) => Some(code),
        }
    }

    async fn send(mut self, sink: &mut Sink, trace: &mut Trace) -> Result<(), Broken> {
        let mut out = Vec::new();
        self.stream.begin(&mut out);
        sink.send(std::mem::take(&mut out)).await?;
        while let Some(pieces) = self.events.next().await {
            pieces.iter().for_each(|piece| self.stream.text(piece, &mut out));
            sink.send(std::mem::take(&mut out)).await?;
        }
        match ended(self.outcome, &self.model).await {
            Ok(outcome) => {
                describe(&outcome, trace);
                self.stream.finish(&outcome, &mut out);
                Ok(sink.send(out).await?)
            }
            Err(error) => {
                let response = error.response();
                trace.set("error.message", response.message.as_str());
                self.stream.fail(&error, &mut out);
                sink.send(out).await?;
                Err(Broken::Failed(response.code))
            }
        }
    }
}

enum Broken {
    Gone,
    Failed(&'static str),
}

impl From<Gone> for Broken {
    fn from(Gone: Gone) -> Self {
        Self::Gone
    }
}

impl Events {
    /// The pieces that have come, at least one; `None` after the last.
    async fn next(&mut self) -> Option<Vec<String>> {
        let (status, events) = self.0.read(Vec::with_capacity(EVENTS)).await;
        let pieces: Vec<String> = events.into_iter().map(|wit::Event::Text(text)| text).collect();
        match status {
            StreamResult::Complete(_) => Some(pieces),
            StreamResult::Dropped | StreamResult::Cancelled => (!pieces.is_empty()).then_some(pieces),
        }
    }
}

async fn ended(
    outcome: FutureReader<Result<wit::Outcome, wit::Error>>,
    model: &str,
) -> Result<Outcome, Error> {
    outcome.await.map(convert::outcome).map_err(|error| convert::from_answering(error, model))
}

fn describe(outcome: &Outcome, trace: &mut Trace) {
    trace.set("gen_ai.response.finish_reasons", reason(outcome.finish_reason));
    trace.set("gen_ai.usage.input_tokens", outcome.usage.prompt_tokens);
    trace.set("gen_ai.usage.output_tokens", outcome.usage.completion_tokens);
    trace.set("gusset.citations", u32::try_from(outcome.citations.len()).unwrap_or(u32::MAX));
    trace.set("gusset.failures", u32::try_from(outcome.failures.len()).unwrap_or(u32::MAX));
}
