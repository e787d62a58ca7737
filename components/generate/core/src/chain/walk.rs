//! The way along a request's targets until one speaks: whom to ask now, when to ask again or the next one too, when to give up. A
//! state machine that a shell drives; it neither asks nor waits.

use std::collections::VecDeque;
use std::time::Duration;

use super::flight::{Ask, AskId, Candidate, Flight};
use super::retry::{self, Situation};
use crate::breaker::Verdict;
use crate::{Cause, Error, Failure, Health, Node, Place, Plan, Target};

/// Attempts of one request at a time: the one that is waited for, and its hedge. More would multiply a slow server's load.
const AT_ONCE: usize = 2;

/// One request's way along its targets. Times are durations since any one origin, the same as its [`Health`]'s, and never run
/// backwards; draws are uniform in 0 to 1.
#[derive(Debug)]
pub struct Walk<'a> {
    nodes: &'a [Node],
    before: VecDeque<Candidate>,
    under_way: Vec<Flight>,
    failures: Vec<Failure>,
    asked: u32,
    /// Until when a first token must be there.
    deadline: Option<Duration>,
    first_token_ms: u32,
    hedge_ms: Option<u32>,
    /// When to ask the next target too.
    hedge: Option<Duration>,
}

/// What to do next.
#[derive(Debug, PartialEq)]
pub enum Step {
    /// Start an attempt, and take the next step at once.
    Ask(Ask),
    /// Drop this attempt, which has used up its time, and take the next step at once.
    Drop(AskId),
    /// Wait until an attempt reports, and no longer than until then; then take the next step.
    Wait(Option<Duration>),
    /// Nobody is left to ask.
    GiveUp(Error),
}

impl<'a> Walk<'a> {
    /// A walk along `targets` of `nodes`, those of `health`, under the limits of `plan`. `failures` are those known before it.
    #[must_use]
    pub fn new(
        nodes: &'a [Node],
        targets: impl IntoIterator<Item = Target>,
        failures: Vec<Failure>,
        plan: &Plan,
        now: Duration,
    ) -> Self {
        Self {
            nodes,
            before: targets.into_iter().map(Candidate::new).collect(),
            under_way: Vec::new(),
            failures,
            asked: 0,
            deadline: plan.first_token_ms.map(|limit| now.saturating_add(ms(limit))),
            first_token_ms: plan.first_token_ms.unwrap_or_default(),
            hedge_ms: plan.hedge_ms,
            hedge: None,
        }
    }

    /// What to do now. The clock's time, or an attempt's report, leads on from a [`Step::Wait`].
    pub fn next(&mut self, health: &mut Health, now: Duration, draw: f64) -> Step {
        if let Some(id) = self.cut(health, now, draw) {
            return Step::Drop(id);
        }
        if self.deadline.is_some_and(|deadline| deadline <= now) {
            self.before.clear();
        }
        while self.is_due(now) {
            let Some(candidate) = self.before.pop_front() else { break };
            let node = candidate.target.node;
            // A hedge costs what a retry costs.
            if !self.under_way.is_empty() && health.admits(node, now) && !health.withdraw(node) {
                self.before.push_front(candidate);
                self.hedge = None;
                break;
            }
            if let Some(ask) = self.ask(candidate, health, now) {
                return Step::Ask(ask);
            }
        }
        if self.under_way.is_empty() && self.before.is_empty() {
            return Step::GiveUp(Error::Failed(std::mem::take(&mut self.failures)));
        }
        Step::Wait(self.wake())
    }

    /// An attempt has failed before its first event.
    ///
    /// Every failure moves on, a refusal too, since another target may accept what this one doesn't; but for a fault of the request,
    /// which no target can heal.
    pub fn fail(&mut self, id: AskId, failure: Failure, health: &mut Health, now: Duration, draw: f64) {
        let Some(flight) = self.take(id) else { return };
        let node = flight.candidate.target.node;
        health.record(node, flight.permit, Verdict::of(&failure), now, draw);
        if failure.place == Place::Client {
            self.cancel(health, now);
        } else {
            match self.retry_at(&flight.candidate, &failure, health, now, draw) {
                Some(at) => {
                    self.before.push_front(Candidate {
                        tries: flight.candidate.tries + 1,
                        at,
                        ..flight.candidate
                    });
                }
                None => health.leave(node, failure.cause, now, draw),
            }
        }
        self.failures.push(failure);
    }

    /// An attempt's first event is at hand, or its end if it has none: drop the others. Gives the failures before it, in order.
    ///
    /// Whoever was asked before it and is silent still was too slow.
    pub fn win(&mut self, id: AskId, health: &mut Health, now: Duration, draw: f64) -> Vec<Failure> {
        let started = self.under_way.iter().find(|flight| flight.id == id).map(|flight| flight.started);
        for flight in std::mem::take(&mut self.under_way) {
            let verdict = if flight.id == id {
                Verdict::Answered(Some(now.saturating_sub(flight.started)))
            } else if started.is_some_and(|started| flight.started < started) {
                Verdict::Slow
            } else {
                Verdict::Nothing
            };
            health.record(flight.candidate.target.node, flight.permit, verdict, now, draw);
        }
        self.before.clear();
        std::mem::take(&mut self.failures)
    }

    /// The request was given up by whoever made it: what is under way is dropped, and says nothing about its targets.
    pub fn cancel(&mut self, health: &mut Health, now: Duration) {
        self.before.clear();
        for flight in std::mem::take(&mut self.under_way) {
            health.record(flight.candidate.target.node, flight.permit, Verdict::Nothing, now, 0.0);
        }
    }

