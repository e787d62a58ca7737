//! The best candidates of a scan, in bounded memory.

use std::cmp::Ordering;
use std::rc::Rc;

/// A document in the generation in which the scan found it.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Found {
    pub(super) document: String,
    pub(super) generation: u64,
}

/// A passage that may be among the best.
#[derive(Clone, Debug)]
pub(super) struct Candidate {
    pub(super) score: f32,
    pub(super) found: Rc<Found>,
    pub(super) passage: u32,
}

impl Candidate {
    /// Best first; equal scores by document and passage, so that the same search gives the same order.
    pub(super) fn order(&self, other: &Self) -> Ordering {
        (other.score.total_cmp(&self.score))
            .then_with(|| self.found.document.cmp(&other.found.document))
            .then_with(|| self.passage.cmp(&other.passage))
            .then_with(|| self.found.generation.cmp(&other.found.generation))
    }
}

/// Keeps the best: collects up to twice as many as wanted, then drops the worse half. Constant time a candidate.
#[derive(Debug)]
pub(super) struct Top {
    capacity: usize,
    held: Vec<Candidate>,
    /// Below this nothing can be among the best.
    floor: f32,
    dropped: bool,
}

impl Top {
    pub(super) fn new(capacity: usize) -> Self {
        Self { capacity, held: Vec::new(), floor: f32::NEG_INFINITY, dropped: false }
    }

    pub(super) fn capacity(&self) -> usize {
        self.capacity
    }

    /// Whether any candidate was left out.
    pub(super) fn dropped(&self) -> bool {
        self.dropped
    }

    pub(super) fn may_hold(&mut self, score: f32) -> bool {
        let holds = score >= self.floor;
        self.dropped |= !holds;
        holds
    }

    pub(super) fn push(&mut self, candidate: Candidate) {
        self.held.push(candidate);
        if self.held.len() >= self.capacity * 2 {
            self.shrink();
        }
    }

    /// The best in order.
    pub(super) fn take(&mut self) -> Vec<Candidate> {
        if self.held.len() > self.capacity {
            self.shrink();
        }
        let mut best = std::mem::take(&mut self.held);
        best.sort_unstable_by(Candidate::order);
        best
    }

    fn shrink(&mut self) {
        self.held.select_nth_unstable_by(self.capacity - 1, Candidate::order);
        self.held.truncate(self.capacity);
        self.dropped = true;
        self.floor = self.held.last().map_or(self.floor, |worst| worst.score);
    }
}
