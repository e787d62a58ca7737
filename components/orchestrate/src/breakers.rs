//! What other instances found out about targets, where an implementation of `gusset:generate` can't remember it for longer than its own
//! instance lives: kept in keyvalue, so that a fresh instance doesn't rediscover an outage.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;

use crate::bindings::gusset::generate::generate::{self, Breaker, BreakerState, Breakers, OpenBreaker};
use crate::bindings::wasi::keyvalue::store;
use crate::platform;

/// Of no tenant: targets are the installation's.
const KEY: &str = "_/breakers";

/// Milliseconds for which what was read holds. An outage is learned of that much later by instances that live; each call in between is one
/// attempt that may fail. Fresh instances read at once.
const HOLDS_MS: u64 = 1000;

/// By target, Unix milliseconds until which its breaker is open.
type Until = BTreeMap<String, u64>;

struct Known {
    read_at: u64,
    until: Until,
}

thread_local! {
    static KNOWN: RefCell<Option<Known>> = const { RefCell::new(None) };
    /// Whether the implementation knows by itself, which doesn't change while an instance lives; `None` until it was asked.
    static SHARED: Cell<Option<bool>> = const { Cell::new(None) };
}

/// Breakers that others found open; nothing where the implementation knows by itself.
pub(crate) fn open() -> Vec<OpenBreaker> {
    if shared() {
        return Vec::new();
    }
    let now = platform::now_ms();
    let fresh = KNOWN.with_borrow(|known| known.as_ref().is_some_and(|known| now < known.read_at + HOLDS_MS));
    if !fresh {
        KNOWN.set(Some(Known { read_at: now, until: read() }));
    }
    KNOWN.with_borrow(|known| {
        let until = known.iter().flat_map(|known| &known.until);
        let left = until.filter(|(_, until)| **until > now);
        left.map(|(target, until)| OpenBreaker {
            target: target.clone(),
            for_ms: u32::try_from(until - now).unwrap_or(u32::MAX),
        })
        .collect()
    })
}

/// What this instance knows of targets, and what others found out that it doesn't know of.
pub(crate) fn list() -> Breakers {
    let others = open();
    let mut breakers = generate::list_breakers();
    let unknown: Vec<Breaker> = others
        .into_iter()
        .filter(|other| breakers.targets.iter().all(|known| known.target != other.target))
        .map(|other| Breaker {
            target: other.target,
            state: BreakerState::Open,
            open_ms: other.for_ms,
            calls: 0,
            faults: 0,
        })
        .collect();
    breakers.targets.extend(unknown);
    breakers
}

/// Tells other instances what this one found out. To be called after a call that failed somewhere: nothing else opens a breaker.
pub(crate) fn share() {
    if shared() {
        return;
    }
    let breakers = generate::list_breakers();
    let now = platform::now_ms();
    let kept = read();
    let mut until: Until = kept.clone();
    until.retain(|_, until| *until > now);
    for breaker in breakers.targets {
        match breaker.state {
            BreakerState::Open => {
                until.insert(breaker.target, now + u64::from(breaker.open_ms));
            }
            BreakerState::Closed | BreakerState::HalfOpen => {
                until.remove(&breaker.target);
            }
        }
    }
    if until != kept {
        // Of two writers at once one is lost, at the price of one attempt that fails elsewhere.
        if let (Ok(bucket), Ok(value)) = (store::open("default"), serde_json::to_vec(&until)) {
            let _ = bucket.set(KEY, &value);
        }
    }
    KNOWN.set(Some(Known { read_at: now, until }));
}

fn shared() -> bool {
    SHARED.get().unwrap_or_else(|| {
        let shared = generate::list_breakers().shared;
        SHARED.set(Some(shared));
        shared
    })
}

/// Nothing, if the store fails: a call must not fail for that.
fn read() -> Until {
    let value = store::open("default").ok().and_then(|bucket| bucket.get(KEY).ok().flatten());
    value.and_then(|value| serde_json::from_slice(&value).ok()).unwrap_or_default()
}
