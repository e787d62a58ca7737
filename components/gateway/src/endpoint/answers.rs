//! Answers in every dialect: whole, or as they are made.

use gusset_gateway::Error;
use gusset_gateway::answer::{CacheStatus, Outcome};
use gusset_gateway::dialect::anthropic::messages;
use gusset_gateway::dialect::openai::chat;
use gusset_gateway::dialect::openai::responses::Request;
use gusset_gateway::dialect::{Asked, Form, Writer};
use gusset_gateway::meter::{Ask, written};
use gusset_gateway::trace::Trace;
use gusset_types::{Controls, Event, Message, Usage};
use wit_bindgen::rt::async_support::{FutureReader, StreamReader, StreamResult};

use super::responses;
use crate::bindings::gusset::orchestrate::orchestrate as wit;
use crate::call::{Call, Caller};
use crate::reply::{Gone, Reply, Sink};
use crate::{convert, platform};

/// Events taken from an answer at a time: whatever has come since the last look.
const EVENTS: usize = 32;

/// An answer that is being made. Dropping it cancels the answer.
pub(crate) struct Running {
    caller: Caller,
    model: String,
    /// Whether it was given before, and costs nothing.
    is_cached: bool,
    writer: Box<dyn Writer>,
    events: Events,
    outcome: FutureReader<Result<wit::Outcome, wit::Error>>,
}

struct Events(StreamReader<wit::Event>);

pub(crate) async fn chat(call: &mut Call, caller: &Caller, body: &[u8]) -> Result<Reply, Error> {
    let (asked, form) = chat::parse(body)?;
    create(call, caller, asked, form).await
}

pub(crate) async fn response(call: &mut Call, caller: &Caller, body: &[u8]) -> Result<Reply, Error> {
    let request = Request::parse(body)?;
    let before = responses::conversation(caller, request.previous())?;
    let (asked, form) = request.after(&before)?;
    create(call, caller, asked, form).await
}

pub(crate) async fn message(call: &mut Call, caller: &Caller, body: &[u8]) -> Result<Reply, Error> {
    let (asked, form) = messages::parse(body)?;
    create(call, caller, asked, form).await
}

pub(crate) fn count_tokens(call: &mut Call, caller: &Caller, body: &[u8]) -> Result<Reply, Error> {
    let messages::Counted { model, messages, controls } = messages::parse_count(body)?;
    call.trace.set("gen_ai.request.model", model.as_str());
    caller.key.require_model(&model)?;
    Reply::json(&messages::count(count(&model, messages, controls)))
}

/// Tokens of a prompt.
fn count(model: &str, messages: Vec<Message>, controls: Controls) -> u32 {
    let turns: Vec<_> = messages.into_iter().map(Into::into).collect();
    wit::count_tokens(model, &turns, &controls.into()).tokens
}

async fn create(call: &mut Call, caller: &Caller, asked: Asked, mut form: Form) -> Result<Reply, Error> {
    call.trace.set("gen_ai.operation.name", "chat");
    call.trace.set("gen_ai.request.model", asked.model.as_str());
    call.trace.set("gusset.stream", asked.stream);
    let (model, stream) = (asked.model.clone(), asked.stream);
    let user = call.attribution.user(&asked.controls);
    call.attribution.user = user;
    call.admit(caller, &model, Ask::answer(&asked.messages, &asked.sampling, &asked.controls))?;
    if let (true, Some(prompt_tokens)) = (stream, form.prompt_tokens()) {
        *prompt_tokens = count(&model, asked.messages.clone(), asked.controls.clone());
    }
    let (opening, events, outcome) = wit::answer(request(call, caller, asked))
        .await
        .map_err(|error| convert::from_answering(error, &model))?;
    let opening = convert::opening(opening);
    call.headers.extend(call.attribution.headers(&opening));
    let identity = form.identity(platform::entropy(), platform::now_seconds(), call.trace_id());
    call.trace.set("gen_ai.response.id", identity.id.as_str());
    call.trace.set("gen_ai.response.model", opening.model.as_str());
    call.answered_by(&opening.model);
    if !opening.route.is_empty() {
        call.trace.set("gusset.route", opening.route.as_str());
    }
    let is_cached = matches!(opening.cache, CacheStatus::Hit | CacheStatus::SemanticHit(_));
    let writer = form.writer(identity, opening);
    let mut running =
        Running { caller: caller.clone(), model, is_cached, writer, events: Events(events), outcome };
    if stream {
        return Ok(Reply::Stream(Box::new(running)));
    }
    while let Some(events) = running.events.next().await {
        call.wrote(events.iter().map(written).sum());
        events.into_iter().for_each(|event| running.writer.collect(event));
    }
    let mut outcome = ended(running.outcome, &running.model).await?;
    call.cites = !outcome.citations.is_empty();
    if call.attribution.explain && call.cites {
        outcome.groundedness = wit::conclude(call.trace.context().into()).await.map(|found| found.share);
    }
    describe(&outcome, caller, running.is_cached, call);
    keep(running.writer.as_mut(), caller, &outcome, &mut call.trace);
    Ok(Reply::Whole { content_type: "application/json", body: running.writer.whole(&outcome)? })
}

