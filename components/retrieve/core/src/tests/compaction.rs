//! Compaction: nothing that counts is lost, nothing that doesn't is found, and what is left over goes.

use std::collections::BTreeSet;
use std::sync::atomic::Ordering;

use super::crashes::at_every_operation;
use super::memory::Memory;
use super::*;
use crate::directory::{self, shard_of};
use crate::keys::Keys;
use crate::{Condition, Mode, Test};

/// Generations that count.
pub(super) fn generations(store: &Memory) -> BTreeSet<u64> {
    let keys = Keys::new(TENANT, DOCS, 1);
    let listed = retrieve(store).list_documents(TENANT, DOCS).unwrap();
    let entry = |id: &str| directory::read(store, &keys, shard_of(id)).unwrap().entries[id].generation;
    listed.iter().map(|info| entry(&info.id)).collect()
}

fn compact(store: &dyn Store) {
    assert!(retrieve(store).compact(TENANT, DOCS).unwrap());
}

/// Everything so far into a tier of its own.
pub(super) fn flush(store: &dyn Store) {
    let place = crate::manifest::Place::new(TENANT, DOCS, 1);
    while place.check(store).unwrap().scanned().next().is_some() {
        assert!(retrieve(store).flush(&place, |_| true, Some(u32::MAX)).unwrap());
    }
}

/// After a compaction on its own, nothing is stored of the index but one tier, and nothing in it that does not count.
pub(super) fn check_tidy(store: &Memory, context: &str) {
    let place = crate::manifest::Place::new(TENANT, DOCS, 1);
    let live = place.check(store).unwrap();
    assert!(live.tiers.len() <= 1 && live.merges.is_empty() && live.leftovers.is_empty(), "{context}");
    let counting = generations(store);
    let number = live.tiers.first().map(|tier| format!("/tier/{:x}/", tier.number));
    let (mut in_lists, mut in_rows) = (0, 0);
    for key in store.keys() {
        if key.contains("/tier/") {
            let own = number.as_ref().is_some_and(|number| key.contains(number));
            let notes = ["/plan", "/layout", "/route/", "/part/", "/range/"];
            assert!(own && !notes.iter().any(|note| key.contains(note)), "{key} is left, {context}");
        }
        let (is_list, is_rows) = (key.contains("/list/"), key.contains("/rows/"));
        if is_list || is_rows {
            let value = store.get(&key).unwrap();
            for (run, numbers) in crate::segment::Segment::read(&key, value.as_deref()).unwrap().runs() {
                assert!(counting.contains(&run.generation), "{} is left in {key}, {context}", run.document);
                assert_eq!(numbers.rows.len(), run.count as usize);
                *(if is_list { &mut in_lists } else { &mut in_rows }) += run.count;
            }
        }
    }
    assert_eq!((in_lists, in_rows), (live.compacted(), live.compacted()), "{context}");
}

fn with_year(store: &dyn Store, id: &str, content: &str, year: u32) {
    let metadata = vec![("year".to_owned(), year.to_string())];
    let document = Document { metadata, ..document(id, content) };
    retrieve(store).put_document(TENANT, DOCS, document).unwrap().finish().unwrap();
}

