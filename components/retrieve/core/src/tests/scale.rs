//! That cost grows with the work: bytes written and operations for thousands of small documents. `--nocapture` prints times.

use std::sync::atomic::Ordering;
use std::time::Instant;

use super::memory::Memory;
use super::*;

#[test]
fn small_documents_cost_the_same_whatever_is_there_already() {
    let store = Memory::default();
    create(&store);
    let mut last = (0, 0);
    let mut batches = Vec::new();
    for batch in 0..5 {
        let started = Instant::now();
        for n in 0..1000 {
            let n = batch * 1000 + n;
            put(&store, &format!("document-{n}.md"), &format!("passage {n} about topic {}", n % 97)).unwrap();
        }
        let now = (store.operations.load(Ordering::Relaxed), store.written.load(Ordering::Relaxed));
        batches.push((now.0 - last.0, now.1 - last.1));
        println!(
            "{:?} for 1000 documents: {} operations, {} kB written",
            started.elapsed(),
            now.0 - last.0,
            (now.1 - last.1) / 1000
        );
        last = now;
    }
    let (first, last) = (batches[0], batches[4]);
    assert!(last.0 <= first.0 * 11 / 10, "operations grow: {batches:?}");
    assert!(last.1 <= first.1 * 3 / 2, "bytes grow: {batches:?}");
    let started = Instant::now();
    for n in 0..20 {
        let found = search(&store, &format!("passage {n} about topic {}", n % 97), 6);
        assert_eq!(found[0].document, format!("document-{n}.md"));
    }
    println!("{:?} a search over 5000 vectors", started.elapsed() / 20);
}

/// The bound that `search` documents.
#[test]
fn a_search_reads_a_bounded_number_of_keys_whatever_the_size() {
    const NARROW: Words = Words { fingerprint: "narrow", dimension: 32 };
    let store = Memory::default();
    let retrieve = Retrieve::new(&store, &NARROW, &Chunks);
    retrieve.create_collection(TENANT, DOCS, &chunking(), 1, Vec::new()).unwrap();
    let place = crate::manifest::Place::new(TENANT, DOCS, 1);
    let mut read = Vec::new();
    for document_number in 0..200 {
        let line =
            |n: u32| format!("passage{} of topic{} kind{}.\n\n", document_number * 100 + n, n % 97, n % 13);
        let content: String = (0..100).map(line).collect();
        let document = document(&format!("d{document_number}"), &content);
        retrieve.put_document(TENANT, DOCS, document).unwrap().finish().unwrap();
        if [9, 99, 199].contains(&document_number) {
            let before = store.operations.load(Ordering::Relaxed);
            let text = format!("passage{}", document_number * 100 + 7);
            let found = retrieve.search(TENANT, DOCS, &Query::new(&text, 10)).unwrap().finish().unwrap();
            assert!(found.hits[0].passage.text.contains(&text), "{text}: {found:?}");
            let keys = store.operations.load(Ordering::Relaxed) - before;
            let live = place.check(&store).unwrap();
            let tiers = live.tiers.len();
            // Heads and blocks, groups, lists, rows, candidates, manifest and totals.
            let bound = live.scanned().count() + 2 * tiers + (48 + 48) * (3 + tiers) / 4 + 64 + 3 * 36 + 8;
            assert!(keys <= bound, "{keys} keys are read, {bound} are allowed");
            read.push((live.compacted(), live.tiers.len(), keys));
        }
    }
    println!("(compacted, tiers, keys): {read:?}");
    let (_, tiers, _) = read[2];
    assert!((1..=5).contains(&tiers), "{read:?}");
}
