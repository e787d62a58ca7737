//! Nodes and callers on a clock that jumps from one event to the next.

use std::time::Duration;

use gusset_generate::breaker::State;
use gusset_generate::{
    AskId, Cause, Error, Failure, Health, Memory, Node, Place, Plan, Step, Target, Walk, unit,
};

/// What a node does with a request.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Behaviour {
    /// Its first token comes after so many milliseconds.
    Speaks(u64),
    /// It fails after so many milliseconds, and says when to come again.
    Fails(Cause, u64, Option<u32>),
    /// Nothing comes: its own limit ends the attempt.
    Stalls,
}

/// One attempt that was made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Asked {
    pub(crate) at: Duration,
    pub(crate) walk: usize,
    pub(crate) node: usize,
    /// Whether its breaker was closed.
    pub(crate) closed: bool,
    /// When it ended, however it did.
    pub(crate) ended: Duration,
}

/// How a walk ended.
#[derive(Debug)]
pub(crate) struct Ended {
    /// Who answered, after which failures.
    pub(crate) result: Result<(usize, Vec<Failure>), Error>,
    pub(crate) took: Duration,
}

/// Nodes, and what is known of them.
pub(crate) struct World {
    pub(crate) nodes: Vec<Node>,
    pub(crate) health: Health,
    pub(crate) asked: Vec<Asked>,
    draws: u64,
}

/// A walk and its attempts under way.
struct Caller<'a> {
    index: usize,
    walk: Walk<'a>,
    began: Duration,
    under_way: Vec<Attempt>,
    wake: Option<Duration>,
}

struct Attempt {
    id: AskId,
    node: usize,
    ends: Duration,
    failure: Option<Failure>,
    /// Its place in the record.
    record: usize,
}

pub(crate) fn ms(ms: u64) -> Duration {
    Duration::from_millis(ms)
}

pub(crate) fn nodes(count: usize) -> Vec<Node> {
    let node = |index| {
        let mut node = Node::new(format!("http://node-{index}/v1"));
        node.first_token_ms = 4_000;
        node
    };
    (0..count).map(node).collect()
}

impl World {
    pub(crate) fn new(nodes: Vec<Node>) -> Self {
        Self { health: Health::new(&nodes, Memory::Process), nodes, asked: Vec::new(), draws: 0 }
    }

    /// One request to all nodes in their order, at `at`.
    pub(crate) fn ask(
        &mut self,
        plan: &Plan,
        at: Duration,
        node: impl Fn(usize, Duration) -> Behaviour,
    ) -> Ended {
        self.run(&[at], plan, node).remove(0)
    }

    /// Requests at `arrivals`, in order, to all nodes in their order. `node` says what each does, and when.
    pub(crate) fn run(
        &mut self,
        arrivals: &[Duration],
        plan: &Plan,
        node: impl Fn(usize, Duration) -> Behaviour,
    ) -> Vec<Ended> {
        let nodes = self.nodes.clone();
        let mut ended: Vec<Option<Ended>> = arrivals.iter().map(|_| None).collect();
        let mut callers: Vec<Caller<'_>> = Vec::new();
        let mut arriving = arrivals.iter().copied().enumerate().peekable();
        loop {
            let event =
                callers.iter().enumerate().filter_map(|(at, caller)| Some((caller.next_event()?, at))).min();
            let arrival = arriving.peek().map(|(_, at)| *at);
            let (now, at) = match (event, arrival) {
                (Some((event, at)), arrival) if arrival.is_none_or(|arrival| event < arrival) => (event, at),
                (_, Some(now)) => {
                    let index = arriving.next().unwrap().0;
                    let targets = (0..nodes.len()).map(|node| Target { node, model: String::new() });
                    let walk = Walk::new(&nodes, targets, Vec::new(), plan, now);
                    callers.push(Caller { index, walk, began: now, under_way: Vec::new(), wake: None });
                    (now, callers.len() - 1)
                }
                _ => break,
            };
            if let Some(result) = self.advance(&mut callers[at], now, &node) {
                let caller = callers.remove(at);
                for attempt in &caller.under_way {
                    self.asked[attempt.record].ended = now;
                }
                ended[caller.index] = Some(Ended { result, took: now - caller.began });
            }
        }
        ended.into_iter().map(Option::unwrap).collect()
    }

    fn draw(&mut self) -> f64 {
        self.draws += 1;
        unit(self.draws)
    }

    /// What `now` brings a caller.
    fn advance(
        &mut self,
        caller: &mut Caller<'_>,
        now: Duration,
        node: &impl Fn(usize, Duration) -> Behaviour,
    ) -> Option<Result<(usize, Vec<Failure>), Error>> {
        while let Some(at) = caller.under_way.iter().position(|attempt| attempt.ends <= now) {
            let Attempt { id, node, failure, .. } = caller.under_way.remove(at);
            let draw = self.draw();
            match failure {
                None => return Some(Ok((node, caller.walk.win(id, &mut self.health, now, draw)))),
                Some(failure) => caller.walk.fail(id, failure, &mut self.health, now, draw),
            }
        }
        loop {
            let states: Vec<State> = self.states(now);
            let draw = self.draw();
            match caller.walk.next(&mut self.health, now, draw) {
                Step::Ask(ask) => {
                    let limit = ms(self.nodes[ask.target.node].first_token_ms.into());
                    let (takes, failure) = match node(ask.target.node, now) {
                        Behaviour::Speaks(after) if ms(after) < limit => (ms(after), None),
                        Behaviour::Fails(cause, after, retry) => (ms(after), Some(failure(cause, retry))),
                        _ => (limit, Some(failure(Cause::TimedOut, None))),
                    };
                    let (node, ends) = (ask.target.node, now + takes);
                    let closed = states.get(node).is_none_or(|state| *state == State::Closed);
                    caller.under_way.push(Attempt {
                        id: ask.id,
                        node,
                        ends,
                        failure,
                        record: self.asked.len(),
                    });
                    self.asked.push(Asked { at: now, walk: caller.index, node, closed, ended: ends });
                }
                Step::Drop(id) => {
                    let at = caller.under_way.iter().position(|attempt| attempt.id == id).unwrap();
                    self.asked[caller.under_way.remove(at).record].ended = now;
                }
                Step::Wait(until) => {
                    assert!(until.is_some() || !caller.under_way.is_empty(), "it would wait for ever");
                    assert!(until.is_none_or(|until| until > now), "it would not wait");
                    caller.wake = until;
                    return None;
                }
                Step::GiveUp(error) => {
                    assert!(caller.under_way.is_empty(), "somebody may still answer");
                    return Some(Err(error));
                }
            }
        }
    }

    /// By node; those not known are closed.
    fn states(&self, now: Duration) -> Vec<State> {
        let report = self.health.report(now);
        let state = |node: &Node| {
            report
                .iter()
                .find(|entry| entry.target == node.target())
                .map_or(State::Closed, |entry| entry.state)
        };
        self.nodes.iter().map(state).collect()
    }
}

impl Caller<'_> {
    fn next_event(&self) -> Option<Duration> {
        self.under_way.iter().map(|attempt| attempt.ends).chain(self.wake).min()
    }
}

pub(crate) fn failure(cause: Cause, retry_after_ms: Option<u32>) -> Failure {
    let retryable = !matches!(cause, Cause::InvalidRequest | Cause::UnknownModel | Cause::Unauthorized);
    Failure {
        target: String::new(),
        place: Place::Node,
        cause,
        message: String::new(),
        retryable,
        retry_after_ms,
        elapsed_ms: 0,
    }
}