#[test]
fn what_is_found_is_the_same_before_and_after() {
    let store = Memory::default();
    create(&store);
    for n in 0..300 {
        with_year(
            &store,
            &format!("doc{n}"),
            &format!("number {n} of topic {} and kind {}", n % 7, n % 11),
            1900 + n,
        );
    }
    let queries =
        |mode| (0..20).map(move |n| Query { mode, ..Query::new(&format!("number {n} topic {}", n % 7), 10) });
    let run = |query: &Query| retrieve(&store).search(TENANT, DOCS, query).unwrap().finish().unwrap();
    let all = || -> Vec<_> {
        [Mode::Hybrid, Mode::Dense, Mode::Lexical]
            .into_iter()
            .flat_map(queries)
            .map(|query| run(&query))
            .collect()
    };
    // Values have postings, numbers don't.
    let of_year = |year: &str| {
        let test = Test::AnyOf(vec![year.to_owned()]);
        let filter = vec![Condition { key: "year".to_owned(), test }];
        run(&Query { filter, ..Query::new("number 3 of topic 3", 10) })
    };
    let before = all();
    let (some, none) = (of_year("2003"), of_year("3003"));
    assert!(!some.hits.is_empty() && none.hits.is_empty());
    compact(&store);
    assert_eq!((of_year("2003"), of_year("3003")), (some, none));
    assert!(store.keys().iter().any(|key| key.contains("/list/")));
    assert_eq!(all(), before);
    compact(&store);
    assert_eq!(all(), before);
    let filter = vec![Condition { key: "year".to_owned(), test: Test::Between(Some(2000.0), Some(2004.0)) }];
    let few = run(&Query { filter, ..Query::new("number 3 of topic 3", 50) });
    assert_eq!(few.hits.iter().map(|hit| &hit.passage.document).collect::<BTreeSet<_>>().len(), 5);
}

#[test]
fn what_was_replaced_or_removed_afterwards_is_not_found_and_goes_with_the_next() {
    let store = Memory::default();
    create(&store);
    for n in 0..10 {
        put(&store, &format!("doc{n}"), &format!("old words number {n}")).unwrap();
    }
    compact(&store);
    for n in 0..5 {
        put(&store, &format!("doc{n}"), &format!("new words number {n}")).unwrap();
        retrieve(&store).remove_document(TENANT, DOCS, &format!("doc{}", n + 5)).unwrap();
    }
    let expected: Vec<_> = (0..5).map(|n| (format!("doc{n}"), format!("new words number {n}"))).collect();
    assert_eq!(everything(&store), expected);
    compact(&store);
    assert_eq!(everything(&store), expected);
    let live = generations(&store);
    for key in store.keys() {
        if let Some((_, rest)) = key.split_once("/document/") {
            let generation = u64::from_str_radix(rest.split('/').next().unwrap(), 16).unwrap();
            assert!(live.contains(&generation), "{key} is left");
        }
        assert!(!key.contains("/tier/0/"), "{key} is left");
    }
    // The same content again is there already.
    let before = store.written.load(Ordering::Relaxed);
    put(&store, "doc1", "new words number 1").unwrap();
    assert!(store.written.load(Ordering::Relaxed) - before < 2000);
}

#[test]
fn a_crash_at_any_point_loses_nothing_and_is_cleaned_up() {
    let (a, b, new) = ("first\n\nof two passages", "second of them", "replaced\n\nin two parts");
    at_every_operation(
        |store| {
            create(store);
            put(store, "b", b).unwrap();
            put(store, "a", a).unwrap();
            compact(store);
            put(store, "a", new).unwrap();
        },
        |store| retrieve(store).compact(TENANT, DOCS).map(drop),
        |store, _| {
            let expected = [("a".to_owned(), new.to_owned()), ("b".to_owned(), b.to_owned())];
            assert_eq!(everything(store), expected);
            put(store, "c", a).unwrap();
            retrieve(store).remove_document(TENANT, DOCS, "c").unwrap();
            compact(store);
            assert_eq!(everything(store), expected);
            check_tidy(store, "after a crash");
            retrieve(store).delete_collection(TENANT, DOCS).unwrap();
            let left: Vec<_> = store.keys().into_iter().filter(|key| key.contains("/docs/")).collect();
            assert_eq!(left, ["default/retrieve/docs/manifest"]);
        },
    );
}

