//! A model's answer on its way to the caller: events pass through as they come; citations are read, and the answer recorded for the cache, in passing.

use std::rc::Rc;

use gusset_bindings::chat;
use gusset_orchestrate::citations::Scanner;
use gusset_orchestrate::grounding::Transcript;
use gusset_orchestrate::{Recording, canonical, spans};
use gusset_types::{Controls, Event as CoreEvent, Message, Passage, Sampling};
use wit_bindgen::{FutureReader, StreamReader, StreamResult, StreamWriter};

use crate::answer::citations;
use crate::bindings::exports::gusset::orchestrate::orchestrate::{Error, Event, Outcome};
use crate::bindings::gusset::generate::generate::{self, Cause, Failure, Place};
use crate::bindings::{wit_future, wit_stream};
use crate::breakers;
use crate::cache::Keeper;
use crate::convert::cause;
use crate::generated::Call;
use crate::grounding::{self, Answered};
use crate::route::Route;
use crate::settings::Configured;
use crate::trace::{Open, Tracer};

/// Events taken at once when they come faster than they go.
const BATCH: usize = 32;

/// An answer that is being passed on.
pub(crate) struct Relay {
    model: String,
    sampling: Sampling,
    /// To count, should the target not say what it was sent.
    messages: Vec<Message>,
    controls: Controls,
    passages: Vec<Passage>,
    tracer: Tracer,
    open: Open,
    decided: spans::Decided,
    scanner: Scanner,
    transcript: Transcript,
    events: u32,
}

/// What is needed when the answer has come to its end.
pub(crate) struct Ending {
    /// What the answer is labelled with.
    pub(crate) label: String,
    /// The model that its target was asked for.
    pub(crate) asked: String,
    pub(crate) keeper: Option<Keeper>,
    pub(crate) route: Route,
    pub(crate) configured: Rc<Configured>,
}

/// How a relay ended.
enum End {
    /// The target's stream did.
    Stream(Result<generate::Outcome, generate::Error>),
    /// The caller has gone.
    Caller,
}

/// What the future of a relay says that was dropped before its end, by a caller that has gone.
pub(crate) fn abandoned() -> Result<Outcome, Error> {
    Err(Error::Interrupted(interrupted("the caller dropped the answer")))
}

impl Relay {
    pub(crate) fn new(call: Call<'_>, tracer: &Tracer, open: Open, decided: spans::Decided) -> Self {
        Self {
            model: call.model.to_owned(),
            sampling: call.sampling.clone(),
            messages: call.messages,
            controls: call.controls.clone(),
            passages: call.passages,
            tracer: tracer.clone(),
            open,
            decided,
            scanner: Scanner::default(),
            transcript: Transcript::default(),
            events: 0,
        }
    }

    /// Passes everything on in the background.
    pub(crate) fn start(
        self,
        source: StreamReader<generate::Event>,
        outcome: FutureReader<Result<generate::Outcome, generate::Error>>,
        ending: Ending,
    ) -> (StreamReader<Event>, FutureReader<Result<Outcome, Error>>) {
        let (sink, events) = wit_stream::new::<Event>();
        let (writer, result) = wit_future::new(abandoned);
        wit_bindgen::spawn(async move {
            if let Some(end) = self.run(source, outcome, sink, ending).await {
                // A caller that doesn't want to know has dropped its end.
                let _ = writer.write(end).await;
            }
        });
        (events, result)
    }

    /// The sink is closed when this returns; `None` if the caller has gone.
    async fn run(
        mut self,
        source: StreamReader<generate::Event>,
        outcome: FutureReader<Result<generate::Outcome, generate::Error>>,
        sink: StreamWriter<Event>,
        mut ending: Ending,
    ) -> Option<Result<Outcome, Error>> {
        match self.pass(source, outcome, sink, &mut ending.keeper).await {
            End::Caller => {
                self.close(Err("cancelled"));
                None
            }
            End::Stream(Err(error)) => {
                let mut failures = match error {
                    generate::Error::Failed(failures) => failures,
                    generate::Error::NoTarget(_) => Vec::new(),
                };
                breakers::share();
                self.record_failure(&failures);
                let last = failures.pop().unwrap_or_else(|| interrupted("the stream broke"));
                Some(Err(Error::Interrupted(last)))
            }
            End::Stream(Ok(outcome)) => Some(Ok(self.end(outcome, ending))),
        }
    }

