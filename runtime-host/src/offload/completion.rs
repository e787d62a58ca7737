//! A completion on its way: a task that walks the nodes until one speaks, and passes on what it says.

use super::Remote;
use super::call::{Call, Step, Then};
use gusset_generate::{Cause, Chain, Error, Event, Failure, Opening, Outcome, Place, Request, Target};
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Instant;
use tokio::sync::{mpsc, oneshot};
use tokio::task::AbortHandle;

/// Events that wait for their reader. Beyond them the node's own connection fills up, and the node waits.
const WAITING: usize = 64;

/// A completion whose first event is at hand. Dropping it ends the call.
pub struct Completion {
    opening: Opening,
    events: mpsc::Receiver<Event>,
    outcome: Option<oneshot::Receiver<Result<Outcome, Error>>>,
    _task: Task,
}

/// Aborts the task, and with it the call, when nobody waits for it any more.
struct Task(AbortHandle);

/// What the task tells.
struct Reports {
    opened: oneshot::Sender<Result<Opening, Error>>,
    events: mpsc::Sender<Event>,
    outcome: oneshot::Sender<Result<Outcome, Error>>,
}

// === impl Completion ===

impl Completion {
    pub(super) async fn open(remotes: Arc<[Remote]>, chain: Chain, request: Request) -> Result<Self, Error> {
        let (opened, open) = oneshot::channel();
        let (events, waiting) = mpsc::channel(WAITING);
        let (outcome, ended) = oneshot::channel();
        let reports = Reports { opened, events, outcome };
        let task =
            Task(tokio::spawn(async move { walk(&remotes, chain, &request, reports).await }).abort_handle());
        let opening = open.await.unwrap_or_else(|_| Err(lost()))?;
        Ok(Self { opening, events: waiting, outcome: Some(ended), _task: task })
    }

    /// Who answers.
    #[must_use]
    pub fn opening(&self) -> &Opening {
        &self.opening
    }

    /// The next events, at least one; none once the stream has ended.
    pub fn poll_events(&mut self, cx: &mut Context<'_>) -> Poll<Vec<Event>> {
        let mut events = Vec::new();
        self.events.poll_recv_many(cx, &mut events, WAITING).map(|_| events)
    }

    /// How the completion ends, which is known when the stream has ended. If it's dropped before, an error.
    pub fn outcome(&mut self) -> impl Future<Output = Result<Outcome, Error>> + Send + 'static {
        let outcome = self.outcome.take();
        async move {
            match outcome {
                Some(outcome) => outcome.await.unwrap_or_else(|_| Err(lost())),
                None => Err(lost()),
            }
        }
    }
}

impl Drop for Task {
    fn drop(&mut self) {
        self.0.abort();
    }
}

fn lost() -> Error {
    Error::Failed(vec![Failure {
        target: String::new(),
        place: Place::Edge,
        cause: Cause::Interrupted,
        message: "the completion was dropped before its end".into(),
        retryable: true,
        elapsed_ms: 0,
    }])
}

/// Tries one target after the other until one speaks.
async fn walk(remotes: &[Remote], mut chain: Chain, request: &Request, reports: Reports) {
    let origin = Instant::now();
    while let Some(target) = chain.next_target() {
        let Some(remote) = remotes.get(target.node) else { continue };
        match listen(remote, &target, request, origin).await {
            Ok(first) => return speak(remote, &target, first, chain, reports).await,
            Err(failure) => {
                tracing::warn!("{failure}");
                chain.fail(failure);
            }
        }
    }
    // Nobody listens only if the request was given up.
    let _ = reports.opened.send(Err(chain.into_error()));
}

/// Up to the first event, or to the end of a completion that has none.
async fn listen<'a>(
    remote: &'a Remote,
    target: &Target,
    request: &Request,
    origin: Instant,
) -> Result<Step<'a>, Failure> {
    let mut call = Call::send(remote, &target.model, request, origin).await?;
    loop {
        let step = call.next().await;
        match step.then {
            // What it said before it failed has been heard by nobody, so another may still speak.
            Then::Failed(failure) => return Err(failure),
            Then::More(next) if step.events.is_empty() => call = next,
            _ => return Ok(step),
        }
    }
}

/// From the first event on. The outcome is sent before the stream ends, so whoever sees the end finds it there.
async fn speak(remote: &Remote, target: &Target, first: Step<'_>, chain: Chain, reports: Reports) {
    let Reports { opened, events: stream, outcome } = reports;
    let opening = Opening { target: remote.node.target().to_owned(), model: target.model.clone() };
    if opened.send(Ok(opening)).is_err() {
        return;
    }
    let failures = chain.into_failures();
    let mut step = first;
    let ended = loop {
        for event in step.events {
            if stream.send(event).await.is_err() {
                return;
            }
        }
        match step.then {
            Then::More(call) => step = call.next().await,
            Then::Ended(ending) => break Ok(ending.into_outcome(&remote.node, &target.model, failures)),
            Then::Failed(failure) => {
                tracing::warn!("{failure}");
                break Err(Error::Failed(failures.into_iter().chain([failure]).collect()));
            }
        }
    };
    let _ = outcome.send(ended);
}
