//! One caller, one store: every operation and every refusal.

use super::memory::Memory;
use super::*;
use crate::manifest::{Manifest, Outdated, OutdatedTiers, Tier};
use crate::{Condition, Mode, Test, codec};

fn message(error: Error) -> String {
    match error {
        Error::InvalidRequest(message) => message,
        other => panic!("{other:?}"),
    }
}

#[test]
fn what_was_put_is_found_with_its_place_and_metadata() {
    let store = Memory::default();
    create(&store);
    let content = "The cat sat on the mat, purring.\n\nZebras live in the savannah, in herds.\n";
    let info = put(&store, "animals.txt", content).unwrap();
    put(&store, "fruit.txt", "Apples and pears grow on trees.").unwrap();
    assert_eq!((info.passages, info.tokens, info.bytes), (2, 14, content.len() as u32));
    let found = search(&store, "where do zebras live", 2);
    let best = &found[0];
    assert_eq!(best.document, "animals.txt");
    assert_eq!(best.title, "Title of animals.txt");
    assert_eq!(&content[best.start as usize..best.end as usize], best.text);
    assert!(best.text.starts_with("Zebras"), "{}", best.text);
    assert_eq!(best.metadata, [("source".to_owned(), "animals.txt".to_owned())]);
    assert!(found[0].score > found[1].score);
}

#[test]
fn putting_again_replaces_and_removing_removes() {
    let store = Memory::default();
    create(&store);
    put(&store, "a", "old words about whales").unwrap();
    put(&store, "b", "stays as it is").unwrap();
    put(&store, "a", "new words about eagles").unwrap();
    let expected = [("a", "new words about eagles"), ("b", "stays as it is")];
    assert_eq!(everything(&store), expected.map(|(a, b)| (a.to_owned(), b.to_owned())));
    let retrieve = retrieve(&store);
    assert!(retrieve.remove_document(TENANT, DOCS, "a").unwrap());
    assert!(!retrieve.remove_document(TENANT, DOCS, "a").unwrap());
    assert_eq!(everything(&store), [("b".to_owned(), "stays as it is".to_owned())]);
    assert_eq!(retrieve.get_document(TENANT, DOCS, "a").unwrap(), None);
    let collection = retrieve.get_collection(TENANT, DOCS).unwrap().unwrap();
    assert_eq!((collection.documents, collection.passages, collection.bytes), (1, 1, 14));
    // Nothing of what was replaced or removed is left.
    let records = store.keys().iter().filter(|key| key.contains("/document/")).count();
    assert_eq!(records, 2, "{:?}", store.keys());
}

#[test]
fn the_same_content_again_changes_only_what_is_said_about_it() {
    let store = Memory::default();
    create(&store);
    let first = put(&store, "a", "some words").unwrap();
    let segments = |store: &Memory| store.keys().iter().filter(|key| key.contains("/segment/")).count();
    let before = segments(&store);
    let renamed = Document { title: "Renamed".to_owned(), added_at: 9, ..document("a", "some words") };
    let second = retrieve(&store).put_document(TENANT, DOCS, renamed).unwrap().finish().unwrap();
    assert_eq!(second, DocumentInfo { title: "Renamed".to_owned(), added_at: 9, ..first });
    assert_eq!(search(&store, "words", 5)[0].title, "Renamed");
    assert_eq!(segments(&store), before);
    assert_eq!(retrieve(&store).list_documents(TENANT, DOCS).unwrap(), [second]);
}

#[test]
fn documents_without_words_are_kept_and_never_found() {
    let store = Memory::default();
    create(&store);
    for (id, content) in [("empty", ""), ("blank", " \n\t\n")] {
        assert_eq!(put(&store, id, content).unwrap().passages, 0);
    }
    assert_eq!(everything(&store), []);
    let listed: Vec<_> =
        retrieve(&store).list_documents(TENANT, DOCS).unwrap().into_iter().map(|info| info.id).collect();
    assert_eq!(listed, ["blank", "empty"]);
    assert!(retrieve(&store).remove_document(TENANT, DOCS, "empty").unwrap());
}

