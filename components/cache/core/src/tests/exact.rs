//! The same request: hits, leases, ages, bounds.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use super::*;
use crate::{Bypass, Refusal};

fn lookup(store: &Memory, question: &str, control: &str, now_ms: u64) -> Found {
    Cache::new(store).lookup(&ask(question), &policy(), &Control::parse(control), at(now_ms)).unwrap()
}

fn keep(store: &Memory, question: &str, now_ms: u64) {
    let lease = lead(lookup(store, question, "", now_ms));
    assert_eq!(Cache::new(store).keep(&lease, question.as_bytes(), &GOOD, now_ms).unwrap(), None);
}

#[test]
fn what_was_kept_is_given_again_by_one_batched_read() {
    let store = Memory::default();
    keep(&store, "What is WIT?", 1_000);
    let (operations, keys) =
        (store.operations.load(Ordering::Relaxed), store.keys_read.load(Ordering::Relaxed));
    let found = hit(lookup(&store, "What is WIT?", "", 3_000));
    assert_eq!(found, Hit { value: b"What is WIT?".to_vec(), age_ms: 2_000, similar: None });
    assert_eq!(store.operations.load(Ordering::Relaxed), operations + 1);
    assert_eq!(store.keys_read.load(Ordering::Relaxed), keys + 2);
    lead(lookup(&store, "What is WAT?", "", 3_000));
}

#[test]
fn answers_end_with_their_time() {
    let store = Memory::default();
    keep(&store, "q", 0);
    hit(lookup(&store, "q", "", 59_999));
    lead(lookup(&store, "q", "", 60_000));
}

#[test]
fn directives_are_followed() {
    let store = Memory::default();
    keep(&store, "q", 0);
    assert!(matches!(lookup(&store, "q", "no-store", 1), Found::Bypass(Bypass::NoStore)));
    hit(lookup(&store, "q", "max-age=5", 5_000));
    lead(lookup(&store, "q", "max-age=4", 5_000));
    hit(lookup(&store, "q", "only-if-cached", 1));
    assert!(matches!(lookup(&store, "other", "only-if-cached", 1), Found::Bypass(Bypass::OnlyIfCached)));
    assert!(matches!(lookup(&store, "other", "only-if-cached, no-cache", 1), Found::Bypass(_)));
    // Asks anew although others might wait, and what it keeps is given to them.
    let lease = lead(lookup(&store, "q", "no-cache", 10_000));
    Cache::new(&store).keep(&lease, b"fresh", &GOOD, 10_000).unwrap();
    assert_eq!(hit(lookup(&store, "q", "", 10_001)).value, b"fresh");
}

#[test]
fn one_leads_the_others_wait() {
    let store = Memory::default();
    let lease = lead(lookup(&store, "q", "", 0));
    let Found::Wait(ms) = lookup(&store, "q", "", 1) else { panic!() };
    assert!((10..=200).contains(&ms));
    lead(lookup(&store, "another", "", 1));
    Cache::new(&store).keep(&lease, b"a", &GOOD, 2).unwrap();
    assert_eq!(hit(lookup(&store, "q", "", 3)).value, b"a");
}

#[test]
fn a_leader_that_fails_makes_way_and_one_that_crashes_does_in_time() {
    let store = Memory::default();
    let lease = lead(lookup(&store, "q", "", 0));
    let failed = Outcome { succeeded: false, ..GOOD };
    assert_eq!(Cache::new(&store).keep(&lease, b"", &failed, 1).unwrap(), Some(Refusal::Failed));
    let crashed = lead(lookup(&store, "q", "", 2));
    assert!(matches!(lookup(&store, "q", "", 5_001), Found::Wait(_)));
    let next = lead(lookup(&store, "q", "", 5_002));
    // The one that was taken for dead comes back, and can't give away what is not its own.
    Cache::new(&store).release(&crashed).unwrap();
    assert!(matches!(lookup(&store, "q", "", 5_003), Found::Wait(_)));
    Cache::new(&store).release(&next).unwrap();
    lead(lookup(&store, "q", "", 5_004));
}

#[test]
fn an_answer_too_large_is_not_kept() {
    let store = Memory::default();
    let lease = lead(lookup(&store, "q", "", 0));
    let refusal = Cache::new(&store).keep(&lease, &vec![0; (1 << 20) + 1], &GOOD, 0).unwrap();
    assert_eq!(refusal, Some(Refusal::TooLarge));
    lead(lookup(&store, "q", "", 1));
}

#[test]
fn concurrent_misses_make_one_call() {
    for round in 0..20 {
        let (store, calls) = (Memory::default(), AtomicUsize::new(0));
        thread::scope(|scope| {
            for caller in 0..8_u64 {
                let (store, calls) = (&store, &calls);
                scope.spawn(move || {
                    let cache = Cache::new(store);
                    loop {
                        let moment = Moment { now_ms: 100, draw: round * 100 + caller };
                        let request = ask("the same");
                        match cache.lookup(&request, &policy(), &Control::default(), moment).unwrap() {
                            Found::Hit(hit) => return assert_eq!(hit.value, b"answer"),
                            Found::Lead(lease) => {
                                calls.fetch_add(1, Ordering::Relaxed);
                                thread::yield_now();
                                cache.keep(&lease, b"answer", &GOOD, 100).unwrap();
                            }
                            Found::Wait(_) => thread::yield_now(),
                            Found::Bypass(_) => panic!(),
                        }
                    }
                });
            }
        });
        assert_eq!(calls.load(Ordering::Relaxed), 1);
    }
}

#[test]
fn a_route_stays_within_its_entries() {
    let store = Memory::default();
    let policy = Policy { max_entries: 128, ..policy() };
    let cache = Cache::new(&store);
    let look =
        |n: u64| cache.lookup(&ask(&format!("question {n}")), &policy, &Control::default(), at(n)).unwrap();
    for n in 0..1_000 {
        let lease = lead(look(n));
        let before = store.operations.load(Ordering::Relaxed);
        cache.keep(&lease, b"a", &GOOD, n).unwrap();
        assert!(store.operations.load(Ordering::Relaxed) - before <= 6);
    }
    let entries = store.keys().iter().filter(|key| key.contains("/entry/")).count();
    assert!((64..=128).contains(&entries), "{entries}");
    hit(look(999));
    assert_eq!(cache.purge("acme", "chat").unwrap() as usize, entries);
    assert!(!store.keys().iter().any(|key| key.contains("/entry/")));
    lead(look(999));
}

#[test]
fn nothing_crosses_tenants_or_routes() {
    let store = Memory::default();
    keep(&store, "q", 0);
    for (tenant, route) in [("other", "chat"), ("acme", "other")] {
        let request = Request { tenant: tenant.to_owned(), route: route.to_owned(), ..ask("q") };
        let found = Cache::new(&store).lookup(&request, &policy(), &Control::default(), at(1)).unwrap();
        lead(found);
    }
}
