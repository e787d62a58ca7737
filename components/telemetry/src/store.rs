//! `wasi:keyvalue` as the core's [`Store`].

use std::cell::Cell;

use gusset_telemetry::Store;

use crate::bindings::exports::gusset::telemetry::telemetry as wit;
use crate::bindings::wasi::keyvalue::{atomics, batch, store};

/// The store as hosts have it that acknowledge before they have written: a trace is no reason to wait for a disk.
const DEFERRED: &str = "deferred";
/// The store that every host has.
const DEFAULT: &str = "default";

thread_local! {
    /// Whether the host may have [`DEFERRED`].
    static DEFERS: Cell<bool> = const { Cell::new(true) };
}

/// The open bucket.
pub(crate) struct KeyValue(store::Bucket);

impl KeyValue {
    pub(crate) fn open() -> Result<Self, wit::Error> {
        if DEFERS.get() {
            match store::open(DEFERRED) {
                Ok(bucket) => return Ok(Self(bucket)),
                Err(_) => DEFERS.set(false),
            }
        }
        store::open(DEFAULT).map(Self).map_err(|error| wit::Error::Store(message(error)))
    }
}

impl Store for KeyValue {
    fn get(&self, key: &str) -> Result<Option<Vec<u8>>, String> {
        self.0.get(key).map_err(message)
    }

    fn get_many(&self, keys: &[String]) -> Result<Vec<Option<Vec<u8>>>, String> {
        let mut pairs = batch::get_many(&self.0, keys).map_err(message)?;
        // The contract doesn't promise an order, and a host may leave out what is absent.
        let mut take = |key: &String| {
            let at = pairs.iter().position(|(k, _)| k == key)?;
            pairs.swap_remove(at).1
        };
        Ok(keys.iter().map(&mut take).collect())
    }

    fn set_many(&self, entries: Vec<(String, Vec<u8>)>) -> Result<(), String> {
        batch::set_many(&self.0, &entries).map_err(message)
    }

    fn delete_many(&self, keys: &[String]) -> Result<(), String> {
        batch::delete_many(&self.0, keys).map_err(message)
    }

    fn increment(&self, key: &str, delta: i64) -> Result<i64, String> {
        atomics::increment(&self.0, key, delta).map_err(message)
    }
}

fn message(error: store::Error) -> String {
    match error {
        store::Error::NoSuchStore => "there is no key-value store named `default`".to_owned(),
        store::Error::AccessDenied => "access to the key-value store `default` is denied".to_owned(),
        store::Error::Other(message) => message,
    }
}