#[test]
fn a_large_document_spans_parts_and_segments_and_is_found_everywhere() {
    let store = Memory::default();
    create(&store);
    let content: String = (0..12_000).map(|n| format!("word{n} of many more that follow on.\n\n")).collect();
    let info = put(&store, "large", &content).unwrap();
    assert!(info.passages >= 6000, "{}", info.passages);
    for n in [0, 1, 5000, 11_999] {
        let best = &search(&store, &format!("word{n}"), 1)[0];
        assert!(best.text.contains(&format!("word{n} ")), "{n}: {}", best.text);
    }
    let largest = store.largest.load(std::sync::atomic::Ordering::Relaxed);
    assert!(largest < 500_000, "a value has {largest} bytes");
    assert!(retrieve(&store).remove_document(TENANT, DOCS, "large").unwrap());
    assert_eq!(everything(&store), []);
    assert_eq!(store.keys().iter().filter(|key| key.contains("/document/")).count(), 0);
}

#[test]
fn equal_scores_come_in_the_order_of_document_and_place() {
    let store = Memory::default();
    create(&store);
    for id in ["c", "a", "d", "b"] {
        put(&store, id, "one two three four\n\nfive six seven eight nine\n\none two three four\n\n").unwrap();
    }
    let order: Vec<_> = search(&store, "one two three four", 8)
        .into_iter()
        .map(|passage| (passage.document, passage.start))
        .collect();
    let expected: Vec<_> =
        ["a", "b", "c", "d"].iter().flat_map(|id| [(id.to_string(), 0), (id.to_string(), 47)]).collect();
    assert_eq!(order, expected);
}

#[test]
fn a_collection_of_another_model_is_refused_with_both_fingerprints() {
    let store = Memory::default();
    create(&store);
    put(&store, "a", "some words").unwrap();
    let other = Words { fingerprint: "words-2", ..WORDS };
    let retrieve = Retrieve::new(&store, &other, &Chunks);
    let errors = [
        retrieve.search(TENANT, DOCS, &Query::new("words", 3)).err().unwrap(),
        retrieve.put_document(TENANT, DOCS, document("b", "x")).err().unwrap(),
    ];
    for error in errors {
        let Error::ModelMismatch(mismatch) = error else { panic!("{error:?}") };
        assert_eq!(mismatch.index_fingerprint, "words-1");
        assert_eq!(mismatch.query_fingerprint, "words-2");
        assert!(mismatch.to_string().contains("words-1") && mismatch.to_string().contains("words-2"));
    }
    // What needs no model works.
    assert_eq!(retrieve.list_documents(TENANT, DOCS).unwrap().len(), 1);
}

#[test]
fn refusals_name_the_field_and_the_remedy() {
    let store = Memory::default();
    create(&store);
    let retrieve = retrieve(&store);
    let create = |name: &str| retrieve.create_collection(TENANT, name, &chunking(), 1, Vec::new());
    for name in ["", "Docs", "a/b", "ä", &"a".repeat(65)] {
        assert!(message(create(name).unwrap_err()).contains("use 1 to 64 of a-z, 0-9"), "{name}");
    }
    assert!(message(retrieve.list_collections("a/b").unwrap_err()).contains("tenant"));
    let chunk = |max_tokens| Options { max_tokens, ..chunking() };
    let wrong = |options: Options| {
        message(retrieve.create_collection(TENANT, "new", &options, 1, Vec::new()).unwrap_err())
    };
    assert!(wrong(chunk(0)).contains("chunking.max-tokens is 0"), "{}", wrong(chunk(0)));
    assert!(wrong(chunk(255)).contains("use 1 to 254"));
    let metadata = vec![("k".to_owned(), "v".repeat(20_000))];
    let error = retrieve.create_collection(TENANT, "new", &chunking(), 1, metadata).unwrap_err();
    assert!(message(error).contains("at most 16384"));
    let refused = |document| message(retrieve.put_document(TENANT, DOCS, document).err().unwrap());
    assert!(refused(document("", "x")).contains("document.id is empty"));
    assert!(refused(document("a\nb", "x")).contains("control characters"));
    assert!(refused(document(&"x".repeat(257), "x")).contains("at most 256"));
    let find = |text, limit| message(retrieve.search(TENANT, DOCS, &Query::new(text, limit)).err().unwrap());
    assert!(find("words", 0).contains("use 1 to 1000") && find("words", 1001).contains("use 1 to 1000"));
    assert!(find(" ", 1).contains("query.text is empty"));
}

