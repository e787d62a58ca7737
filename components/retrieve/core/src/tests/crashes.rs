//! A process that dies at any operation on the store, before or after it is carried out.

use super::memory::{Dying, Memory};
use super::*;

/// Runs `work` with a process that dies at its first operation, its second, and so on until it survives, each time on a
/// fresh store that `before` prepared, and looks at what is left.
pub(super) fn at_every_operation(
    before: impl Fn(&Memory),
    work: impl Fn(&dyn Store) -> Result<(), Error>,
    after: impl Fn(&Memory, bool),
) {
    for carried_out in [false, true] {
        let mut survived = false;
        for n in 1.. {
            assert!(n < 2000, "never survives");
            let store = Memory::default();
            before(&store);
            let dying = Dying::new(&store, n, carried_out);
            let outcome = work(&dying);
            survived = !dying.is_dead();
            assert!(!survived || outcome.is_ok(), "{outcome:?}");
            after(&store, outcome.is_ok());
            if survived {
                break;
            }
        }
        assert!(survived);
    }
}

fn found(documents: &[(&str, &str)]) -> Vec<(String, String)> {
    documents.iter().map(|(id, text)| (id.to_string(), text.to_string())).collect()
}

#[test]
fn a_new_document_is_there_or_not_and_can_be_added_again() {
    at_every_operation(
        |store| {
            create(store);
            put(store, "kept", "was acknowledged").unwrap();
        },
        |store| put(store, "new", "came with a crash").map(drop),
        |store, acknowledged| {
            let (without, with) = (
                found(&[("kept", "was acknowledged")]),
                found(&[("kept", "was acknowledged"), ("new", "came with a crash")]),
            );
            let now = everything(store);
            assert!(now == with || (!acknowledged && now == without), "{now:?}");
            put(store, "new", "came with a crash").unwrap();
            assert_eq!(everything(store), with);
            let collection = retrieve(store).get_collection(TENANT, DOCS).unwrap().unwrap();
            assert_eq!((collection.documents, collection.passages), (2, 2));
            put(store, "other", "goes on as ever").unwrap();
            assert_eq!(everything(store).len(), 3);
        },
    );
}

#[test]
fn a_replaced_document_is_the_old_one_or_the_new_one() {
    let (old, new) =
        ("first version\n\nof eight words that are split", "second version\n\nof seven other words again");
    at_every_operation(
        |store| {
            create(store);
            put(store, "a", old).unwrap();
        },
        |store| put(store, "a", new).map(drop),
        |store, acknowledged| {
            let now = everything(store);
            assert!(now == found(&[("a", new)]) || (!acknowledged && now == found(&[("a", old)])), "{now:?}");
            for version in ["third", new, old] {
                put(store, "a", version).unwrap();
                assert_eq!(everything(store), found(&[("a", version)]));
            }
            assert_eq!(retrieve(store).get_collection(TENANT, DOCS).unwrap().unwrap().documents, 1);
        },
    );
}

#[test]
fn a_removed_document_is_there_or_not() {
    at_every_operation(
        |store| {
            create(store);
            put(store, "a", "to be removed").unwrap();
        },
        |store| retrieve(store).remove_document(TENANT, DOCS, "a").map(drop),
        |store, acknowledged| {
            let now = everything(store);
            assert!(now.is_empty() || (!acknowledged && now == found(&[("a", "to be removed")])), "{now:?}");
            retrieve(store).remove_document(TENANT, DOCS, "a").unwrap();
            assert_eq!(everything(store), []);
            let collection = retrieve(store).get_collection(TENANT, DOCS).unwrap().unwrap();
            assert_eq!((collection.documents, collection.passages, collection.bytes), (0, 0, 0));
            put(store, "a", "to be removed").unwrap();
            assert_eq!(everything(store), found(&[("a", "to be removed")]));
        },
    );
}

#[test]
fn a_collection_is_created_or_not_and_deleted_or_not() {
    at_every_operation(
        |_| {},
        |store| retrieve(store).create_collection(TENANT, DOCS, &chunking(), 1, Vec::new()).map(drop),
        |store, acknowledged| {
            match retrieve(store).create_collection(TENANT, DOCS, &chunking(), 1, Vec::new()) {
                Ok(_) => assert!(!acknowledged),
                Err(error) => assert!(matches!(error, Error::CollectionExists(_)), "{error:?}"),
            }
            assert_eq!(retrieve(store).list_collections(TENANT).unwrap().len(), 1);
            put(store, "a", "some words").unwrap();
        },
    );
    at_every_operation(
        |store| {
            create(store);
            put(store, "a", "old words").unwrap();
        },
        |store| retrieve(store).delete_collection(TENANT, DOCS).map(drop),
        |store, acknowledged| {
            match retrieve(store).get_collection(TENANT, DOCS).unwrap() {
                Some(_) => {
                    assert!(!acknowledged);
                    assert_eq!(everything(store), found(&[("a", "old words")]));
                    assert!(retrieve(store).delete_collection(TENANT, DOCS).unwrap());
                }
                None => assert_eq!(retrieve(store).list_collections(TENANT).unwrap(), []),
            }
            create(store);
            assert_eq!(everything(store), []);
            put(store, "a", "new words").unwrap();
            assert_eq!(everything(store), found(&[("a", "new words")]));
        },
    );
}

#[test]
fn what_crashes_left_behind_goes_with_the_collection() {
    at_every_operation(
        |store| {
            create(store);
            put(store, "a", "old words").unwrap();
        },
        |store| put(store, "a", "new words").map(drop),
        |store, _| {
            put(store, "a", "newer words").unwrap();
            retrieve(store).delete_collection(TENANT, DOCS).unwrap();
            let mut left = store.keys();
            // A record may outlive a process that died between taking out its vectors and deleting it.
            left.retain(|key| !key.contains("/document/"));
            assert_eq!(left, ["default/retrieve/catalogue", "default/retrieve/docs/manifest"]);
        },
    );
}
