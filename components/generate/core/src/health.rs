//! What is remembered of each target between requests: its circuit breaker and its retry budget.
//!
//! One value for all requests of a memory, the process's on the native host and the instance's in a component; the shell keeps it and
//! lends it to each [`Walk`](crate::Walk).

use std::time::Duration;

use crate::breaker::{Breaker, Permit, State, Verdict};
use crate::budget::Budget;
use crate::{Cause, Failure, Node, config};

/// Breakers and budgets of all nodes.
#[derive(Clone, Debug)]
pub struct Health {
    targets: Vec<Entry>,
    memory: Memory,
}

/// How long a [`Health`] lives.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Memory {
    /// With the process: it sees every call.
    Process,
    /// With an instance that may serve a single request, and hands what it found on to others. It can't wait for failures in a row:
    /// a target that it has only seen unreachable or silent is reported open.
    Instance,
}

/// What is known of one target.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Report {
    /// Its URL; with `#` and its configured model behind it where several nodes have that URL.
    pub target: String,
    /// Whether it may be asked.
    pub state: State,
    /// Calls in its window.
    pub calls: u32,
    /// Those of them that failed or were slow.
    pub faults: u32,
}

#[derive(Clone, Debug)]
struct Entry {
    name: String,
    breaking: config::Breaker,
    retry: config::Retry,
    slow: Duration,
    /// How long a probe may take before it is taken for lost.
    lease: Duration,
    breaker: Breaker,
    budget: Budget,
}

impl Health {
    /// Nothing is known yet, and every breaker closed.
    #[must_use]
    pub fn new(nodes: &[Node], memory: Memory) -> Self {
        let entry = |node: &Node| Entry {
            name: name(node, nodes),
            breaking: node.breaker,
            retry: node.retry,
            slow: node.breaker.slow_after(node.first_token_ms),
            lease: Duration::from_millis(node.first_token_ms.into()) + node.connect_timeout(),
            breaker: Breaker::default(),
            budget: Budget::new(&node.retry),
        };
        Self { targets: nodes.iter().map(entry).collect(), memory }
    }

    /// Takes over what another memory found, as [`Plan::open`](crate::Plan::open) has it. Targets that aren't configured are ignored.
    pub fn hear(&mut self, open: &[(String, u32)], now: Duration) {
        for (name, ms) in open {
            let known = self.targets.iter_mut().filter(|entry| entry.name == *name && entry.breaking.enabled);
            for entry in known {
                entry.breaker.hear(Duration::from_millis((*ms).into()), &entry.breaking, now);
            }
        }
    }

    /// What is known of the targets that were asked or heard of so far.
    #[must_use]
    pub fn report(&self, now: Duration) -> Vec<Report> {
        let known = self.targets.iter().filter(|entry| entry.breaker.is_known());
        known
            .map(|entry| {
                let (calls, faults) = entry.breaker.counts(&entry.breaking, now);
                Report { target: entry.name.clone(), state: entry.breaker.state(now), calls, faults }
            })
            .collect()
    }

    /// Whether a node would be asked now. A shell spares the others its other questions, too.
    #[must_use]
    pub fn admits(&self, node: usize, now: Duration) -> bool {
        self.targets.get(node).is_some_and(|entry| !entry.breaking.enabled || entry.breaker.admits(now))
    }

    /// A completion of a node broke after its first token. `draw` is uniform in 0 to 1.
    pub fn broke(&mut self, node: usize, failure: &Failure, now: Duration, draw: f64) {
        if let Some(entry) = self.targets.get_mut(node)
            && entry.breaking.enabled
        {
            entry.breaker.broke(Verdict::of(failure), &entry.breaking, now, draw);
        }
    }

    /// # Errors
    /// How long to wait before asking again.
    pub(crate) fn admit(&mut self, node: usize, now: Duration) -> Result<Option<Permit>, Duration> {
        match self.targets.get_mut(node) {
            Some(entry) if entry.breaking.enabled => entry.breaker.admit(entry.lease, now).map(Some),
            _ => Ok(None),
        }
    }

    pub(crate) fn record(
        &mut self,
        node: usize,
        permit: Option<Permit>,
        verdict: Verdict,
        now: Duration,
        draw: f64,
    ) {
        if let (Some(entry), Some(permit)) = (self.targets.get_mut(node), permit) {
            entry.breaker.record(permit, verdict, &entry.breaking, entry.slow, now, draw);
        }
    }

    /// A request has given the node up after this failure.
    pub(crate) fn leave(&mut self, node: usize, cause: Cause, now: Duration, draw: f64) {
        let outage = matches!(cause, Cause::Unreachable | Cause::TimedOut);
        if let Some(entry) = self.targets.get_mut(node)
            && outage
            && self.memory == Memory::Instance
            && entry.breaking.enabled
        {
            entry.breaker.doubt(&entry.breaking, now, draw);
        }
    }

    pub(crate) fn deposit(&mut self, node: usize) {
        if let Some(entry) = self.targets.get_mut(node) {
            entry.budget.deposit(&entry.retry);
        }
    }

    /// Whether there is budget for one more retry or hedge at the node; if so, it is spent.
    pub(crate) fn withdraw(&mut self, node: usize) -> bool {
        self.targets.get_mut(node).is_some_and(|entry| entry.budget.withdraw())
    }

    pub(crate) fn retry(&self, node: usize) -> config::Retry {
        self.targets.get(node).map(|entry| entry.retry).unwrap_or_default()
    }
}

/// The node's URL, which is its name everywhere; breakers of nodes that share one need to be told apart.
fn name(node: &Node, nodes: &[Node]) -> String {
    let shared = nodes.iter().filter(|other| other.target() == node.target()).count() > 1;
    match &node.model {
        Some(model) if shared => format!("{}#{model}", node.target()),
        _ => node.target().to_owned(),
    }
}
