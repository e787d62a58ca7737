//! A completion on its way: a task that asks the nodes until one speaks, and passes on what it says.

use super::call::Then;
use super::remotes::Remotes;
use super::way::{self, First};
use gusset_generate::{Cause, Error, Event, Failure, Opening, Outcome, Place, Request, Target};
use std::sync::Arc;
use std::task::{Context, Poll};
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
    pub(super) async fn open(
        remotes: Arc<Remotes>,
        targets: Vec<Target>,
        failures: Vec<Failure>,
        request: Request,
    ) -> Result<Self, Error> {
        let (opened, open) = oneshot::channel();
        let (events, waiting) = mpsc::channel(WAITING);
        let (outcome, ended) = oneshot::channel();
        let reports = Reports { opened, events, outcome };
        let task = async move {
            match way::first(&remotes, targets, failures, &request).await {
                Ok(first) => speak(&remotes, first, reports).await,
                // Nobody listens only if the request was given up.
                Err(error) => drop(reports.opened.send(Err(error))),
            }
        };
        let task = Task(tokio::spawn(task).abort_handle());
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
        retry_after_ms: None,
        elapsed_ms: 0,
    }])
}

/// From the first event on. The outcome is sent before the stream ends, so whoever sees the end finds it there.
async fn speak(remotes: &Remotes, first: First<'_>, reports: Reports) {
    let First { remote, target, mut step, failures } = first;
    let Reports { opened, events: stream, outcome } = reports;
    let opening = Opening { target: remote.node.target().to_owned(), model: target.model.clone() };
    if opened.send(Ok(opening)).is_err() {
        return;
    }
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
                let (now, draw) = (remotes.now(), remotes.draw());
                remotes.health().broke(target.node, &failure, now, draw);
                break Err(Error::Failed(failures.into_iter().chain([failure]).collect()));
            }
        }
    };
    let _ = outcome.send(ended);
}