/// The request as the orchestrator takes it.
fn request(call: &Call, caller: &Caller, asked: Asked) -> wit::Request {
    let Asked { model, messages, sampling, controls, stream: _ } = asked;
    let answers = caller.config.answers;
    wit::Request {
        tenant: caller.tenant.clone(),
        model,
        messages: messages.into_iter().map(Into::into).collect(),
        sampling: sampling.into(),
        attribution: wit::Attribution {
            endpoint: call.endpoint().to_owned(),
            feature: call.attribution.feature.clone(),
            user: call.attribution.user(&controls),
        },
        controls: controls.into(),
        cache_control: call.attribution.cache_control.clone(),
        quality: call.attribution.quality.clone(),
        trace: call.trace.context().into(),
        options: wit::Options {
            passages: answers.passages,
            context_tokens: answers.context_tokens,
            answer_tokens: answers.answer_tokens,
        },
    }
}

impl Running {
    /// Sends the answer, piece by piece. Returns the code of what broke it off, if anything did.
    pub(crate) async fn run(self, sink: &mut Sink, call: &mut Call) -> Option<&'static str> {
        match self.send(sink, call).await {
            Ok(()) => None,
            Err(Broken::Gone) => Some("client_disconnected"),
            Err(Broken::Failed(code)) => Some(code),
        }
    }

    async fn send(mut self, sink: &mut Sink, call: &mut Call) -> Result<(), Broken> {
        let mut out = Vec::new();
        // Goes with the first events, which are at hand: an answer has begun when they are.
        self.writer.begin(&mut out);
        while let Some(events) = self.events.next().await {
            call.wrote(events.iter().map(written).sum());
            events.into_iter().for_each(|event| self.writer.event(event, &mut out));
            // What came may have to wait for what comes next.
            if !out.is_empty() {
                sink.send(std::mem::take(&mut out)).await?;
            }
        }
        match ended(self.outcome, &self.model).await {
            Ok(outcome) => {
                call.cites = !outcome.citations.is_empty();
                describe(&outcome, &self.caller, self.is_cached, call);
                keep(self.writer.as_mut(), &self.caller, &outcome, &mut call.trace);
                self.writer.finish(&outcome, &mut out);
                Ok(sink.send(out).await?)
            }
            Err(error) => {
                let response = error.response();
                call.trace.set("error.message", response.message.as_str());
                self.writer.fail(&error, &mut out);
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
    /// The events that have come, at least one; `None` after the last.
    async fn next(&mut self) -> Option<Vec<Event>> {
        let (status, events) = self.0.read(Vec::with_capacity(EVENTS)).await;
        let events: Vec<Event> = events.into_iter().map(Into::into).collect();
        match status {
            StreamResult::Complete(_) => Some(events),
            StreamResult::Dropped | StreamResult::Cancelled => (!events.is_empty()).then_some(events),
        }
    }
}

async fn ended(
    outcome: FutureReader<Result<wit::Outcome, wit::Error>>,
    model: &str,
) -> Result<Outcome, Error> {
    outcome.await.map(convert::outcome).map_err(|error| convert::from_answering(error, model))
}

/// Keeps the answer, if that was asked for, before its end is told: whoever reads the end can go on from it. An answer that can't be kept
/// says so, and is better had than lost.
fn keep(writer: &mut dyn Writer, caller: &Caller, outcome: &Outcome, trace: &mut Trace) {
    let Some(record) = writer.record(outcome) else { return };
    if let Err(error) = responses::keep(caller, &record) {
        trace.set("gusset.response.not_kept", error.to_string().as_str());
        writer.not_kept();
    }
}

fn describe(outcome: &Outcome, caller: &Caller, is_cached: bool, call: &mut Call) {
    // What was given before used nothing, whatever it used then.
    let (usage, cost) = if is_cached { (Usage::default(), Some(0.0)) } else { (outcome.usage, outcome.cost) };
    call.used(caller, usage, cost);
    let trace = &mut call.trace;
    trace.set("gen_ai.response.finish_reasons", chat::reason(outcome.finish_reason));
    trace.set("gen_ai.usage.input_tokens", outcome.usage.prompt_tokens);
    trace.set("gen_ai.usage.output_tokens", outcome.usage.completion_tokens);
    trace.set("gusset.citations", u32::try_from(outcome.citations.len()).unwrap_or(u32::MAX));
    trace.set("gusset.failures", u32::try_from(outcome.failures.len()).unwrap_or(u32::MAX));
}