#[test]
fn removing_most_documents_compacts() {
    let store = Memory::default();
    create(&store);
    for n in 0..40 {
        put(&store, &format!("doc{n}"), &format!("number {n}")).unwrap();
    }
    compact(&store);
    let place = crate::manifest::Place::new(TENANT, DOCS, 1);
    place.edit(&store, |live| (live.due = 4, true)).unwrap();
    for n in 0..30 {
        retrieve(&store).remove_document(TENANT, DOCS, &format!("doc{n}")).unwrap();
    }
    let compacted = place.check(&store).unwrap().compacted();
    assert!((10..=22).contains(&compacted), "{compacted}");
    assert_eq!(everything(&store).len(), 10);
}

#[test]
fn a_crash_in_a_write_that_compacts_loses_nothing() {
    let large: String = (0..130).map(|n| format!("line {n} of a large document here now.\n\n")).collect();
    at_every_operation(
        |store| {
            create(store);
            put(store, "large", &large).unwrap();
            let place = crate::manifest::Place::new(TENANT, DOCS, 1);
            place.edit(store, |live| (live.due = 100, true)).unwrap();
        },
        |store| put(store, "small", "closes the segment").map(drop),
        |store, acknowledged| {
            let small = ("small".to_owned(), "closes the segment".to_owned());
            let large = ("large".to_owned(), large.clone());
            let now = everything(store);
            assert!(
                now == [large.clone(), small.clone()]
                    || (!acknowledged && now == std::slice::from_ref(&large))
            );
            put(store, "small", "closes the segment").unwrap();
            compact(store);
            assert_eq!(everything(store), [large, small]);
            assert!(store.keys().iter().any(|key| key.contains("/tier/")));
        },
    );
}

#[test]
fn a_crash_in_any_step_of_a_merge_loses_nothing() {
    let content = |n: u32| format!("document {n}\n\nin two parts of words");
    let expected = |last: &str| {
        let mut all: Vec<_> = (0..4).map(|n| (format!("d{n}"), content(n))).collect();
        all[1].1 = "replaced".to_owned();
        all.push(("x".to_owned(), last.to_owned()));
        all
    };
    at_every_operation(
        |store| {
            create(store);
            for n in 0..4 {
                put(store, &format!("d{n}"), &content(n)).unwrap();
                flush(store);
            }
            put(store, "d1", "replaced").unwrap();
            put(store, "x", "n0").unwrap();
        },
        |store| {
            let place = crate::manifest::Place::new(TENANT, DOCS, 1);
            // From the first step to the last key that is deleted.
            for n in 1..30 {
                put(store, "x", &format!("n{}", n % 2))?;
                let live = place.check(store)?;
                if live.tiers.len() == 1 && live.leftovers.is_empty() {
                    return Ok(());
                }
            }
            panic!("the merge does not end");
        },
        |store, _| {
            let now = everything(store);
            assert!(["n0", "n1"].iter().any(|last| now == expected(last)), "{now:?}");
            let sought = search(store, "document 3 parts", 3);
            assert_eq!(sought[0].document, "d3");
            put(store, "x", "goes on").unwrap();
            compact(store);
            assert_eq!(everything(store), expected("goes on"));
            check_tidy(store, "after a crash");
            retrieve(store).delete_collection(TENANT, DOCS).unwrap();
            let left: Vec<_> = store.keys().into_iter().filter(|key| key.contains("/docs/")).collect();
            assert_eq!(left, ["default/retrieve/docs/manifest"]);
        },
    );
}

/// At whatever step of a merge a collection is deleted, nothing stays.
#[test]
fn a_collection_is_deleted_in_the_middle_of_a_merge() {
    for steps in 0..30 {
        let store = Memory::default();
        create(&store);
        for n in 0..4 {
            put(&store, &format!("d{n}"), &format!("document {n}\n\nin two parts of words")).unwrap();
            flush(&store);
        }
        for step in 0..steps {
            put(&store, "x", &format!("n{step}")).unwrap();
        }
        retrieve(&store).delete_collection(TENANT, DOCS).unwrap();
        let left: Vec<_> = store.keys().into_iter().filter(|key| key.contains("/docs/")).collect();
        assert_eq!(left, ["default/retrieve/docs/manifest"], "after {steps} steps");
    }
}
