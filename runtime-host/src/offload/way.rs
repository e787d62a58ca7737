//! One request's walk along the nodes, driven: the core's steps, the calls under way and the clock brought together.

use super::call::{Call, Step, Then};
use super::remotes::{Remote, Remotes};
use futures::future::{pending, select_all};
use gusset_generate::{Ask, AskId, Error, Failure, Request, Step as Next, Target, Walk};
use std::pin::Pin;
use std::time::Duration;
use tokio::time::timeout_at;

/// A walk that gives back what it holds when its request is given up.
struct Way<'a> {
    walk: Walk<'a>,
    remotes: &'a Remotes,
}

/// Who speaks first.
pub(super) struct First<'a> {
    pub(super) remote: &'a Remote,
    pub(super) target: Target,
    /// Its first events, or the end of a completion that has none.
    pub(super) step: Step<'a>,
    /// The attempts that failed before it.
    pub(super) failures: Vec<Failure>,
}

/// A call on its way to its first event.
struct Listening<'a> {
    ask: Ask,
    first: Pin<Box<dyn Future<Output = Result<Step<'a>, Failure>> + Send + 'a>>,
}

/// Asks `targets` of `remotes` until one speaks.
///
/// # Errors
/// With every attempt, `failures` first, where none does.
pub(super) async fn first<'a>(
    remotes: &'a Remotes,
    targets: Vec<Target>,
    failures: Vec<Failure>,
    request: &'a Request,
) -> Result<First<'a>, Error> {
    let walk = Walk::new(remotes.nodes(), targets, failures, &request.plan, remotes.now());
    let mut way = Way { walk, remotes };
    let mut calls: Vec<Listening<'a>> = Vec::new();
    loop {
        match way.next() {
            Next::Ask(ask) => match remotes.get(ask.target.node) {
                Some(remote) => {
                    let first = Box::pin(listen(remote, ask.target.model.clone(), request, remotes));
                    calls.push(Listening { ask, first });
                }
                None => way.fail(ask.id, Failure::internal("", "a target is none of the nodes")),
            },
            Next::Drop(id) => calls.retain(|call| call.ask.id != id),
            Next::Wait(until) => {
                let Some((at, report)) = report(&mut calls, remotes, until).await else { continue };
                let ask = calls.swap_remove(at).ask;
                match report {
                    Err(failure) => way.fail(ask.id, failure),
                    Ok(step) => match remotes.get(ask.target.node) {
                        Some(remote) => {
                            let failures = way.win(ask.id);
                            return Ok(First { remote, target: ask.target, step, failures });
                        }
                        None => continue,
                    },
                }
            }
            Next::GiveUp(error) => return Err(error),
        }
    }
}

/// The next call that has spoken or failed; `None` if none has `until` then.
async fn report<'a>(
    calls: &mut [Listening<'a>],
    remotes: &Remotes,
    until: Option<Duration>,
) -> Option<(usize, Result<Step<'a>, Failure>)> {
    let next = async {
        if calls.is_empty() {
            return pending().await;
        }
        let (first, at, _) = select_all(calls.iter_mut().map(|call| &mut call.first)).await;
        (at, first)
    };
    match until {
        Some(until) => timeout_at((remotes.origin() + until).into(), next).await.ok(),
        None => Some(next.await),
    }
}

/// Up to the first event, or to the end of a completion that has none.
async fn listen<'a>(
    remote: &'a Remote,
    model: String,
    request: &Request,
    remotes: &Remotes,
) -> Result<Step<'a>, Failure> {
    let mut call = Call::send(remote, &model, request, remotes.origin()).await?;
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

// === impl Way ===

impl Way<'_> {
    fn next(&mut self) -> Next {
        let (now, draw) = (self.remotes.now(), self.remotes.draw());
        self.walk.next(&mut self.remotes.health(), now, draw)
    }

    fn fail(&mut self, id: AskId, failure: Failure) {
        tracing::warn!("{failure}");
        let (now, draw) = (self.remotes.now(), self.remotes.draw());
        self.walk.fail(id, failure, &mut self.remotes.health(), now, draw);
    }

    fn win(&mut self, id: AskId) -> Vec<Failure> {
        let (now, draw) = (self.remotes.now(), self.remotes.draw());
        self.walk.win(id, &mut self.remotes.health(), now, draw)
    }
}

impl Drop for Way<'_> {
    fn drop(&mut self) {
        self.walk.cancel(&mut self.remotes.health(), self.remotes.now());
    }
}
