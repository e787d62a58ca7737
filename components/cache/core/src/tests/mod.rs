//! The cache over a store in memory.

mod exact;
mod memory;
mod semantic;

use memory::Memory;

use crate::{Cache, Control, Ending, Found, Hit, Lease, Moment, Outcome, Policy, Request, Turn};

pub(super) const GOOD: Outcome =
    Outcome { succeeded: true, complete: true, ending: Ending::Stop, uses_tools: false, opted_out: false };

/// Numbers that look random and are the same in every run (splitmix64).
pub(crate) struct Dice(pub(crate) u64);

impl Dice {
    pub(crate) fn uniform(&mut self) -> f64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((mixed ^ (mixed >> 31)) >> 11) as f64 / (1_u64 << 53) as f64
    }
}

pub(super) fn policy() -> Policy {
    Policy { ttl_seconds: 60, max_entries: 6400, max_bytes: 64 << 20, lease_ms: 5_000, semantic: None }
}

pub(super) fn ask(question: &str) -> Request {
    let turn = Turn { role: "user".to_owned(), content: question.to_owned(), other: None };
    Request {
        tenant: "acme".to_owned(),
        route: "chat".to_owned(),
        model: "small".to_owned(),
        turns: vec![turn],
        ..Request::default()
    }
}

pub(super) fn at(now_ms: u64) -> Moment {
    Moment { now_ms, draw: now_ms ^ 0x9e37_79b9_7f4a_7c15 }
}

pub(super) fn lead(found: Found) -> Box<Lease> {
    let Found::Lead(lease) = found else { panic!("{found:?}") };
    lease
}

pub(super) fn hit(found: Found) -> Hit {
    let Found::Hit(hit) = found else { panic!("{found:?}") };
    hit
}
