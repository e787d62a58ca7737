//! The archive over a store in memory, which can be told to fail.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;

use super::*;
use crate::span::Status;

#[derive(Default)]
struct Memory {
    values: RefCell<BTreeMap<String, Vec<u8>>>,
    counters: RefCell<BTreeMap<String, i64>>,
    calls: Cell<u32>,
    full: Cell<bool>,
}

impl Memory {
    fn call(&self) {
        self.calls.set(self.calls.get() + 1);
    }
}

impl Store for Memory {
    fn get(&self, key: &str) -> Result<Option<Vec<u8>>, String> {
        self.call();
        Ok(self.values.borrow().get(key).cloned())
    }
    fn get_many(&self, keys: &[String]) -> Result<Vec<Option<Vec<u8>>>, String> {
        self.call();
        Ok(keys.iter().map(|k| self.values.borrow().get(k).cloned()).collect())
    }
    fn set_many(&self, entries: Vec<(String, Vec<u8>)>) -> Result<(), String> {
        self.call();
        if self.full.get() {
            return Err("no space left".into());
        }
        self.values.borrow_mut().extend(entries);
        Ok(())
    }
    fn delete_many(&self, keys: &[String]) -> Result<(), String> {
        self.call();
        self.values.borrow_mut().retain(|key, _| !keys.contains(key));
        Ok(())
    }
    fn increment(&self, key: &str, delta: i64) -> Result<i64, String> {
        self.call();
        let mut counters = self.counters.borrow_mut();
        let value = counters.entry(key.into()).or_default();
        *value += delta;
        Ok(*value)
    }
}

fn trace(id: u32) -> Recorded {
    let span = |name: &str, parent: Option<&str>, start: u64| Span {
        trace_id: format!("{id:032x}"),
        span_id: format!("{name}-{id}"),
        parent: parent.map(|p| format!("{p}-{id}")),
        name: name.into(),
        start: u64::from(id) * 100 + start,
        end: u64::from(id) * 100 + start + 10,
        status: Status::Ok,
        attributes: vec![("tokens".into(), Value::Integer(3)), ("score".into(), Value::Number(0.5))],
    };
    Recorded { spans: vec![span("search", Some("chat"), 5), span("chat", None, 0)], dropped: 0 }
}

/// Ids of the listed traces.
fn listed(store: &Memory, limit: u32) -> Vec<u32> {
    let found = Archive::new(store, "default").list(limit).unwrap();
    found.iter().map(|s| u32::from_str_radix(&s.trace_id, 16).unwrap()).collect()
}

fn write(store: &Memory, ids: std::ops::RangeInclusive<u32>, keep: u32) {
    for id in ids {
        Archive::new(store, "default").write(trace(id), keep).unwrap();
    }
}

#[test]
fn traces_are_listed_newest_first_and_read_back() {
    let store = Memory::default();
    write(&store, 1..=3, 10);
    assert_eq!(listed(&store, 10), [3, 2, 1]);
    assert_eq!(listed(&store, 2), [3, 2]);
    assert_eq!(listed(&store, 0), [0; 0]);

    let summary = &Archive::new(&store, "default").list(1).unwrap()[0];
    assert_eq!((summary.name.as_str(), summary.spans), ("chat", 2));
    assert_eq!((summary.start, summary.end), (300, 315));

    let spans = Archive::new(&store, "default").get(&format!("{:032x}", 2)).unwrap().unwrap();
    let mut expected = trace(2).spans;
    expected.reverse();
    assert_eq!(spans, expected);
}

#[test]
fn what_is_unknown_or_of_another_tenant_is_not_found() {
    let store = Memory::default();
    write(&store, 1..=1, 10);
    assert_eq!(Archive::new(&store, "default").get(&format!("{:032x}", 9)).unwrap(), None);
    assert_eq!(Archive::new(&store, "other").get(&format!("{:032x}", 1)).unwrap(), None);
    assert_eq!(Archive::new(&store, "other").list(10).unwrap(), []);
}

