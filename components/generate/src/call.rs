//! One attempt, driven: the core's state machine, the connection's bytes and the clock brought together.

use gusset_generate::{Attempt, Ending, Event, Failure, Node, Outcome, Request, wire};

use crate::clock::{Timer, now};
use crate::transport::{self, Body};

/// An attempt whose response is being read.
pub(crate) struct Call {
    node: &'static Node,
    /// The model as the node was asked for it.
    model: String,
    attempt: Attempt<'static>,
    body: Body,
    timer: Timer,
}

/// What came next.
pub(crate) enum Progress {
    /// Events, at least one, and what remains to be read.
    Events(Call, Vec<Event>),
    /// The last events, if any, and the completion's end.
    Ended(Ended, Vec<Event>),
}

/// An attempt that succeeded.
pub(crate) struct Ended {
    node: &'static Node,
    model: String,
    ending: Ending,
}

/// An attempt that broke, with what it said before.
pub(crate) struct Broken {
    pub(crate) failure: Failure,
    pub(crate) events: Vec<Event>,
}

/// Sends the request and reads up to the first event. What a broken attempt said before is dropped: nobody has heard it.
pub(crate) async fn open(node: &'static Node, model: String, request: &Request) -> Result<Progress, Failure> {
    let http = wire::completion(node, &model, request)?;
    let mut attempt = Attempt::start(node, now());
    let mut timer = Timer::default();
    let sent = timer.within(attempt.deadline().at, transport::send(node, http)).await;
    let (head, body) = match sent {
        Ok(Ok(response)) => response,
        Ok(Err(error)) => return Err(attempt.transport(error.kind, &error.message, now())),
        Err(_) => return Err(attempt.time_out(now())),
    };
    attempt.respond(head.status, &head.headers);
    let call = Call { node, model, attempt, body, timer };
    call.advance().await.map_err(|broken| broken.failure)
}

impl Call {
    /// Reads up to the next event or the end.
    pub(crate) async fn advance(mut self) -> Result<Progress, Broken> {
        let mut events = Vec::new();
        loop {
            if self.attempt.is_complete() {
                return self.end(events);
            }
            let broken = match self.timer.within(self.attempt.deadline().at, self.body.read()).await {
                Ok(Ok(Some(bytes))) => match self.attempt.push(&bytes, now(), &mut events) {
                    Ok(()) if events.is_empty() || self.attempt.is_complete() => continue,
                    Ok(()) => return Ok(Progress::Events(self, events)),
                    Err(failure) => failure,
                },
                Ok(Ok(None)) => return self.end(events),
                Ok(Err(error)) => self.attempt.transport(error.kind, &error.message, now()),
                Err(_) => self.attempt.time_out(now()),
            };
            return Err(Broken { failure: broken, events });
        }
    }

    fn end(self, mut events: Vec<Event>) -> Result<Progress, Broken> {
        let Self { node, model, attempt, .. } = self;
        match attempt.finish(now(), &mut events) {
            Ok(ending) => Ok(Progress::Ended(Ended { node, model, ending }, events)),
            Err(failure) => Err(Broken { failure, events }),
        }
    }
}

impl Ended {
    /// The outcome of the request, after attempts that failed before.
    pub(crate) fn into_outcome(self, failures: Vec<Failure>) -> Outcome {
        self.ending.into_outcome(self.node, &self.model, failures)
    }
}
