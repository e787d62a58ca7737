//! Records over a store in memory.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;

use serde_json::value::RawValue;

use super::*;
use crate::Error;
use crate::files::{Store, Swap};

#[derive(Default)]
struct Memory {
    values: RefCell<BTreeMap<String, Vec<u8>>>,
    counter: Cell<i64>,
}

impl Store for Memory {
    type Cas = ();

    fn get(&self, key: &str) -> Result<Option<Vec<u8>>, String> {
        Ok(self.values.borrow().get(key).cloned())
    }

    fn get_many(&self, keys: &[String]) -> Result<Vec<Option<Vec<u8>>>, String> {
        keys.iter().map(|key| self.get(key)).collect()
    }

    fn set(&self, key: &str, value: &[u8]) -> Result<(), String> {
        assert!(value.len() <= 1_000_004, "{key}");
        self.values.borrow_mut().insert(key.into(), value.into());
        Ok(())
    }

    fn delete_many(&self, keys: &[String]) -> Result<(), String> {
        keys.iter().for_each(|key| drop(self.values.borrow_mut().remove(key)));
        Ok(())
    }

    fn increment(&self, _: &str, delta: i64) -> Result<i64, String> {
        self.counter.set(self.counter.get() + delta);
        Ok(self.counter.get())
    }

    fn look(&self, _: &str) -> Result<(), String> {
        Err("not used".into())
    }

    fn seen(&self, (): &()) -> Result<Option<Vec<u8>>, String> {
        Err("not used".into())
    }

    fn swap(&self, (): (), _: &[u8]) -> Result<Swap<()>, String> {
        Err("not used".into())
    }
}

fn id(number: u32) -> String {
    format!("resp_{number:032x}")
}

fn record(number: u32, previous: Option<u32>, content: &str) -> Record {
    let content = RawValue::from_string(serde_json::to_string(content).unwrap()).unwrap();
    Record { id: id(number), previous: previous.map(id), created_at: 1000, content }
}

fn numbers(records: &[Record]) -> Vec<&str> {
    records.iter().map(|record| record.id.trim_start_matches("resp_").trim_start_matches('0')).collect()
}

#[test]
fn a_record_comes_back_whole_whatever_its_size() {
    let store = Memory::default();
    let registry = Registry::new(&store, "t");
    let large = "ü".repeat(1_200_000);
    registry.put(&record(1, None, &large), 9).unwrap();
    let back = registry.require(&id(1), 1000).unwrap();
    assert_eq!(serde_json::from_str::<String>(back.content.get()).unwrap(), large);
    assert_eq!((back.created_at, back.previous), (1000, None));
    assert_eq!(registry.delete(&id(1)), Ok(true));
    assert!(!store.values.borrow().keys().any(|key| key.starts_with("t/responses/")));
    assert_eq!(registry.delete(&id(1)), Ok(false));
    let missing = registry.require(&id(1), 1000).unwrap_err();
    assert!(matches!(missing, Error::NotFound { kind: "response", .. }));
}

#[test]
fn nothing_crosses_tenants_and_no_identity_leaves_its_folder() {
    let store = Memory::default();
    Registry::new(&store, "a").put(&record(1, None, "x"), 9).unwrap();
    assert!(Registry::new(&store, "b").get(&id(1), 0).unwrap().is_none());
    for id in ["", "resp_", "../a/responses", "resp_../../a"] {
        assert!(Registry::new(&store, "b").get(id, 0).unwrap().is_none());
        assert_eq!(Registry::new(&store, "b").delete(id), Ok(false));
    }
}

#[test]
fn a_conversation_is_walked_back_to_its_beginning() {
    let store = Memory::default();
    let registry = Registry::new(&store, "t");
    for (number, previous) in [(1, None), (2, Some(1)), (3, Some(2)), (4, Some(1))] {
        registry.put(&record(number, previous, "x"), 9).unwrap();
    }
    assert_eq!(numbers(&registry.conversation(&id(3), 0).unwrap()), ["1", "2", "3"]);
    assert_eq!(numbers(&registry.conversation(&id(4), 0).unwrap()), ["1", "4"]);
    registry.delete(&id(2)).unwrap();
    let broken = registry.conversation(&id(3), 0).unwrap_err().response();
    assert_eq!((broken.status, broken.param.as_deref()), (400, Some("previous_response_id")));
    assert!(broken.message.contains(&id(2)));
    registry.put(&record(5, Some(5), "x"), 9).unwrap();
    assert!(registry.conversation(&id(5), 0).is_err(), "a loop ends");
}

#[test]
fn what_is_kept_is_bounded_in_number_and_in_time() {
    let store = Memory::default();
    let registry = Registry::new(&store, "t");
    for number in 1..=10 {
        registry.put(&record(number, None, "x"), 3).unwrap();
    }
    let kept: Vec<u32> = (1..=10).filter(|n| registry.get(&id(*n), 1000).unwrap().is_some()).collect();
    assert_eq!(kept, [8, 9, 10]);
    let month = 30 * 24 * 3600;
    assert!(registry.get(&id(9), 1000 + month).unwrap().is_some());
    assert!(registry.get(&id(9), 1001 + month).unwrap().is_none());
    assert!(registry.get(&id(9), 1000).unwrap().is_none(), "what has expired is gone");
}