    fn end(mut self, outcome: generate::Outcome, ending: Ending) -> Outcome {
        if !outcome.failures.is_empty() {
            breakers::share();
        }
        let usage = outcome.usage.unwrap_or_else(|| self.counted());
        let router = ending.configured.router.as_ref();
        let cost = router.and_then(|router| ending.route.cost(router, &ending.asked, usage.into()));
        self.decided.cost = cost;
        self.record_success(&outcome);
        if let Some(keeper) = ending.keeper {
            keeper.keep(Recording {
                model: ending.label,
                events: Vec::new(),
                finish_reason: outcome.finish_reason.into(),
                stop_sequence: outcome.stop_sequence.clone(),
                usage: usage.into(),
            });
        }
        let numbers = self.scanner.finish(self.passages.len());
        let citations = citations(numbers, &self.passages);
        // An answer that cites nothing has nothing to be held to, and nobody asks for its judgement.
        if !citations.is_empty() {
            grounding::put_down(Answered {
                model: outcome.model,
                text: self.transcript.into_text(),
                passages: self.passages,
                tracer: self.tracer,
            });
        }
        Outcome {
            finish_reason: outcome.finish_reason,
            stop_sequence: outcome.stop_sequence,
            usage,
            cost,
            citations,
            failures: outcome.failures,
        }
    }

    async fn pass(
        &mut self,
        mut source: StreamReader<generate::Event>,
        outcome: FutureReader<Result<generate::Outcome, generate::Error>>,
        mut sink: StreamWriter<Event>,
        keeper: &mut Option<Keeper>,
    ) -> End {
        let mut buffer = Vec::with_capacity(BATCH);
        loop {
            let (result, mut batch) = source.read(buffer).await;
            let events: Vec<Event> = batch.drain(..).map(|event| self.read(event, keeper)).collect();
            if !events.is_empty() && !sink.write_all(events).await.is_empty() {
                return End::Caller;
            }
            if !matches!(result, StreamResult::Complete(_)) {
                return End::Stream(outcome.await);
            }
            buffer = batch;
        }
    }

    fn read(&mut self, event: generate::Event, keeper: &mut Option<Keeper>) -> Event {
        self.events = self.events.saturating_add(1);
        let event = CoreEvent::from(event);
        if let CoreEvent::Text(text) = &event {
            self.scanner.push(text);
            if !self.passages.is_empty() {
                self.transcript.push(text);
            }
        }
        if let Some(keeper) = keeper {
            keeper.push(&event);
        }
        event.into()
    }

    /// Usage by our own count, for a target that doesn't say: the prompt through the model's tokenizer or the nearest there is, the
    /// completion by its events, of which servers send one a token.
    fn counted(&self) -> chat::Usage {
        let counts = generate::count_tokens(&self.model, &canonical::texts(&self.messages, &self.controls));
        let prompt_tokens = counts.iter().fold(0, |sum: u32, count| sum.saturating_add(count.tokens));
        let usage = gusset_types::Usage {
            prompt_tokens,
            completion_tokens: self.events,
            ..gusset_types::Usage::default()
        };
        usage.into()
    }
}

/// What becomes of the trace.
impl Relay {
    fn record_success(&self, outcome: &generate::Outcome) {
        let completion = spans::Completion {
            model: &outcome.model,
            finish_reason: outcome.finish_reason.into(),
            usage: outcome.usage.map(Into::into),
            first_token_ms: outcome.first_token_ms,
        };
        let failed = outcome.failures.iter().map(failed_attempt);
        let last = (outcome.elapsed_ms, spans::attempt(&outcome.target, Ok(&completion)));
        self.tracer.record_attempts(&self.open, failed.chain([last]));
        self.close(Ok(&completion));
    }

    pub(crate) fn record_failure(&self, failures: &[Failure]) {
        self.tracer.record_attempts(&self.open, failures.iter().map(failed_attempt));
        self.close(Err(failures.last().map_or("interrupted", cause)));
    }

    fn close(&self, ended: Result<&spans::Completion<'_>, &str>) {
        self.tracer.close(&self.open, spans::generate(&self.model, &self.sampling, &self.decided, ended));
    }
}

fn failed_attempt(failure: &Failure) -> (u32, spans::Span) {
    (failure.elapsed_ms, spans::attempt(&failure.target, Err((cause(failure), &failure.message))))
}

fn interrupted(message: &str) -> Failure {
    Failure {
        target: String::new(),
        place: Place::Edge,
        cause: Cause::Interrupted,
        message: message.to_owned(),
        retryable: true,
        retry_after_ms: None,
        elapsed_ms: 0,
    }
}
