//! One call of one node, from the request's sending to its completion's end: how long to wait, what the bytes mean, and what to
//! call it when it fails. A state machine that a shell drives; it neither waits nor reads.

use std::time::Duration;

use http::{HeaderMap, StatusCode};

use crate::wire::{Completion, Decoder, Fault, MAX_REFUSAL_BYTES, refusal};
use crate::{Cause, Event, Failure, Node, Outcome, Place};

/// One call of one node. Times are durations since any one origin, and never run backwards.
#[derive(Debug)]
pub struct Attempt<'a> {
    node: &'a Node,
    started: Duration,
    first_token: Option<Duration>,
    last_token: Duration,
    response: Response,
}

/// Until when a shell may wait for the next bytes, and which limit that is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Deadline {
    /// On the shell's own clock.
    pub at: Duration,
    /// What the node's configuration calls it.
    pub limit: Limit,
}

/// The limits of a node's configuration that an attempt keeps to. `connect_ms` is the connector's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Limit {
    /// `first_token_ms`.
    FirstToken,
    /// `between_tokens_ms`.
    BetweenTokens,
    /// `total_ms`.
    Total,
}

/// What a transport reports.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Transport {
    /// No connection: refused, no such name, no TLS.
    Unreachable,
    /// No connection within `connect_ms`.
    ConnectTimedOut,
    /// The connection broke, or what came over it was no HTTP.
    Broken,
    /// Gusset itself may not make the call.
    Denied,
}

/// How an attempt that succeeded ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ending {
    completion: Completion,
    first_token_ms: u32,
    elapsed_ms: u32,
}

#[derive(Debug)]
enum Response {
    Awaited,
    Completion(Box<Decoder>),
    Refusal(StatusCode, HeaderMap, Vec<u8>),
}

impl<'a> Attempt<'a> {
    /// The request is about to be sent.
    #[must_use]
    pub fn start(node: &'a Node, now: Duration) -> Self {
        Self { node, started: now, first_token: None, last_token: now, response: Response::Awaited }
    }

    /// Until when to wait for what comes next. Before the response's head, too.
    #[must_use]
    pub fn deadline(&self) -> Deadline {
        let after = |from: Duration, ms: u32| from.saturating_add(Duration::from_millis(ms.into()));
        let total = Deadline { at: after(self.started, self.node.total_ms), limit: Limit::Total };
        let next = match self.first_token {
            None => Deadline { at: after(self.started, self.node.first_token_ms), limit: Limit::FirstToken },
            Some(_) => Deadline {
                at: after(self.last_token, self.node.between_tokens_ms),
                limit: Limit::BetweenTokens,
            },
        };
        if next.at <= total.at { next } else { total }
    }

    /// The response's head has arrived. Of the headers, those of a refusal are read: when to ask again.
    pub fn respond(&mut self, status: StatusCode, headers: &HeaderMap) {
        self.response = if status.is_success() {
            Response::Completion(Box::new(Decoder::new(self.node.dialect)))
        } else {
            Response::Refusal(status, headers.clone(), Vec::new())
        };
    }

    /// Bytes of the body have arrived. Appends the events in them to `events`, those before a failure too: a shell that has
    /// passed nothing on yet may drop these and try the next target.
    ///
    /// # Errors
    /// The attempt has failed; stop reading.
    pub fn push(&mut self, bytes: &[u8], now: Duration, events: &mut Vec<Event>) -> Result<(), Failure> {
        match &mut self.response {
            Response::Awaited => Err(self.fail(Fault::malformed("a body without a head"), now)),
            Response::Completion(decoder) => {
                let before = decoder.tokens();
                let result = decoder.push(bytes, events);
                if decoder.tokens() > before {
                    self.last_token = now;
                    self.first_token.get_or_insert(now);
                }
                result.map_err(|fault| self.fail(fault, now))
            }
            Response::Refusal(status, headers, body) => {
                let room = MAX_REFUSAL_BYTES.saturating_sub(body.len());
                body.extend_from_slice(bytes.get(..room).unwrap_or(bytes));
                if bytes.len() < room {
                    return Ok(());
                }
                let fault = refusal(*status, headers, body);
                Err(self.fail(fault, now))
            }
        }
    }

