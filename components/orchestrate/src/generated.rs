//! A model's answer on its way to the caller: events pass through as they come, citations are read from them in passing.

use gusset_bindings::chat;
use gusset_orchestrate::citations::Scanner;
use gusset_orchestrate::{generated_model, spans};
use gusset_types::{Message, Passage, Sampling};
use wit_bindgen::{FutureReader, StreamReader, StreamResult, StreamWriter};

use crate::answer::{Answer, citations, opening};
use crate::bindings::exports::gusset::orchestrate::orchestrate::{Error, Event, Kind, Outcome};
use crate::bindings::gusset::generate::generate::{self, Cause, Failure, Place};
use crate::bindings::{wit_future, wit_stream};
use crate::convert::cause;
use crate::trace::{Open, Tracer};

/// Events taken at once when they come faster than they go.
const BATCH: usize = 32;

/// What to generate.
pub(crate) struct Call<'a> {
    /// Where the passages are from; `None` if there are none.
    pub(crate) collection: Option<&'a str>,
    /// Empty for any.
    pub(crate) model: &'a str,
    pub(crate) messages: Vec<Message>,
    pub(crate) sampling: &'a Sampling,
    /// Those in the prompt, by number.
    pub(crate) passages: Vec<Passage>,
}

/// An answer that is being passed on.
struct Relay {
    model: String,
    sampling: Sampling,
    /// To count, should the target not say what it was sent.
    prompt: Vec<String>,
    passages: Vec<Passage>,
    tracer: Tracer,
    open: Open,
    scanner: Scanner,
    events: u32,
}

/// How a relay ended.
enum End {
    /// The target's stream did.
    Stream(Result<generate::Outcome, generate::Error>),
    /// The caller has gone.
    Caller,
}

/// Asks for a completion and relays it in the background.
///
/// # Errors
/// As `generate`: nothing was said yet. The attempts are on record.
pub(crate) async fn start(call: Call<'_>, tracer: &Tracer) -> Result<Answer, generate::Error> {
    let open = tracer.open();
    let prompt = call.messages.iter().map(|message| message.content.clone()).collect();
    let request = generate::Request {
        model: call.model.to_owned(),
        messages: call.messages.into_iter().map(Into::into).collect(),
        sampling: chat::Sampling::from(call.sampling.clone()),
        trace: Some(tracer.inside(&open)),
    };
    let answered = generate::generate(request).await;
    let relay = Relay {
        model: call.model.to_owned(),
        sampling: call.sampling.clone(),
        prompt,
        passages: call.passages,
        tracer: tracer.clone(),
        open,
        scanner: Scanner::default(),
        events: 0,
    };
    match answered {
        Err(generate::Error::Failed(failures)) => {
            relay.record_failure(&failures);
            Err(generate::Error::Failed(failures))
        }
        // Nobody was asked: without a node configured, no trace should look like a failure.
        Err(error @ generate::Error::NoTarget(_)) => Err(error),
        Ok((who, source, outcome)) => {
            let (sink, events) = wit_stream::new::<Event>();
            let (ending, result) = wit_future::new(abandoned);
            wit_bindgen::spawn(async move {
                if let Some(end) = relay.run(source, outcome, sink).await {
                    // A caller that doesn't want to know has dropped its end.
                    let _ = ending.write(end).await;
                }
            });
            let model = generated_model(call.collection, call.model, &who.model);
            Ok((opening(Kind::Generated, model), events, result))
        }
    }
}

/// What the future of a relay says that was dropped before its end, by a caller that has gone.
pub(crate) fn abandoned() -> Result<Outcome, Error> {
    Err(Error::Interrupted(interrupted("the caller dropped the answer")))
}

impl Relay {
    /// Passes everything on. The sink is closed when this returns; `None` if the caller has gone.
    async fn run(
        mut self,
        source: StreamReader<generate::Event>,
        outcome: FutureReader<Result<generate::Outcome, generate::Error>>,
        sink: StreamWriter<Event>,
    ) -> Option<Result<Outcome, Error>> {
        match self.pass(source, outcome, sink).await {
            End::Caller => {
                self.record_cancelled();
                None
            }
            End::Stream(Err(error)) => {
                let mut failures = match error {
                    generate::Error::Failed(failures) => failures,
                    generate::Error::NoTarget(_) => Vec::new(),
                };
                self.record_failure(&failures);
                let last = failures.pop().unwrap_or_else(|| interrupted("the stream broke"));
                Some(Err(Error::Interrupted(last)))
            }
            End::Stream(Ok(outcome)) => {
                self.record_success(&outcome);
                let usage = outcome.usage.unwrap_or_else(|| self.counted());
                let numbers = self.scanner.finish(self.passages.len());
                let citations = citations(numbers, &self.passages);
                let (finish_reason, failures) = (outcome.finish_reason, outcome.failures);
                Some(Ok(Outcome { finish_reason, usage, citations, failures }))
            }
        }
    }

    async fn pass(
        &mut self,
        mut source: StreamReader<generate::Event>,
        outcome: FutureReader<Result<generate::Outcome, generate::Error>>,
        mut sink: StreamWriter<Event>,
    ) -> End {
        let mut buffer = Vec::with_capacity(BATCH);
        loop {
            let (result, mut batch) = source.read(buffer).await;
            let events: Vec<Event> = batch.drain(..).map(|event| self.read(event)).collect();
            if !events.is_empty() && !sink.write_all(events).await.is_empty() {
                return End::Caller;
            }
            if !matches!(result, StreamResult::Complete(_)) {
                return End::Stream(outcome.await);
            }
            buffer = batch;
        }
    }

    fn read(&mut self, generate::Event::Text(text): generate::Event) -> Event {
        self.scanner.push(&text);
        self.events = self.events.saturating_add(1);
        Event::Text(text)
    }

    /// Usage by our own count, for a target that doesn't say: the prompt through the model's tokenizer or the nearest there is, the
    /// completion by its events, of which servers send one a token.
    fn counted(&self) -> chat::Usage {
        let counts = generate::count_tokens(&self.model, &self.prompt);
        let prompt_tokens = counts.iter().fold(0, |sum: u32, count| sum.saturating_add(count.tokens));
        chat::Usage { prompt_tokens, completion_tokens: self.events }
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

    fn record_failure(&self, failures: &[Failure]) {
        self.tracer.record_attempts(&self.open, failures.iter().map(failed_attempt));
        self.close(Err(failures.last().map_or("interrupted", cause)));
    }

    fn record_cancelled(&self) {
        self.close(Err("cancelled"));
    }

    fn close(&self, ended: Result<&spans::Completion<'_>, &str>) {
        self.tracer.close(&self.open, spans::generate(&self.model, &self.sampling, ended));
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
        elapsed_ms: 0,
    }
}
