//! One call of one node: sent, read and timed, as the core's attempt says.

use super::remotes::Remote;
use bytes::Bytes;
use gusset_generate::{Attempt, Ending, Event, Failure, Request, Transport, wire};
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper_util::client::legacy;
use std::error::Error;
use std::io;
use std::time::{Duration, Instant};
use tokio::time::{timeout, timeout_at};

/// How long to wait for the connection's end of a body whose completion has ended, so that the next call can use it again.
const REST: Duration = Duration::from_millis(200);

/// A call that is under way.
pub(super) struct Call<'a> {
    attempt: Attempt<'a>,
    origin: Instant,
    body: Option<Incoming>,
}

/// What the next bytes brought.
pub(super) struct Step<'a> {
    /// In order; perhaps none.
    pub(super) events: Vec<Event>,
    /// What comes after them.
    pub(super) then: Then<'a>,
}

/// What comes after some events.
pub(super) enum Then<'a> {
    /// The call goes on.
    More(Call<'a>),
    /// The completion's end.
    Ended(Ending),
    /// The attempt has failed.
    Failed(Failure),
}

// === impl Call ===

impl<'a> Call<'a> {
    /// Sends the request and waits for the response's head.
    pub(super) async fn send(
        remote: &'a Remote,
        model: &str,
        request: &Request,
        origin: Instant,
    ) -> Result<Self, Failure> {
        let outgoing = wire::completion(&remote.node, model, request)?;
        let mut attempt = Attempt::start(&remote.node, origin.elapsed());
        let sent = remote.client.request(outgoing.map(|body| Full::new(Bytes::from(body))));
        let response = match timeout_at((origin + attempt.deadline().at).into(), sent).await {
            Ok(Ok(response)) => response,
            Ok(Err(error)) => {
                return Err(attempt.transport(
                    kind(&error),
                    &chain(error.source().unwrap_or(&error)),
                    origin.elapsed(),
                ));
            }
            Err(_) => return Err(attempt.time_out(origin.elapsed())),
        };
        attempt.respond(response.status(), response.headers());
        Ok(Self { attempt, origin, body: Some(response.into_body()) })
    }

    /// Waits for the next bytes.
    pub(super) async fn next(mut self) -> Step<'a> {
        let mut events = Vec::new();
        let then = match self.read(&mut events).await {
            Ok(true) => Then::More(self),
            Ok(false) => {
                let now = self.now();
                self.attempt.finish(now, &mut events).map_or_else(Then::Failed, Then::Ended)
            }
            Err(failure) => Then::Failed(failure),
        };
        Step { events, then }
    }

    /// Whether there is more to read.
    async fn read(&mut self, events: &mut Vec<Event>) -> Result<bool, Failure> {
        let Some(body) = &mut self.body else { return Ok(false) };
        let deadline = self.origin + self.attempt.deadline().at;
        let read = timeout_at(deadline.into(), body.frame()).await;
        let now = self.now();
        let frame = match read {
            Err(_) => return Err(self.attempt.time_out(now)),
            Ok(None) => return Ok(false),
            Ok(Some(Err(error))) => {
                return Err(self.attempt.transport(Transport::Broken, &chain(&error), now));
            }
            Ok(Some(Ok(frame))) => frame,
        };
        if let Some(bytes) = frame.data_ref() {
            self.attempt.push(bytes, now, events)?;
        }
        if self.attempt.is_complete() {
            if let Some(mut body) = self.body.take() {
                tokio::spawn(timeout(REST, async move { while let Some(Ok(_)) = body.frame().await {} }));
            }
            return Ok(false);
        }
        Ok(true)
    }

    fn now(&self) -> Duration {
        self.origin.elapsed()
    }
}

fn kind(error: &legacy::Error) -> Transport {
    if !error.is_connect() {
        return Transport::Broken;
    }
    let timed_out = |error: &(dyn Error + 'static)| {
        error.downcast_ref::<io::Error>().is_some_and(|error| error.kind() == io::ErrorKind::TimedOut)
    };
    if causes(error).any(timed_out) { Transport::ConnectTimedOut } else { Transport::Unreachable }
}

fn causes<'e>(error: &'e (dyn Error + 'static)) -> impl Iterator<Item = &'e (dyn Error + 'static)> {
    std::iter::successors(Some(error), |&error| error.source())
}

/// An error with its causes: hyper's own texts say little without them.
fn chain(error: &(dyn Error + 'static)) -> String {
    causes(error).map(ToString::to_string).collect::<Vec<_>>().join(": ")
}