#[test]
fn collections_are_listed_counted_and_deleted_without_a_trace() {
    let store = Memory::default();
    let retrieve = retrieve(&store);
    for name in ["b", "a"] {
        retrieve.create_collection(TENANT, name, &chunking(), 5, vec![("k".into(), "v".into())]).unwrap();
    }
    create(&store);
    retrieve.create_collection("other", DOCS, &chunking(), 1, Vec::new()).unwrap();
    assert!(matches!(create_again(&store), Error::CollectionExists(name) if name == DOCS));
    put(&store, "x", "one two three").unwrap();
    let names = |tenant| -> Vec<_> {
        let listed = retrieve.list_collections(tenant).unwrap();
        listed.into_iter().map(|found| (found.name, found.documents)).collect()
    };
    assert_eq!(names(TENANT), [("a".to_owned(), 0), ("b".to_owned(), 0), (DOCS.to_owned(), 1)]);
    assert_eq!(names("other"), [(DOCS.to_owned(), 0)]);
    assert!(retrieve.delete_collection(TENANT, DOCS).unwrap());
    assert!(!retrieve.delete_collection(TENANT, DOCS).unwrap());
    assert_eq!(names(TENANT), [("a".to_owned(), 0), ("b".to_owned(), 0)]);
    let left: Vec<_> =
        store.keys().into_iter().filter(|key| key.starts_with("default/retrieve/docs/")).collect();
    assert_eq!(left, ["default/retrieve/docs/manifest"]);
    assert!(matches!(retrieve.search(TENANT, DOCS, &Query::new("x", 1)), Err(Error::UnknownCollection(_))));
    create(&store);
    assert_eq!(everything(&store), []);
    assert_eq!(names("other"), [(DOCS.to_owned(), 0)]);
}

fn create_again(store: &dyn Store) -> Error {
    retrieve(store).create_collection(TENANT, DOCS, &chunking(), 1, Vec::new()).unwrap_err()
}

#[test]
fn a_value_of_another_version_is_an_error_not_a_guess() {
    let store = Memory::default();
    create(&store);
    store.set_many(vec![("default/retrieve/docs/manifest".to_owned(), vec![9, 1, 2, 3])]).unwrap();
    let error = retrieve(&store).get_collection(TENANT, DOCS).unwrap_err();
    assert!(error.to_string().contains("its format is 9"), "{error}");
}

#[test]
fn segments_that_emptied_are_used_again() {
    let store = Memory::default();
    create(&store);
    for round in 0..6 {
        for n in 0..300 {
            put(&store, &format!("doc{n}"), &format!("round {round} of document {n}")).unwrap();
        }
    }
    let segments = store.keys().iter().filter(|key| key.contains("/segment/")).count();
    assert!(segments <= 8, "{segments} segments for 300 vectors");
    assert_eq!(everything(&store).len(), 300);
}

#[test]
fn filters_hold_before_anything_is_ranked() {
    let store = Memory::default();
    create(&store);
    let add = |id: &str, metadata: &[(&str, &str)]| {
        let metadata = metadata.iter().map(|(key, value)| (key.to_string(), value.to_string())).collect();
        let document = Document { metadata, ..document(id, "whales eat krill in the sea") };
        retrieve(&store).put_document(TENANT, DOCS, document).unwrap().finish().unwrap();
    };
    for n in 0..30 {
        add(&format!("old{n}"), &[("lang", "en"), ("year", "1990")]);
    }
    add("a", &[("lang", "de"), ("year", "2001")]);
    add("b", &[("lang", "fr"), ("year", "2010.5")]);
    let ask = |key: &str, test| -> Vec<String> {
        let filter = vec![Condition { key: key.to_owned(), test }];
        let query = Query { filter, ..Query::new("whales", 3) };
        let found = retrieve(&store).search(TENANT, DOCS, &query).unwrap().finish().unwrap();
        found.hits.into_iter().map(|hit| hit.passage.document).collect()
    };
    let any = |values: &[&str]| Test::AnyOf(values.iter().map(|value| value.to_string()).collect());
    assert_eq!(ask("lang", any(&["de"])), ["a"]);
    assert_eq!(ask("lang", any(&["fr", "de"])), ["a", "b"]);
    assert_eq!(ask("year", Test::Between(Some(2000.0), None)), ["a", "b"]);
    assert_eq!(ask("year", Test::Between(None, Some(1989.0))), [""; 0]);
    // The same content with other metadata is filtered by what it says now.
    add("a", &[("lang", "it")]);
    assert_eq!(ask("lang", any(&["de"])), [""; 0]);
    assert_eq!(ask("lang", any(&["it"])), ["a"]);
}

