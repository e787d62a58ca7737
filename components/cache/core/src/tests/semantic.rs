//! Other words: what is given, what is withheld, what is learned, and what never meets.

use std::collections::HashMap;
use std::sync::atomic::Ordering;

use proptest::prelude::*;

use super::*;
use crate::{Bypass, Embedder, FEATURES, Model, Prior, Semantic};

/// Questions that are the same to it lie side by side, all others at right angles.
struct Groups(HashMap<String, (usize, f32)>);

impl Groups {
    /// Each question with its group, and how far it is from the group's middle.
    fn new(questions: &[(&str, usize, f32)]) -> Self {
        Self(questions.iter().map(|&(question, group, off)| (question.to_owned(), (group, off))).collect())
    }
}

impl Embedder for Groups {
    fn model(&self) -> Model {
        Model { id: "groups".to_owned(), fingerprint: "1".to_owned() }
    }

    fn embed(&self, question: &str) -> Result<Option<Vec<f32>>, String> {
        let (group, off) = self.0.get(question).copied().ok_or("unknown")?;
        let mut vector = vec![0.0; 8];
        vector[group] = 1.0;
        vector[7] = off;
        Ok(Some(vector))
    }
}

/// Trusts similarity alone: from 0.9 up it is sure.
fn prior() -> Prior<'static> {
    let mut weights = vec![0.0; FEATURES];
    (weights[0], weights[2]) = (-360.0, 400.0);
    Prior { model: "groups", weights, cuts: Vec::new(), dimension: 8, centroids: &CENTROIDS, idf: &[255; 16] }
}

static CENTROIDS: [u8; 16] = [127, 0, 0, 0, 0, 0, 0, 0, 0, 127, 127, 127, 127, 127, 127, 0];

fn semantic(verify_share: f64) -> Policy {
    Policy { semantic: Some(Semantic { wrong_share: 0.05, verify_share }), ..policy() }
}

fn groups() -> Groups {
    Groups::new(&[
        ("How do I learn Rust?", 0, 0.0),
        ("How can I learn Rust?", 0, 0.1),
        ("How do I learn Ruby?", 0, 0.05),
        ("How do I not learn Rust?", 0, 0.06),
        ("How do you study Rust quickly?", 0, 0.6),
        ("Where is the sea?", 1, 0.0),
    ])
}

fn look(store: &Memory, policy: &Policy, request: &Request, control: &str, now_ms: u64) -> Found {
    let (groups, prior) = (groups(), prior());
    let cache = Cache::new(store).with_semantics(&groups, &prior);
    cache.lookup(request, policy, &Control::parse(control), at(now_ms)).unwrap()
}

fn keep(store: &Memory, policy: &Policy, request: &Request, now_ms: u64) {
    let lease = lead(look(store, policy, request, "", now_ms));
    Cache::new(store).keep(&lease, b"learn it so", &GOOD, now_ms).unwrap();
}

#[test]
fn the_same_in_other_words_is_given_by_three_batched_reads() {
    let store = Memory::default();
    let policy = semantic(0.0);
    keep(&store, &policy, &ask("How do I learn Rust?"), 0);
    let keys = store.keys_read.load(Ordering::Relaxed);
    let found = look(&store, &policy, &ask("How can I learn Rust?"), "", 10);
    assert_eq!(found.header(), "semantic-hit; similarity=0.99");
    let found = hit(found);
    assert_eq!((found.value.as_slice(), found.age_ms), (&b"learn it so"[..], 10));
    assert_eq!(found.similar.unwrap().question, "How do I learn Rust?");
    assert!(store.keys_read.load(Ordering::Relaxed) - keys <= 6);
    // Without a declared share, and past its time, it is not.
    lead(look(&store, &super::policy(), &ask("How can I learn Rust?"), "", 10));
    lead(look(&store, &policy, &ask("How can I learn Rust?"), "", 60_000));
}

#[test]
fn a_guard_outweighs_any_similarity() {
    let store = Memory::default();
    keep(&store, &semantic(0.0), &ask("How do I learn Rust?"), 0);
    for question in ["How do I learn Ruby?", "How do I not learn Rust?", "Where is the sea?"] {
        let lease = lead(look(&store, &semantic(0.0), &ask(question), "", 1));
        assert_eq!(lease.candidate(), None);
    }
}