    /// Ends the first attempt whose share of the time is over.
    fn cut(&mut self, health: &mut Health, now: Duration, draw: f64) -> Option<AskId> {
        let over = |flight: &Flight| flight.cut.is_some_and(|cut| cut <= now);
        let id = self.under_way.iter().find(|flight| over(flight))?.id;
        let flight = self.take(id)?;
        health.record(flight.candidate.target.node, flight.permit, Verdict::Slow, now, draw);
        let elapsed_ms = millis(now.saturating_sub(flight.started));
        let message = format!(
            "no token came within {elapsed_ms} ms, its share of the request's {} ms (`first-token-ms`)",
            self.first_token_ms
        );
        self.failures.push(Failure {
            retryable: true,
            elapsed_ms,
            ..self.failure(&flight.candidate.target, Place::Node, Cause::TimedOut, message)
        });
        Some(id)
    }

    /// Whether the next target is to be asked now: nobody is being asked, or whoever is has been silent for long enough.
    fn is_due(&self, now: Duration) -> bool {
        let Some(next) = self.before.front() else { return false };
        let hedging = self.under_way.len() < AT_ONCE && self.hedge.is_some_and(|hedge| hedge <= now);
        next.at <= now && (self.under_way.is_empty() || hedging)
    }

    /// `None` if the target's breaker is open.
    fn ask(&mut self, candidate: Candidate, health: &mut Health, now: Duration) -> Option<Ask> {
        let node = candidate.target.node;
        let permit = match health.admit(node, now) {
            Ok(permit) => permit,
            Err(wait) => {
                // A target that was asked has its failure in the list already.
                if candidate.tries == 0 {
                    let failure = self.circuit_open(&candidate.target, wait);
                    self.failures.push(failure);
                }
                return None;
            }
        };
        if candidate.tries == 0 {
            health.deposit(node);
        }
        let hedge_ms = self.hedge_ms.or_else(|| self.nodes.get(node)?.hedge_ms);
        self.hedge = hedge_ms.map(|wait| now.saturating_add(ms(wait)));
        let ask = Ask { id: AskId(self.asked), target: candidate.target.clone() };
        self.asked += 1;
        let cut = self.share(&candidate, health, now);
        let since = Some(candidate.since.unwrap_or(now));
        let candidate = Candidate { since, share: cut, ..candidate };
        self.under_way.push(Flight { id: ask.id, candidate, permit, started: now, cut });
        Some(ask)
    }

    /// An even share of the time that is left, for this target and each that may still be asked: what one doesn't use, because it
    /// fails sooner, is the others'. A retry keeps to the share of the first attempt, unless there is nobody else to ask.
    fn share(&self, candidate: &Candidate, health: &Health, now: Duration) -> Option<Duration> {
        let deadline = self.deadline?;
        match self.others(health, now) {
            0 => Some(deadline),
            others => Some(candidate.share.unwrap_or_else(|| {
                now.saturating_add(deadline.saturating_sub(now) / others.saturating_add(1))
            })),
        }
    }

    /// Targets that could be asked now, but for those that are.
    fn others(&self, health: &Health, now: Duration) -> u32 {
        let others = self.before.iter().filter(|other| health.admits(other.target.node, now)).count();
        u32::try_from(others).unwrap_or(u32::MAX)
    }

    fn retry_at(
        &self,
        candidate: &Candidate,
        failure: &Failure,
        health: &mut Health,
        now: Duration,
        draw: f64,
    ) -> Option<Duration> {
        let node = candidate.target.node;
        let limit = self.nodes.get(node).map(|node| ms(node.first_token_ms)).unwrap_or_default();
        let own = candidate.since.unwrap_or(now).saturating_add(limit);
        let share = self.share(candidate, health, now).unwrap_or(Duration::MAX);
        let others = !self.under_way.is_empty() || self.others(health, now) > 0;
        let situation = Situation { tries: candidate.tries + 1, others, now, latest: own.min(share) };
        let at = retry::at(failure, &health.retry(node), situation, draw)?;
        // Waiting for a breaker that will be open then would only be slower.
        (health.admits(node, at) && health.withdraw(node)).then_some(at)
    }

    fn wake(&self) -> Option<Duration> {
        let cuts = self.under_way.iter().filter_map(|flight| flight.cut);
        let next = self.before.front().map(|next| next.at);
        let next = match self.under_way.len() {
            0 => next,
            AT_ONCE.. => None,
            _ => next.and_then(|at| Some(self.hedge?.max(at))),
        };
        cuts.chain(next).min()
    }

    fn take(&mut self, id: AskId) -> Option<Flight> {
        let at = self.under_way.iter().position(|flight| flight.id == id)?;
        Some(self.under_way.remove(at))
    }

    fn circuit_open(&self, target: &Target, wait: Duration) -> Failure {
        let wait = millis(wait).max(1);
        let message = format!("not asked, because its last calls failed; it is asked again in {wait} ms");
        Failure {
            retryable: true,
            retry_after_ms: Some(wait),
            ..self.failure(target, Place::Node, Cause::CircuitOpen, message)
        }
    }

    fn failure(&self, target: &Target, place: Place, cause: Cause, message: String) -> Failure {
        let target = self.nodes.get(target.node).map(|node| node.target().to_owned()).unwrap_or_default();
        Failure { target, place, cause, message, retryable: false, retry_after_ms: None, elapsed_ms: 0 }
    }
}

fn ms(ms: u32) -> Duration {
    Duration::from_millis(ms.into())
}

fn millis(time: Duration) -> u32 {
    u32::try_from(time.as_millis()).unwrap_or(u32::MAX)
}
