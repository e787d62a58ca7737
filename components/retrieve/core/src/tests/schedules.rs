//! Several actors whose operations on the store are put in every kind of order, one at a time, by a seed. A failure names its seed, and comes again.

use std::collections::BTreeSet;
use std::sync::{Condvar, Mutex};
use std::thread;

use super::memory::Memory;
use super::*;
use crate::directory::{self, shard_of};
use crate::keys::Keys;
use crate::segment::Segment;
use crate::{Edit, Mode, StoreError};

/// Lets one actor at a time go on, chosen by the seed whenever all of them wait.
struct Schedule {
    state: Mutex<State>,
    turn: Condvar,
}

struct State {
    waiting: BTreeSet<usize>,
    running: Option<usize>,
    alive: usize,
    last: usize,
    /// About how many operations an actor does in a row.
    patience: usize,
    random: u64,
}

/// An actor's view of the store: each operation waits for its turn, and a swap is two.
struct Scheduled<'a> {
    store: &'a Memory,
    schedule: &'a Schedule,
    actor: usize,
}

type Actor<'a> = Box<dyn Fn(&dyn Store) + Send + Sync + 'a>;

/// Runs actors on one store in the order of a seed.
fn run(store: &Memory, seed: u64, actors: &[Actor<'_>]) {
    let patience = [1, 4, 16, 64][seed as usize % 4];
    let state = State {
        waiting: BTreeSet::new(),
        running: None,
        alive: actors.len(),
        last: 0,
        patience,
        random: seed,
    };
    let schedule = Schedule { state: Mutex::new(state), turn: Condvar::new() };
    thread::scope(|scope| {
        for (actor, act) in actors.iter().enumerate() {
            let scheduled = Scheduled { store, schedule: &schedule, actor };
            scope.spawn(move || {
                let _leaves = Leaves(scheduled.schedule);
                scheduled.wait();
                act(&scheduled);
            });
        }
    });
}

/// Takes an actor out of the schedule, however it ends.
struct Leaves<'a>(&'a Schedule);

impl Drop for Leaves<'_> {
    fn drop(&mut self) {
        let mut state = self.0.state.lock().unwrap();
        state.alive -= 1;
        state.running = None;
        state.choose();
        self.0.turn.notify_all();
    }
}

impl State {
    /// Any actor, or in some seeds mostly the one that ran last: some orders need one actor to do much while another does nothing.
    fn choose(&mut self) {
        if self.running.is_some() || self.alive == 0 || self.waiting.len() < self.alive {
            return;
        }
        self.random =
            self.random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        let random = (self.random >> 33) as usize;
        let stays =
            self.patience > 1 && !random.is_multiple_of(self.patience) && self.waiting.contains(&self.last);
        if !stays {
            let chosen = (random / 64) % self.waiting.len();
            self.last = self.waiting.iter().copied().nth(chosen).unwrap();
        }
        self.running = Some(self.last);
    }
}

impl Scheduled<'_> {
    fn wait(&self) {
        let mut state = self.schedule.state.lock().unwrap();
        if state.running == Some(self.actor) {
            state.running = None;
        }
        state.waiting.insert(self.actor);
        state.choose();
        self.schedule.turn.notify_all();
        while state.running != Some(self.actor) {
            state = self.schedule.turn.wait(state).unwrap();
        }
        state.waiting.remove(&self.actor);
    }
}

impl Store for Scheduled<'_> {
    fn get(&self, key: &str) -> Result<Option<Vec<u8>>, StoreError> {
        self.wait();
        self.store.get(key)
    }

    fn get_many(&self, keys: &[String]) -> Result<Vec<Option<Vec<u8>>>, StoreError> {
        if keys.len() > 16 {
            // Every key in a turn of its own would be mostly empty shards.
            self.wait();
            return self.store.get_many(keys);
        }
        keys.iter().map(|key| self.get(key)).collect()
    }

    fn set_many(&self, entries: Vec<(String, Vec<u8>)>) -> Result<(), StoreError> {
        entries.into_iter().try_for_each(|entry| {
            self.wait();
            self.store.set_many(vec![entry])
        })
    }

    fn delete_many(&self, keys: &[String]) -> Result<(), StoreError> {
        keys.chunks(if keys.len() > 16 { 64 } else { 1 }).try_for_each(|some| {
            self.wait();
            self.store.delete_many(some)
        })
    }

    fn swap(&self, key: &str, change: &mut Edit<'_>) -> Result<bool, StoreError> {
        self.wait();
        let seen = self.store.get(key)?;
        let Some(value) = change(seen.as_deref()) else { return Ok(true) };
        self.wait();
        let mut same = false;
        self.store.swap(key, &mut |now| {
            same = now == seen.as_deref();
            same.then(|| value.clone())
        })?;
        Ok(same)
    }
}

