//! The core's store over `wasi:keyvalue`, and the core over that and the models.

use std::collections::HashMap;

use gusset_retrieve::{Edit, Retrieve, Store, StoreError};

use crate::bindings::exports::gusset::retrieve::collections::Error;
use crate::bindings::wasi::keyvalue::{atomics, batch, store};
use crate::models::Models;

/// The store that Gusset keeps everything in.
const BUCKET: &str = "default";

/// All imports, for the length of one call.
pub(crate) struct Imports {
    bucket: store::Bucket,
}

impl Imports {
    pub(crate) fn open() -> Result<Self, Error> {
        let bucket = store::open(BUCKET).map_err(|error| Error::Store(failure(error).0))?;
        Ok(Self { bucket })
    }

    pub(crate) fn core(&self) -> Retrieve<'_> {
        Retrieve::new(self, &Models, &Models).with_reranker(&Models, &Models)
    }
}

/// Calls the core once.
pub(crate) fn with_core<T>(
    call: impl FnOnce(Retrieve<'_>) -> Result<T, gusset_retrieve::Error>,
) -> Result<T, Error> {
    call(Imports::open()?.core()).map_err(Error::from)
}

impl Store for Imports {
    fn get(&self, key: &str) -> Result<Option<Vec<u8>>, StoreError> {
        self.bucket.get(key).map_err(failure)
    }

    fn get_many(&self, keys: &[String]) -> Result<Vec<Option<Vec<u8>>>, StoreError> {
        let mut found: HashMap<_, _> =
            batch::get_many(&self.bucket, keys).map_err(failure)?.into_iter().collect();
        Ok(keys.iter().map(|key| found.remove(key).flatten()).collect())
    }

    fn set_many(&self, entries: Vec<(String, Vec<u8>)>) -> Result<(), StoreError> {
        batch::set_many(&self.bucket, &entries).map_err(failure)
    }

    fn delete_many(&self, keys: &[String]) -> Result<(), StoreError> {
        batch::delete_many(&self.bucket, keys).map_err(failure)
    }

    fn swap(&self, key: &str, change: &mut Edit<'_>) -> Result<bool, StoreError> {
        let cas = atomics::Cas::new(&self.bucket, key).map_err(failure)?;
        let current = cas.current().map_err(failure)?;
        let Some(value) = change(current.as_deref()) else { return Ok(true) };
        match atomics::swap(cas, &value) {
            Ok(()) => Ok(true),
            Err(atomics::CasError::CasFailed(_)) => Ok(false),
            Err(atomics::CasError::StoreError(error)) => Err(failure(error)),
        }
    }
}

fn failure(error: store::Error) -> StoreError {
    StoreError(match error {
        store::Error::NoSuchStore => format!("the host has no store {BUCKET:?}"),
        store::Error::AccessDenied => format!("the host denies access to the store {BUCKET:?}"),
        store::Error::Other(message) => message,
    })
}