#[test]
fn directives_and_verification_are_followed() {
    let store = Memory::default();
    let policy = semantic(1.0);
    keep(&store, &policy, &ask("How do I learn Rust?"), 0);
    let other = ask("How can I learn Rust?");
    // Whoever wants no call gets the answer, and whoever may call is asked to compare.
    hit(look(&store, &policy, &other, "only-if-cached", 1));
    assert!(matches!(
        look(&store, &policy, &other, "only-if-cached, max-age=1", 5_000),
        Found::Bypass(Bypass::OnlyIfCached)
    ));
    assert!(lead(look(&store, &policy, &other, "no-cache", 1)).candidate().is_none());
    let mut lease = lead(look(&store, &policy, &other, "", 2));
    assert_eq!(lease.candidate().unwrap().value, b"learn it so");
    let (groups, prior) = (groups(), prior());
    let cache = Cache::new(&store).with_semantics(&groups, &prior);
    cache.report(&mut lease, false).unwrap();
    cache.report(&mut lease, false).unwrap();
    cache.keep(&lease, b"otherwise", &GOOD, 2).unwrap();
    let statistics = cache.inspect("acme", "chat").unwrap();
    assert_eq!((statistics.verified, statistics.wrong, statistics.served), (1, 1, 1));
    assert_eq!((statistics.lookups, statistics.withheld), (3, 1));
    assert_eq!(statistics.observed_wrong_share, Some(1.0));
    assert_eq!(statistics.suspended, None);
}

#[test]
fn what_is_near_but_not_near_enough_can_be_learned_from() {
    let store = Memory::default();
    let policy = semantic(0.5);
    keep(&store, &policy, &ask("How do I learn Rust?"), 0);
    let mut lease = lead(look(&store, &policy, &ask("How do you study Rust quickly?"), "", 1));
    assert!(lease.candidate().is_some());
    let (groups, prior) = (groups(), prior());
    let cache = Cache::new(&store).with_semantics(&groups, &prior);
    cache.report(&mut lease, true).unwrap();
    let statistics = cache.inspect("acme", "chat").unwrap();
    assert_eq!((statistics.verified, statistics.compared, statistics.neighbourhoods), (0, 1, 1));
    assert_eq!(statistics.wrong_share_bound, 1.0);
}

#[test]
fn another_model_s_similarities_are_not_trusted() {
    let store = Memory::default();
    let groups = groups();
    let prior = Prior { model: "another", ..prior() };
    let cache = Cache::new(&store).with_semantics(&groups, &prior);
    let suspended = cache.inspect("acme", "chat").unwrap().suspended.unwrap();
    assert!(suspended.contains("groups") && suspended.contains("another"));
}

proptest! {
    /// Whatever else differs, no question meets one of another tenant, route, feature, model, conversation or parameter.
    #[test]
    fn nothing_meets_across_namespaces(changes in prop::collection::vec(any::<bool>(), 6)) {
        let store = Memory::default();
        let policy = semantic(0.0);
        keep(&store, &policy, &ask("How do I learn Rust?"), 0);
        let mut other = ask("How can I learn Rust?");
        let changed = changes.contains(&true);
        for (what, _) in changes.iter().enumerate().filter(|(_, changes)| **changes) {
            match what {
                0 => other.tenant = "other".to_owned(),
                1 => other.route = "other".to_owned(),
                2 => other.feature = "other".to_owned(),
                3 => other.model = "other".to_owned(),
                4 => other.parameters.push(("temperature".to_owned(), "0.5".to_owned())),
                _ => other.turns.insert(0, Turn {
                    role: "system".to_owned(),
                    content: "Be brief.".to_owned(),
                    other: None,
                }),
            }
        }
        match look(&store, &policy, &other, "", 1) {
            Found::Hit(_) => prop_assert!(!changed),
            Found::Lead(lease) => prop_assert!(changed && lease.candidate().is_none()),
            other => prop_assert!(false, "{other:?}"),
        }
    }
}