/// How many orders each scenario is tried in.
const SEEDS: u64 = 400;

/// What is found, listed, counted and stored agrees, and nothing else is stored.
fn check(store: &Memory, seed: u64) {
    let found = everything(store);
    let listed = retrieve(store).list_documents(TENANT, DOCS).unwrap();
    let ids: Vec<_> = listed.iter().map(|info| &info.id).collect();
    assert_eq!(found.iter().map(|(id, _)| id).collect::<Vec<_>>(), ids, "seed {seed}");
    for ((id, text), info) in found.iter().zip(&listed) {
        assert_eq!(text.len(), info.bytes as usize, "{id} is not whole, seed {seed}");
    }
    // By words alone, too: all but fillers say "version".
    let by_words = Query { mode: Mode::Lexical, ..Query::new("version", 1000) };
    let hits = retrieve(store).search(TENANT, DOCS, &by_words).unwrap().finish().unwrap().hits;
    let worded: BTreeSet<_> = hits.iter().map(|hit| &hit.passage.document).collect();
    let expected: BTreeSet<_> =
        found.iter().filter(|(_, text)| text.contains("version")).map(|(id, _)| id).collect();
    assert_eq!(worded, expected, "seed {seed}");
    let collection = retrieve(store).get_collection(TENANT, DOCS).unwrap().unwrap();
    let passages = listed.iter().map(|info| info.passages).sum();
    assert_eq!((collection.documents as usize, collection.passages), (listed.len(), passages), "seed {seed}");
    let keys = Keys::new(TENANT, DOCS, 1);
    let live: BTreeSet<u64> = listed
        .iter()
        .map(|info| directory::read(store, &keys, shard_of(&info.id)).unwrap().entries[&info.id].generation)
        .collect();
    for key in store.keys() {
        if key.contains("/segment/") {
            let value = store.get(&key).unwrap();
            let segment = Segment::read(&key, value.as_deref()).unwrap();
            for (run, ..) in segment.runs() {
                assert!(live.contains(&run.generation), "vectors of {} are left, seed {seed}", run.document);
            }
        }
        if let Some((_, rest)) = key.split_once("/document/") {
            let generation = u64::from_str_radix(rest.split('/').next().unwrap(), 16).unwrap();
            assert!(live.contains(&generation), "{key} is left, seed {seed}");
        }
    }
}

fn compact<'a>(times: usize) -> Actor<'a> {
    Box::new(move |store| {
        for _ in 0..times {
            match retrieve(store).compact(TENANT, DOCS) {
                Ok(_) | Err(Error::UnknownCollection(_) | Error::Conflict(_)) => {}
                Err(error) => panic!("{error:?}"),
            }
        }
    })
}

/// After a compaction on its own nothing is left of what no longer counts.
fn check_compacted(store: &Memory, seed: u64) {
    assert!(retrieve(store).compact(TENANT, DOCS).unwrap(), "seed {seed}");
    check(store, seed);
    super::compaction::check_tidy(store, &format!("seed {seed}"));
}

fn put_some<'a>(id: &'a str, contents: &'a [&'a str]) -> Actor<'a> {
    Box::new(move |store| contents.iter().for_each(|content| drop(put(store, id, content).unwrap())))
}

fn remove<'a>(id: &'a str) -> Actor<'a> {
    Box::new(move |store| {
        retrieve(store).remove_document(TENANT, DOCS, id).unwrap();
    })
}

const OLD: &str = "first version\n\nof eight words that are split";
const NEW: &str = "second version\n\nof seven other words again";

