//! A key-value store in memory for tests, with other writers in between and several threads at once.

use std::collections::{BTreeMap, VecDeque};
use std::sync::atomic::{AtomicU64, Ordering::SeqCst};
use std::sync::{Barrier, Mutex};

use crate::files::{Store, Swap};

/// Something that another writer does.
pub(crate) type Job = Box<dyn FnOnce(&Memory) + Send>;

#[derive(Default)]
pub(crate) struct Memory {
    values: Mutex<BTreeMap<String, (u64, Vec<u8>)>>,
    /// One by one, what other writers do between a look and its swap, where there is something.
    pub(crate) rivals: Mutex<VecDeque<Option<Job>>>,
    /// Where every first look waits for the others.
    pub(crate) gate: Option<Barrier>,
    pub(crate) reads: AtomicU64,
    pub(crate) looks: AtomicU64,
    pub(crate) swaps: AtomicU64,
    pub(crate) lost: AtomicU64,
    version: AtomicU64,
}

impl Memory {
    /// A store at which so many writers look before any of them writes.
    pub(crate) fn with_gate(writers: usize) -> Self {
        Self { gate: Some(Barrier::new(writers)), ..Self::default() }
    }

    pub(crate) fn keys(&self) -> Vec<String> {
        self.values.lock().unwrap().keys().cloned().collect()
    }

    /// Looks, swaps and other calls since the last time.
    pub(crate) fn trips(&self) -> (u64, u64, u64) {
        (self.looks.swap(0, SeqCst), self.swaps.swap(0, SeqCst), self.reads.swap(0, SeqCst))
    }

    fn seen(&self, key: &str) -> Option<(u64, Vec<u8>)> {
        self.values.lock().unwrap().get(key).cloned()
    }
}

impl Store for Memory {
    type Cas = (String, Option<(u64, Vec<u8>)>);

    fn get(&self, key: &str) -> Result<Option<Vec<u8>>, String> {
        self.reads.fetch_add(1, SeqCst);
        Ok(self.seen(key).map(|(_, value)| value))
    }
    fn get_many(&self, keys: &[String]) -> Result<Vec<Option<Vec<u8>>>, String> {
        self.reads.fetch_add(1, SeqCst);
        Ok(keys.iter().map(|key| self.seen(key).map(|(_, value)| value)).collect())
    }
    fn set(&self, key: &str, value: &[u8]) -> Result<(), String> {
        let version = self.version.fetch_add(1, SeqCst);
        self.values.lock().unwrap().insert(key.into(), (version, value.into()));
        Ok(())
    }
    fn delete_many(&self, keys: &[String]) -> Result<(), String> {
        keys.iter().for_each(|key| drop(self.values.lock().unwrap().remove(key)));
        Ok(())
    }
    fn increment(&self, _: &str, _: i64) -> Result<i64, String> {
        Err("no counters here".into())
    }
    fn look(&self, key: &str) -> Result<Self::Cas, String> {
        self.looks.fetch_add(1, SeqCst);
        let seen = self.seen(key);
        if let Some(gate) = &self.gate {
            gate.wait();
        }
        Ok((key.into(), seen))
    }
    fn seen(&self, cas: &Self::Cas) -> Result<Option<Vec<u8>>, String> {
        Ok(cas.1.as_ref().map(|(_, value)| value.clone()))
    }
    fn swap(&self, (key, seen): Self::Cas, value: &[u8]) -> Result<Swap<Self::Cas>, String> {
        self.swaps.fetch_add(1, SeqCst);
        let rival = self.rivals.lock().unwrap().pop_front().flatten();
        if let Some(rival) = rival {
            rival(self);
        }
        let mut values = self.values.lock().unwrap();
        let newer = values.get(&key).cloned();
        if newer.as_ref().map(|(version, _)| version) != seen.as_ref().map(|(version, _)| version) {
            self.lost.fetch_add(1, SeqCst);
            return Ok(Swap::Lost((key, newer)));
        }
        values.insert(key, (self.version.fetch_add(1, SeqCst), value.into()));
        Ok(Swap::Done)
    }
}