#[test]
fn words_find_what_vectors_miss_and_each_mode_says_what_it_saw() {
    let store = Memory::default();
    create(&store);
    put(&store, "part", "Replace valve XR-7731 yearly.").unwrap();
    put(&store, "other", "Replace the filter and oil it.").unwrap();
    let ask = |mode| {
        let query = Query { mode, ..Query::new("xr 7731", 2) };
        retrieve(&store).search(TENANT, DOCS, &query).unwrap().finish().unwrap().hits
    };
    let lexical = ask(Mode::Lexical);
    assert_eq!((lexical.len(), lexical[0].passage.document.as_str()), (1, "part"));
    assert!(lexical[0].lexical > 0.0 && lexical[0].passage.score == lexical[0].lexical);
    let hybrid = ask(Mode::Hybrid);
    assert_eq!((hybrid.len(), hybrid[0].passage.document.as_str()), (2, "part"));
    assert!(hybrid.iter().all(|hit| hit.passage.score == hit.probability));
    assert!(ask(Mode::Dense).iter().all(|hit| hit.lexical == 0.0 && hit.passage.score == hit.cosine));
}

/// What a manifest said before there were tiers.
fn outdated() -> Outdated {
    Outdated {
        incarnation: 1,
        fingerprint: "words-1".to_owned(),
        model: "words".to_owned(),
        dimension: 384,
        chunking: (&chunking()).into(),
        created_at: 1,
        metadata: Vec::new(),
        segments: 1,
        open: vec![0],
    }
}

/// A collection with these values, and a record under each of these generations, is refused with the remedy, and nothing stays when it is deleted.
fn is_refused_and_can_be_deleted(manifest: &Manifest, values: Vec<(&str, Vec<u8>)>, generations: &[u64]) {
    let store = Memory::default();
    let retrieve = retrieve(&store);
    let base = "default/retrieve/docs";
    let records = generations.iter().flat_map(|generation| {
        ["head", "0"].map(|part| (format!("{base}/1/document/{generation}/{part}"), vec![1]))
    });
    let values = values.into_iter().map(|(key, value)| (format!("{base}/{key}"), value));
    let manifest = (format!("{base}/manifest"), codec::encode(manifest).unwrap());
    store.set_many(values.chain(records).chain([manifest]).collect()).unwrap();
    assert_eq!(retrieve.get_collection(TENANT, DOCS).unwrap().unwrap().model_id, "words");
    let refusals = [
        retrieve.search(TENANT, DOCS, &Query::new("x", 1)).err().unwrap(),
        retrieve.put_document(TENANT, DOCS, document("b", "x")).err().unwrap(),
        retrieve.list_documents(TENANT, DOCS).unwrap_err(),
    ];
    for error in refusals {
        assert!(error.to_string().contains("delete it, create it again"), "{error}");
    }
    assert!(retrieve.delete_collection(TENANT, DOCS).unwrap());
    assert_eq!(store.keys(), ["default/retrieve/docs/manifest"]);
    create(&store);
    put(&store, "a", "new words").unwrap();
}

#[test]
fn a_collection_of_the_format_without_postings_is_refused_with_the_remedy_and_can_be_deleted() {
    // A segment as it was: appends, dimension, runs of document, generation, base, parts, first, count.
    let segment =
        codec::encode(&(1_u32, 384_u32, [("a", 1_u64, 0_u64, 1_u32, 0_u32, 1_u32)].as_slice())).unwrap();
    is_refused_and_can_be_deleted(&Manifest::Outdated(outdated()), vec![("1/segment/0", segment)], &[1]);
}