#[test]
fn writers_of_one_document() {
    for seed in 0..SEEDS {
        let store = Memory::default();
        create(&store);
        run(&store, seed, &[put_some("a", &[OLD, NEW]), put_some("a", &[NEW, OLD]), put_some("b", &[OLD])]);
        check(&store, seed);
        assert_eq!(everything(&store).len(), 2);
    }
}

#[test]
fn writers_and_removers_of_one_document() {
    for seed in 0..SEEDS {
        let store = Memory::default();
        create(&store);
        run(&store, seed, &[put_some("a", &[OLD]), put_some("a", &[NEW]), remove("a"), remove("a")]);
        check(&store, seed);
        // Once more from where this left off: leftovers must not come back either.
        run(&store, seed, &[put_some("a", &[OLD, NEW]), remove("a")]);
        check(&store, seed);
        put(&store, "a", OLD).unwrap();
        assert_eq!(everything(&store), [("a".to_owned(), OLD.to_owned())]);
    }
}

#[test]
fn a_search_while_a_document_is_replaced() {
    for seed in 0..SEEDS {
        let store = Memory::default();
        create(&store);
        put(&store, "a", OLD).unwrap();
        put(&store, "b", OLD).unwrap();
        let look: Actor<'_> = Box::new(move |store| {
            for _ in 0..2 {
                let found = everything(store);
                assert_eq!(found.len(), 2, "{found:?}, seed {seed}");
                assert!([OLD, NEW].contains(&found[0].1.as_str()), "{found:?}, seed {seed}");
            }
        });
        run(&store, seed, &[put_some("a", &[NEW, OLD]), look]);
        check(&store, seed);
    }
}

#[test]
fn writers_and_removers_while_their_documents_are_compacted() {
    for seed in 0..SEEDS {
        let store = Memory::default();
        create(&store);
        put(&store, "kept", OLD).unwrap();
        run(
            &store,
            seed,
            &[put_some("a", &[OLD, NEW]), put_some("a", &[NEW]), remove("a"), compact(2), compact(1)],
        );
        check_compacted(&store, seed);
        run(&store, seed, &[put_some("a", &[OLD, NEW]), remove("kept"), compact(1)]);
        check_compacted(&store, seed);
        assert_eq!(everything(&store), [("a".to_owned(), NEW.to_owned())], "seed {seed}");
    }
}

#[test]
fn a_search_while_its_documents_are_compacted() {
    for seed in 0..SEEDS {
        let store = Memory::default();
        create(&store);
        put(&store, "a", OLD).unwrap();
        put(&store, "b", OLD).unwrap();
        let look: Actor<'_> = Box::new(move |store| {
            let found = everything(store);
            assert_eq!(found.len(), 2, "{found:?}, seed {seed}");
            assert!([OLD, NEW].contains(&found[0].1.as_str()), "{found:?}, seed {seed}");
            assert_eq!(found[1].1, OLD, "seed {seed}");
        });
        run(&store, seed, &[put_some("a", &[NEW, OLD]), compact(2), look]);
        check_compacted(&store, seed);
    }
}

/// Four tiers, which the next writes merge.
fn tiers(store: &Memory) {
    create(store);
    for id in ["a", "b", "c", "d"] {
        put(store, id, OLD).unwrap();
        super::compaction::flush(store);
    }
}

#[test]
fn writers_and_removers_while_tiers_are_merged() {
    for seed in 0..SEEDS {
        let store = Memory::default();
        tiers(&store);
        let (x, y) = ([OLD, NEW, OLD, NEW, OLD, NEW], [NEW, OLD, NEW, OLD]);
        run(
            &store,
            seed,
            &[put_some("x", &x), put_some("a", &y), put_some("y", &x), remove("b"), compact(1)],
        );
        check_compacted(&store, seed);
        assert_eq!(everything(&store).len(), 5, "seed {seed}");
    }
}

#[test]
fn a_search_while_tiers_are_merged() {
    for seed in 0..SEEDS {
        let store = Memory::default();
        tiers(&store);
        let look: Actor<'_> = Box::new(move |store| {
            for _ in 0..2 {
                let mut found = everything(store);
                found.retain(|(id, _)| id != "x");
                assert_eq!(found.len(), 4, "{found:?}, seed {seed}");
                assert!([OLD, NEW].contains(&found[0].1.as_str()), "{found:?}, seed {seed}");
                assert!(found[1..].iter().all(|(_, text)| text == OLD), "{found:?}, seed {seed}");
            }
        });
        let x = [OLD, NEW, OLD, NEW, OLD, NEW, OLD, NEW];
        run(&store, seed, &[put_some("x", &x), put_some("a", &[NEW]), look]);
        check_compacted(&store, seed);
    }
}

