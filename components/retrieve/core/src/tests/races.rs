//! Writers and readers at once, on real threads. What only an unlucky order of operations would show is in `schedules`.

use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use super::memory::Memory;
use super::*;

#[test]
fn writers_of_different_documents_lose_nothing() {
    let store = Memory::default();
    create(&store);
    thread::scope(|scope| {
        for writer in 0..6 {
            let store = &store;
            scope.spawn(move || {
                for n in 0..60 {
                    put(store, &format!("{writer}-{n}"), &format!("document {n} of writer {writer}"))
                        .unwrap();
                }
            });
        }
    });
    let found = everything(&store);
    assert_eq!(found.len(), 360);
    for (id, text) in found {
        let (writer, n) = id.split_once('-').unwrap();
        assert_eq!(text, format!("document {n} of writer {writer}"));
    }
    let collection = retrieve(&store).get_collection(TENANT, DOCS).unwrap().unwrap();
    assert_eq!((collection.documents, collection.passages), (360, 360));
}

#[test]
fn writers_of_one_document_leave_one_of_their_versions() {
    for round in 0..40 {
        let store = Memory::default();
        create(&store);
        // Two contents only, so that versions also come back that were replaced before.
        let version =
            |writer: usize| format!("round {round} says {}\n\nand more of the same kind here", writer % 2);
        thread::scope(|scope| {
            for writer in 0..4 {
                let (store, version) = (&store, &version);
                scope.spawn(move || {
                    for step in 0..8 {
                        if writer == 3 && step % 3 == 2 {
                            retrieve(store).remove_document(TENANT, DOCS, "same").unwrap();
                        } else {
                            put(store, "same", &version(writer + step)).unwrap();
                        }
                    }
                });
            }
        });
        put(&store, "same", "the last word").unwrap();
        assert_eq!(everything(&store), [("same".to_owned(), "the last word".to_owned())]);
        put(&store, "same", &version(0)).unwrap();
        assert_eq!(everything(&store), [("same".to_owned(), version(0))]);
    }
}

#[test]
fn a_search_always_sees_the_document_that_others_replace() {
    let store = Memory::default();
    create(&store);
    put(&store, "same", "constant topic number 0").unwrap();
    let done = AtomicBool::new(false);
    thread::scope(|scope| {
        for writer in 0..2 {
            let (store, done) = (&store, &done);
            scope.spawn(move || {
                for n in 0..150 {
                    let id = if writer == 0 { "same".to_owned() } else { format!("other{n}") };
                    put(store, &id, &format!("constant topic number {n} {writer}")).unwrap();
                }
                done.store(true, Ordering::Relaxed);
            });
        }
        let mut searches = 0;
        while !done.load(Ordering::Relaxed) || searches < 50 {
            match retrieve(&store)
                .search(TENANT, DOCS, &Query::new("constant topic number", 300))
                .unwrap()
                .finish()
            {
                Ok(found) => {
                    let same = found.hits.iter().filter(|hit| hit.passage.document == "same").count();
                    assert_eq!(same, 1, "after {searches} searches");
                }
                Err(error) => assert!(matches!(error, Error::Conflict(_)), "{error:?}"),
            }
            searches += 1;
        }
    });
}

#[test]
fn writers_in_a_collection_that_is_deleted_end_with_an_error_and_leave_nothing() {
    for round in 0..30 {
        let store = Memory::default();
        create(&store);
        let refused = AtomicBool::new(false);
        thread::scope(|scope| {
            for writer in 0..3 {
                let (store, refused) = (&store, &refused);
                scope.spawn(move || {
                    for n in 0.. {
                        match put(store, &format!("{writer}-{n}"), "words of a doomed document") {
                            Ok(_) => {}
                            Err(Error::UnknownCollection(_)) => {
                                return refused.store(true, Ordering::Relaxed);
                            }
                            Err(error) => panic!("{error:?}"),
                        }
                    }
                });
            }
            for _ in 0..round {
                thread::yield_now();
            }
            assert!(retrieve(&store).delete_collection(TENANT, DOCS).unwrap());
        });
        assert!(refused.load(Ordering::Relaxed));
        assert_eq!(retrieve(&store).get_collection(TENANT, DOCS).unwrap(), None);
        create(&store);
        assert_eq!(everything(&store), []);
        assert_eq!(retrieve(&store).list_documents(TENANT, DOCS).unwrap(), []);
    }
}