    /// Whether the target said that nothing more comes: [`Attempt::finish`] may be called though the connection stays open.
    #[must_use]
    pub fn is_complete(&self) -> bool {
        matches!(&self.response, Response::Completion(decoder) if decoder.is_complete())
    }

    /// The body has ended. Appends what only its end completes to `events`.
    ///
    /// # Errors
    /// The end came too early, or the response is a refusal.
    pub fn finish(self, now: Duration, events: &mut Vec<Event>) -> Result<Ending, Failure> {
        let (started, node, mut first_token) = (self.started, self.node, self.first_token);
        let fault = match self.response {
            Response::Awaited => Fault::interrupted("the connection closed without an answer"),
            Response::Refusal(status, headers, body) => refusal(status, &headers, &body),
            Response::Completion(decoder) => match decoder.finish(events) {
                Ok(completion) => {
                    let first = *first_token.get_or_insert(now);
                    return Ok(Ending {
                        completion,
                        first_token_ms: millis(started, first),
                        elapsed_ms: millis(started, now),
                    });
                }
                Err(fault) => fault,
            },
        };
        Err(failure(node, started, fault, now))
    }

    /// The deadline has passed.
    #[must_use]
    pub fn time_out(&self, now: Duration) -> Failure {
        let (name, ms, what) = match self.deadline().limit {
            Limit::FirstToken => ("first_token_ms", self.node.first_token_ms, "no token came"),
            Limit::BetweenTokens => {
                ("between_tokens_ms", self.node.between_tokens_ms, "no further token came")
            }
            Limit::Total => ("total_ms", self.node.total_ms, "the completion did not end"),
        };
        let message = format!("{what} within {ms} ms (`{name}`)");
        self.fail(Fault { cause: Cause::TimedOut, message, retryable: true, retry_after_ms: None }, now)
    }

    /// The transport has failed. `message` is its own word for it.
    #[must_use]
    pub fn transport(&self, kind: Transport, message: &str, now: Duration) -> Failure {
        let (cause, message, retryable) = match kind {
            Transport::Unreachable => (Cause::Unreachable, format!("no connection: {message}"), true),
            Transport::ConnectTimedOut => {
                let ms = self.node.connect_ms;
                (Cause::TimedOut, format!("no connection within {ms} ms (`connect_ms`): {message}"), true)
            }
            Transport::Broken => (Cause::Interrupted, format!("the connection broke: {message}"), true),
            Transport::Denied => (Cause::Internal, format!("the call is not allowed: {message}"), false),
        };
        let mut failure = self.fail(Fault { cause, message, retryable, retry_after_ms: None }, now);
        if kind == Transport::Denied {
            failure.place = Place::Edge;
        }
        failure
    }

    fn fail(&self, fault: Fault, now: Duration) -> Failure {
        failure(self.node, self.started, fault, now)
    }
}

impl Ending {
    /// The outcome of the whole request: `asked` is the model's name as it was sent, `failures` the attempts before this one.
    #[must_use]
    pub fn into_outcome(self, node: &Node, asked: &str, failures: Vec<Failure>) -> Outcome {
        let completion = self.completion;
        Outcome {
            target: node.target().to_owned(),
            model: completion.model.unwrap_or_else(|| asked.to_owned()),
            finish_reason: completion.finish_reason,
            stop_sequence: completion.stop_sequence,
            usage: completion.usage,
            failures,
            first_token_ms: self.first_token_ms,
            elapsed_ms: self.elapsed_ms,
        }
    }
}

fn failure(node: &Node, started: Duration, fault: Fault, now: Duration) -> Failure {
    let secrets = node.api_key.iter().chain(node.headers.values());
    let message = secrets.fold(fault.message, |message, secret| secret.redact(&message));
    Failure {
        target: node.target().to_owned(),
        place: Place::Node,
        cause: fault.cause,
        message,
        retryable: fault.retryable,
        retry_after_ms: fault.retry_after_ms,
        elapsed_ms: millis(started, now),
    }
}

fn millis(from: Duration, to: Duration) -> u32 {
    u32::try_from(to.saturating_sub(from).as_millis()).unwrap_or(u32::MAX)
}
