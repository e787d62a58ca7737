//! A half of the labelled pairs as a cache would meet it.
//!
//! The protocol. Every pair's first question is answered and kept; all of them are there from the start, so that each is a distractor of every other
//! pair. Then the second questions are asked, one after the other, in an order drawn anew for each run. What a hit gives back is judged by people's labels: right
//! if labels connect the two questions, directly or by way of others, as the same; wrong if people said that they differ; and *unjudged* if nobody
//! compared them. Unjudged hits are counted and listed apart. Where the cache asks for a comparison, the label answers; where there is none, nobody does.
//! A question that was asked upstream is answered and kept in its turn.

use std::collections::{HashMap, HashSet};

use anyhow::{Result, bail};
use gusset_cache::{
    Cache, Control, Ending, Found, Moment, Outcome, Policy, Prior, Request, Semantic, Statistics, Turn,
};

use crate::data::{Half, clusters};
use crate::store::Memory;
use crate::vectors::Vectors;

/// What people said of two questions.
pub(crate) struct Truth<'a> {
    same: HashMap<&'a str, &'a str>,
    different: HashSet<(&'a str, &'a str)>,
}

/// What came of a stream.
#[derive(Clone, Debug, Default)]
pub(crate) struct Counts {
    pub(crate) lookups: usize,
    pub(crate) hits: usize,
    /// Of the hits, those that people said differ.
    pub(crate) wrong: usize,
    /// Of the hits, those that nobody compared.
    pub(crate) unjudged: usize,
    /// Both kinds: what was asked, what was answered instead.
    pub(crate) bad: Vec<(String, String)>,
}

/// A cache with a stream's questions in it.
pub(crate) struct Stream<'a> {
    pub(crate) vectors: &'a Vectors,
    pub(crate) prior: &'a Prior<'a>,
    pub(crate) store: Memory,
    now_ms: u64,
}

const GOOD: Outcome =
    Outcome { succeeded: true, complete: true, ending: Ending::Stop, uses_tools: false, opted_out: false };

const TENANT: &str = "eval";

/// So small a share that no other question's answer is given.
const NEVER: f64 = 1e-12;

impl<'a> Truth<'a> {
    pub(crate) fn new(half: &'a Half) -> Self {
        let said = |label| {
            half.pairs
                .iter()
                .filter(move |(pair, _)| pair.label == label)
                .map(|(pair, _)| (pair.stored.as_str(), pair.asked.as_str()))
        };
        Self { same: clusters(said(1)), different: said(0).collect() }
    }

    pub(crate) fn of(&self, a: &str, b: &str) -> Option<bool> {
        // What was said of the very two goes before what follows from others.
        if self.different.contains(&(a, b)) || self.different.contains(&(b, a)) {
            return Some(false);
        }
        (self.same.get(a)? == self.same.get(b)?).then_some(true)
    }
}

impl<'a> Stream<'a> {
    pub(crate) fn new(vectors: &'a Vectors, prior: &'a Prior<'a>) -> Self {
        Self { vectors, prior, store: Memory::default(), now_ms: 0 }
    }

    /// The same questions and answers, to be asked apart.
    pub(crate) fn again(&self) -> Self {
        Self { store: self.store.clone(), ..*self }
    }

    /// Answers a question and keeps it, whatever is there.
    pub(crate) fn keep(&mut self, question: &str) -> Result<()> {
        self.ask(question, &policy(NEVER, 0.0), |_| None).map(drop)
    }

    /// Asks. The question whose answer came back, if one did that is not the question itself. `judge` compares a candidate with the fresh answer.
    pub(crate) fn ask(
        &mut self,
        question: &str,
        policy: &Policy,
        judge: impl Fn(&str) -> Option<bool>,
    ) -> Result<Option<String>> {
        self.now_ms += 1;
        let cache = Cache::new(&self.store).with_semantics(self.vectors, self.prior);
        let moment = Moment { now_ms: self.now_ms, draw: self.now_ms.wrapping_mul(0x9e37_79b9_7f4a_7c15) };
        match cache.lookup(&request(question), policy, &Control::default(), moment)? {
            Found::Hit(hit) => Ok(hit.similar.map(|similar| similar.question)),
            Found::Lead(mut lease) => {
                let candidate = lease.candidate().and_then(|hit| hit.similar.as_ref());
                if let Some(same) = candidate.and_then(|similar| judge(&similar.question)) {
                    cache.report(&mut lease, same)?;
                }
                cache.keep(&lease, question.as_bytes(), &GOOD, self.now_ms)?;
                Ok(None)
            }
            other => bail!("a lookup that nobody else makes ended as {other:?}"),
        }
    }

    /// The kept question that the prior holds most likely to be the same, with its log-odds. The question is answered and kept; nothing is learned.
    pub(crate) fn candidate(&mut self, question: &str) -> Result<Option<(String, f64)>> {
        self.now_ms += 1;
        let cache = Cache::new(&self.store).with_semantics(self.vectors, self.prior);
        let moment = Moment { now_ms: self.now_ms, draw: self.now_ms };
        let Found::Lead(lease) =
            cache.lookup(&request(question), &policy(NEVER, 0.0), &Control::default(), moment)?
        else {
            return Ok(None);
        };
        let candidate = lease.candidate().and_then(|hit| hit.similar.as_ref()).map(|similar| {
            let odds = (similar.probability / (1.0 - similar.probability)).ln();
            (similar.question.clone(), odds)
        });
        cache.keep(&lease, question.as_bytes(), &GOOD, self.now_ms)?;
        Ok(candidate)
    }

    /// Asks all, and judges what comes back.
    pub(crate) fn run<'q>(
        &mut self,
        questions: impl Iterator<Item = &'q str>,
        policy: &Policy,
        truth: &Truth<'_>,
    ) -> Result<Counts> {
        let mut counts = Counts::default();
        for question in questions {
            counts.lookups += 1;
            let Some(found) = self.ask(question, policy, |other| truth.of(question, other))? else {
                continue;
            };
            counts.hits += 1;
            match truth.of(question, &found) {
                Some(true) => continue,
                Some(false) => counts.wrong += 1,
                None => counts.unjudged += 1,
            }
            counts.bad.push((question.to_owned(), found));
        }
        Ok(counts)
    }

    pub(crate) fn inspect(&self) -> Result<Statistics> {
        let cache = Cache::new(&self.store).with_semantics(self.vectors, self.prior);
        Ok(cache.inspect(TENANT, TENANT)?)
    }
}

/// Room for all, and a declared share.
pub(crate) fn policy(wrong_share: f64, verify_share: f64) -> Policy {
    Policy {
        ttl_seconds: u32::MAX,
        max_entries: 131_072,
        max_bytes: 1 << 32,
        lease_ms: 1_000,
        semantic: Some(Semantic { wrong_share, verify_share }),
    }
}

fn request(question: &str) -> Request {
    Request {
        tenant: TENANT.to_owned(),
        route: TENANT.to_owned(),
        model: TENANT.to_owned(),
        turns: vec![Turn { role: "user".to_owned(), content: question.to_owned(), other: None }],
        ..Request::default()
    }
}
