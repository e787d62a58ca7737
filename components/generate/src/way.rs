//! One request's walk along the nodes, driven: the core's steps, the calls under way and the clock brought together.

use std::future::Future;
use std::pin::Pin;
use std::time::Duration;

use futures::future::{pending, select_all};
use gusset_generate::{Ask, AskId, Error, Failure, Node, Opening, Request, Step, Target, Walk};

use crate::call::{self, Progress};
use crate::clock::{Timer, draw, now};
use crate::health;

/// A walk that gives back what it holds when its request is given up.
struct Way {
    walk: Walk<'static>,
}

/// Who speaks first.
pub(crate) struct First {
    /// Position among the nodes.
    pub(crate) node: usize,
    pub(crate) opening: Opening,
    /// Its first events, or the end of a completion that has none.
    pub(crate) progress: Progress,
    /// The attempts that failed before it.
    pub(crate) failures: Vec<Failure>,
}

/// A call on its way to its first event.
struct Listening<'a> {
    ask: Ask,
    first: Pin<Box<dyn Future<Output = Result<Progress, Failure>> + 'a>>,
}

/// Asks `targets` of `nodes` until one speaks.
///
/// # Errors
/// With every attempt, `failures` first, where none does.
pub(crate) async fn first(
    nodes: &'static [Node],
    targets: Vec<Target>,
    failures: Vec<Failure>,
    request: &Request,
) -> Result<First, Error> {
    let mut way = Way { walk: Walk::new(nodes, targets, failures, &request.plan, now()) };
    let mut timer = Timer::default();
    let mut calls: Vec<Listening<'_>> = Vec::new();
    loop {
        match way.next() {
            Step::Ask(ask) => match nodes.get(ask.target.node) {
                Some(node) => {
                    let first = Box::pin(call::open(node, ask.target.model.clone(), request));
                    calls.push(Listening { ask, first });
                }
                None => way.fail(ask.id, Failure::internal("", "a target is none of the nodes")),
            },
            Step::Drop(id) => calls.retain(|call| call.ask.id != id),
            Step::Wait(until) => {
                let Some((at, report)) = report(&mut calls, &mut timer, until).await else { continue };
                let Ask { id, target: Target { node, model } } = calls.swap_remove(at).ask;
                match report {
                    Err(failure) => way.fail(id, failure),
                    Ok(progress) => {
                        let target = nodes.get(node).map(|node| node.target().to_owned()).unwrap_or_default();
                        let opening = Opening { target, model };
                        return Ok(First { node, opening, progress, failures: way.win(id) });
                    }
                }
            }
            Step::GiveUp(error) => return Err(error),
        }
    }
}

/// The next call that has spoken or failed; `None` if none has `until` then.
async fn report(
    calls: &mut [Listening<'_>],
    timer: &mut Timer,
    until: Option<Duration>,
) -> Option<(usize, Result<Progress, Failure>)> {
    let next = async {
        if calls.is_empty() {
            return pending().await;
        }
        let (first, at, _) = select_all(calls.iter_mut().map(|call| &mut call.first)).await;
        (at, first)
    };
    match until {
        Some(until) => timer.within(until, next).await.ok(),
        None => Some(next.await),
    }
}

impl Way {
    fn next(&mut self) -> Step {
        health::with(|health| self.walk.next(health, now(), draw()))
    }

    fn fail(&mut self, id: AskId, failure: Failure) {
        health::with(|health| self.walk.fail(id, failure, health, now(), draw()));
    }

    fn win(&mut self, id: AskId) -> Vec<Failure> {
        health::with(|health| self.walk.win(id, health, now(), draw()))
    }
}

impl Drop for Way {
    fn drop(&mut self) {
        health::with(|health| self.walk.cancel(health, now()));
    }
}
