//! What comes after the first stage: deadlines, the floor, budgets. The reranker here likes passages that end in `!`, and takes a millisecond a passage.

use std::cell::Cell;

use super::memory::Memory;
use super::*;
use crate::{Clock, Degraded, Found, Rerank, Reranker, Reranking};

#[derive(Default)]
struct Slow {
    now: Cell<u64>,
    ms_a_passage: u64,
    fails: bool,
}

struct Session<'a> {
    slow: &'a Slow,
    scores: Vec<f32>,
    read: usize,
}

impl Clock for Slow {
    fn now_ms(&self) -> u64 {
        self.now.get()
    }
}

impl Reranker for Slow {
    fn begin(&self, _: &str, passages: &[String]) -> Result<Box<dyn Reranking + '_>, String> {
        let score = |text: &String| if text.trim_end().ends_with('!') { 40.0 } else { 0.0 };
        Ok(Box::new(Session { slow: self, scores: passages.iter().map(score).collect(), read: 0 }))
    }
}

impl Reranking for Session<'_> {
    fn step(&mut self) -> Result<bool, String> {
        if self.slow.fails {
            return Err("out of order".to_owned());
        }
        self.slow.now.set(self.slow.now.get() + self.slow.ms_a_passage);
        self.read += 1;
        Ok(self.read < self.scores.len())
    }

    fn scores(&self) -> Vec<Option<f32>> {
        self.scores.iter().enumerate().map(|(at, &score)| (at < self.read).then_some(score)).collect()
    }
}

fn filled() -> Memory {
    let store = Memory::default();
    create(&store);
    for n in 0..60 {
        let end = if n == 40 { "!" } else { "." };
        put(&store, &format!("doc{n:02}"), &format!("whales eat krill in sea number {n}{end}")).unwrap();
    }
    store
}

fn ask(store: &Memory, slow: &Slow, query: &Query) -> Found {
    retrieve(store).with_reranker(slow, slow).search(TENANT, DOCS, query).unwrap().finish().unwrap()
}

#[test]
fn a_deadline_shrinks_what_is_read_and_says_so() {
    let store = filled();
    let query =
        |deadline_ms| Query { rerank: Some(Rerank { deadline_ms }), ..Query::new("whales and krill", 10) };
    let slow = Slow { ms_a_passage: 10, ..Slow::default() };
    let all = ask(&store, &slow, &query(None));
    assert_eq!((all.note.candidates, all.note.reranked, &all.note.degraded), (50, 50, &None));
    for deadline in [1, 50, 79, 80, 200, 333, 499, 500, 1000] {
        let slow = Slow { ms_a_passage: 10, ..Slow::default() };
        let found = ask(&store, &slow, &query(Some(deadline)));
        let affordable = (deadline / 10).clamp(1, 50);
        assert!(found.note.reranked.abs_diff(affordable) <= 1, "{deadline} ms: {:?}", found.note);
        assert!(slow.now.get() <= u64::from(deadline).max(10), "{deadline} ms: {} ms", slow.now.get());
        assert_eq!(found.hits.len(), 10);
        let read = found.hits.iter().filter(|hit| hit.rerank.is_some()).count();
        assert_eq!(read as u32, found.note.reranked.min(10));
        assert!(found.hits.is_sorted_by(|a, b| a.passage.score >= b.passage.score), "{deadline} ms");
        if found.note.reranked < 50 {
            let expected =
                Degraded::Deadline { deadline_ms: deadline, read: found.note.reranked, candidates: 50 };
            assert_eq!(found.note.degraded, Some(expected));
        }
    }
}

#[test]
fn what_the_reranker_prefers_comes_first_and_its_failure_is_survived() {
    let store = filled();
    let query =
        Query { rerank: Some(Rerank { deadline_ms: None }), ..Query::new("krill in sea number 40", 3) };
    assert_eq!(ask(&store, &Slow::default(), &query).hits[0].passage.document, "doc40");
    let failed = ask(&store, &Slow { fails: true, ..Slow::default() }, &query);
    assert_eq!((failed.hits.len(), failed.note.reranked), (3, 0));
    assert_eq!(failed.note.degraded, Some(Degraded::Failed("out of order".to_owned())));
    let without = retrieve(&store).search(TENANT, DOCS, &query).unwrap().finish().unwrap();
    assert_eq!(without.note.degraded, Some(Degraded::NoReranker));
    assert_eq!(without.hits, failed.hits);
}

#[test]
fn below_the_floor_nothing_is_found() {
    let store = filled();
    let query = |text: &str, floor| Query { floor, ..Query::new(text, 5) };
    let near = ask(&store, &Slow::default(), &query("whales eat krill in sea number 7", 0.0));
    let far = ask(&store, &Slow::default(), &query("tax law of medieval towns", 0.0));
    assert!(near.note.confidence > far.note.confidence);
    let floor = (near.note.confidence + far.note.confidence) / 2.0;
    let far = ask(&store, &Slow::default(), &query("tax law of medieval towns", floor));
    assert!(far.hits.is_empty() && far.note.below_floor && far.note.candidates > 0, "{far:?}");
    assert_eq!(
        ask(&store, &Slow::default(), &query("whales eat krill in sea number 7", floor)).hits.len(),
        5
    );
}

#[test]
fn near_duplicates_give_way_and_a_budget_is_kept() {
    let store = filled();
    put(&store, "copy", "whales eat krill in sea number 7.").unwrap();
    let query = Query { diversity: Some(0.0), ..Query::new("whales eat krill in sea number 7", 5) };
    let documents =
        |found: Found| -> Vec<String> { found.hits.into_iter().map(|hit| hit.passage.document).collect() };
    let found = documents(ask(&store, &Slow::default(), &query));
    assert!(found.contains(&"copy".to_owned()) ^ found.contains(&"doc07".to_owned()), "{found:?}");
    let query = Query { budget_tokens: Some(20), ..Query::new("whales eat krill", 5) };
    let tokens: u32 = ask(&store, &Slow::default(), &query).hits.iter().map(|hit| hit.passage.tokens).sum();
    assert!((7..=20).contains(&tokens), "{tokens}");
}

#[test]
fn refusals_name_the_field_and_the_remedy() {
    let store = filled();
    let refused = |query: Query| retrieve(&store).search(TENANT, DOCS, &query).err().unwrap().to_string();
    assert!(refused(Query { floor: 1.5, ..Query::new("x", 1) }).contains("query.floor is 1.5; use 0 to 1"));
    assert!(refused(Query { diversity: Some(-1.0), ..Query::new("x", 1) }).contains("query.diversity is -1"));
    assert!(
        refused(Query { budget_tokens: Some(0), ..Query::new("x", 1) }).contains("query.budget-tokens is 0")
    );
}
