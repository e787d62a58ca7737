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