#[test]
fn a_collection_of_the_format_without_rows_is_refused_with_the_remedy_and_can_be_deleted() {
    let manifest = Manifest::OutdatedTiers(OutdatedTiers {
        about: outdated(),
        closed: Vec::new(),
        spent: Vec::new(),
        tiers: vec![Tier { number: 0, passages: 1, length: 3 }],
        next_tier: 1,
        due: 4096,
    });
    // As above, with whether it is sealed, the length of the terms, and fields.
    let segment = |generation: u64| {
        let run = ("a", generation, 0_u64, 1_u32, 0_u32, 1_u32, 0_u32, Vec::<u8>::new());
        codec::encode(&(1_u32, 384_u32, true, [run].as_slice())).unwrap()
    };
    let head = codec::encode(&(vec![0_u32], 1_u32, (vec![1.0_f32], vec![0_u8; 384]), vec![7_u32])).unwrap();
    let values = vec![
        ("1/segment/0", segment(2)),
        ("1/tier/0/head", head),
        ("1/tier/0/list/0", segment(1)),
        ("1/tier/0/terms/0", vec![1]),
        ("1/tier/0/group/0", vec![1]),
        ("1/tier/0/postings/0", vec![1]),
    ];
    is_refused_and_can_be_deleted(&manifest, values, &[1, 2]);
}

/// An embedder that counts what it is asked for.
struct Counting(std::sync::atomic::AtomicUsize);

impl Embedder for Counting {
    fn model(&self) -> Model {
        WORDS.model()
    }

    fn embed(&self, texts: &[String], purpose: Purpose) -> Result<Vec<f32>, String> {
        self.0.fetch_add(texts.len(), std::sync::atomic::Ordering::Relaxed);
        WORDS.embed(texts, purpose)
    }
}

#[test]
fn other_metadata_needs_no_model() {
    for compacted in [false, true] {
        let store = super::memory::Memory::default();
        create(&store);
        let content: String = (0..40).map(|n| format!("part {n} of the document.\n\n")).collect();
        put(&store, "other", "another document").unwrap();
        put(&store, "a", &content).unwrap();
        if compacted {
            super::compaction::flush(&store);
        }
        let before = search(&store, "part 7", 5);
        let embedder = Counting(std::sync::atomic::AtomicUsize::new(0));
        let retrieve = Retrieve::new(&store, &embedder, &Chunks);
        let metadata = vec![("source".to_owned(), "elsewhere".to_owned())];
        let changed = Document { metadata: metadata.clone(), ..document("a", &content) };
        let info = retrieve.put_document(TENANT, DOCS, changed).unwrap().finish().unwrap();
        assert_eq!(embedder.0.load(std::sync::atomic::Ordering::Relaxed), 0, "compacted: {compacted}");
        assert_eq!(info.metadata, metadata);
        let mut after = search(&store, "part 7", 5);
        assert!(after.iter().all(|passage| passage.document != "a" || passage.metadata == metadata));
        // What was replaced still counts among the words until it is merged.
        for (after, before) in after.iter_mut().zip(&before) {
            after.metadata.clone_from(&before.metadata);
            after.score = before.score;
        }
        assert_eq!(after, before, "compacted: {compacted}");
        assert_eq!(everything(&store).len(), 2);
    }
}

#[test]
fn a_walk_meets_every_document_once_whatever_its_step() {
    let store = Memory::default();
    create(&store);
    let mut expected: Vec<String> = (0..300).map(|n| format!("document {n}")).collect();
    expected.iter().for_each(|id| drop(put(&store, id, "some words").unwrap()));
    let retrieve = retrieve(&store);
    for step in [1, 7, 299, 300, 1024] {
        let (mut met, mut after) = (Vec::new(), None::<String>);
        loop {
            let infos = retrieve.walk_documents(TENANT, DOCS, after.as_deref(), step).unwrap();
            let last = infos.len() < step as usize;
            after = infos.last().map(|info| info.id.clone()).or(after);
            met.extend(infos.into_iter().map(|info| info.id));
            // What is behind a document doesn't depend on whether that is still there.
            if met.len() == 150 && step == 1 {
                retrieve.remove_document(TENANT, DOCS, after.as_deref().unwrap()).unwrap();
                put(&store, after.as_deref().unwrap(), "some words").unwrap();
            }
            if last {
                break;
            }
        }
        met.sort();
        expected.sort();
        assert_eq!(met, expected, "{step}");
    }
    for limit in [0, 1025] {
        let said = message(retrieve.walk_documents(TENANT, DOCS, None, limit).unwrap_err());
        assert!(said.contains("limit") && said.contains("1024"), "{said}");
    }
}