#[test]
fn a_collection_deleted_while_its_tiers_are_merged() {
    for seed in 0..SEEDS {
        let store = Memory::default();
        tiers(&store);
        let writer: Actor<'_> = Box::new(move |store| {
            for content in [OLD, NEW, OLD, NEW, OLD, NEW, OLD, NEW] {
                match put(store, "x", content) {
                    Ok(_) | Err(Error::UnknownCollection(_)) => {}
                    Err(error) => panic!("{error:?}, seed {seed}"),
                }
            }
        });
        let delete: Actor<'_> = Box::new(|store| {
            retrieve(store).delete_collection(TENANT, DOCS).unwrap();
        });
        run(&store, seed, &[writer, compact(2), delete]);
        let left: Vec<_> = store.keys().into_iter().filter(|key| key.contains("/docs/")).collect();
        assert_eq!(left, ["default/retrieve/docs/manifest"], "seed {seed}");
    }
}

/// A collection whose first segment was emptied and reopened, so that new vectors go before the old ones: what a scan reads first.
#[test]
fn a_search_while_vectors_move_to_a_segment_it_has_read() {
    for seed in 0..SEEDS {
        let store = Memory::default();
        create(&store);
        for n in 0..128 {
            put(&store, &format!("filler{n}"), "x").unwrap();
        }
        put(&store, "a", OLD).unwrap();
        for n in 0..128 {
            retrieve(&store).remove_document(TENANT, DOCS, &format!("filler{n}")).unwrap();
        }
        // The second segment is full, the first is not.
        let place = crate::manifest::Place::new(TENANT, DOCS, 1);
        place.close_segment(&store, 1, 128).unwrap();
        let look: Actor<'_> = Box::new(move |store| {
            let found = everything(store);
            assert_eq!(found.len(), 1, "{found:?}, seed {seed}");
            assert!([OLD, NEW].contains(&found[0].1.as_str()), "{found:?}, seed {seed}");
        });
        run(&store, seed, &[put_some("a", &[NEW, OLD, NEW]), look]);
        check(&store, seed);
    }
}

#[test]
fn a_collection_deleted_and_made_again_under_its_writers() {
    for seed in 0..SEEDS {
        let store = Memory::default();
        create(&store);
        put(&store, "kept", OLD).unwrap();
        let writer = |id: &'static str| -> Actor<'_> {
            Box::new(move |store| match put(store, id, NEW) {
                Ok(_) | Err(Error::UnknownCollection(_)) => {}
                Err(error) => panic!("{error:?}, seed {seed}"),
            })
        };
        let again: Actor<'_> = Box::new(|store| {
            retrieve(store).delete_collection(TENANT, DOCS).unwrap();
            match retrieve(store).create_collection(TENANT, DOCS, &chunking(), 1, Vec::new()) {
                Ok(_) | Err(Error::CollectionExists(_)) => {}
                Err(error) => panic!("{error:?}"),
            }
        });
        let delete: Actor<'_> = Box::new(|store| {
            retrieve(store).delete_collection(TENANT, DOCS).unwrap();
        });
        let remover: Actor<'_> =
            Box::new(|store| match retrieve(store).remove_document(TENANT, DOCS, "kept") {
                Ok(_) | Err(Error::UnknownCollection(_)) => {}
                Err(error) => panic!("{error:?}, seed {seed}"),
            });
        run(&store, seed, &[writer("a"), writer("b"), again, delete, remover, compact(1)]);
        retrieve(&store).delete_collection(TENANT, DOCS).unwrap();
        let left: Vec<_> = store.keys().into_iter().filter(|key| key.contains("/docs/")).collect();
        assert_eq!(left, ["default/retrieve/docs/manifest"], "seed {seed}");
        create(&store);
        assert_eq!(everything(&store), []);
        put(&store, "a", OLD).unwrap();
        assert_eq!(everything(&store), [("a".to_owned(), OLD.to_owned())]);
    }
}