#[test]
fn no_more_than_keep_are_remembered_and_few_more_are_stored() {
    for keep in [1, 2, 16, 100, 1000] {
        let store = Memory::default();
        write(&store, 1..=keep + 300, keep);
        let expected: Vec<u32> = (301..=keep + 300).rev().collect();
        assert_eq!(listed(&store, u32::MAX), expected, "keep {keep}");
        let forgotten = format!("{:032x}", 300);
        assert_eq!(Archive::new(&store, "default").get(&forgotten).unwrap(), None, "keep {keep}");
        let records = store.values.borrow().len() as u32;
        assert!(records <= 2 * (keep + keep / 16 + 1) + 1, "keep {keep}: {records} records");
    }
}

#[test]
fn a_changed_retention_never_loses_the_newest() {
    let store = Memory::default();
    write(&store, 1..=100, 100);
    write(&store, 101..=101, 5);
    assert_eq!(listed(&store, 100), [101, 100, 99, 98, 97]);
    write(&store, 102..=110, 50);
    assert_eq!(listed(&store, 3), [110, 109, 108]);
    assert!(listed(&store, 100).len() >= 10);
    write(&store, 111..=300, 2);
    assert_eq!(listed(&store, 100), [300, 299]);
    assert!(store.values.borrow().len() <= 7, "the sweep catches up: {:?}", store.values.borrow().keys());
}

#[test]
fn requests_of_one_trace_are_read_as_one() {
    let store = Memory::default();
    write(&store, 7..=7, 10);
    write(&store, 8..=8, 10);
    write(&store, 7..=7, 10);
    let spans = Archive::new(&store, "default").get(&format!("{:032x}", 7)).unwrap().unwrap();
    assert_eq!(spans.len(), 4);
    assert!(spans.is_sorted_by_key(|s| s.start));
}

#[test]
fn dropped_spans_are_said_on_the_root() {
    let store = Memory::default();
    let mut full = trace(1);
    full.dropped = 12;
    Archive::new(&store, "default").write(full, 10).unwrap();
    let spans = Archive::new(&store, "default").get(&format!("{:032x}", 1)).unwrap().unwrap();
    let said = ("gusset.spans.dropped".to_owned(), Value::Integer(12));
    assert!(spans[0].attributes.contains(&said));
    assert_eq!(Archive::new(&store, "default").list(1).unwrap()[0].spans, 14);
}

#[test]
fn nothing_recorded_is_nothing_written() {
    let store = Memory::default();
    Archive::new(&store, "default").write(Recorded::default(), 10).unwrap();
    assert_eq!(store.calls.get(), 0);
}

#[test]
fn a_full_store_is_an_error_and_older_traces_stay() {
    let store = Memory::default();
    write(&store, 1..=2, 10);
    store.full.set(true);
    let failed = Archive::new(&store, "default").write(trace(3), 10);
    assert_eq!(failed, Err(Error::Store("no space left".into())));
    assert_eq!(listed(&store, 10), [2, 1]);
}

#[test]
fn a_record_of_another_version_is_passed_over() {
    let store = Memory::default();
    write(&store, 1..=3, 10);
    store.values.borrow_mut().insert("default/traces/entry/2".into(), vec![0xff; 3]);
    assert_eq!(listed(&store, 10), [3, 1]);
    store.values.borrow_mut().insert("default/traces/spans/3".into(), vec![0xff; 3]);
    let got = Archive::new(&store, "default").get(&format!("{:032x}", 3));
    assert!(matches!(got, Err(Error::Malformed { .. })), "{got:?}");
}

#[test]
fn a_list_reads_in_batches() {
    let store = Memory::default();
    write(&store, 1..=200, 1000);
    store.calls.set(0);
    assert_eq!(listed(&store, 200).len(), 200);
    assert_eq!(store.calls.get(), 1 + 4);
}
