//! `wasi:keyvalue` over the [store](crate::state::Store): handles and errors, nothing decided.

use super::{Ctx, Shared};
use crate::bindings::keyvalue::atomics::{self, CasError};
use crate::bindings::keyvalue::batch;
use crate::bindings::keyvalue::store::{self, Error, KeyResponse};
use crate::state::{self, Entry};
use wasmtime::component::Resource;

/// The one store there is.
const DEFAULT: &str = "default";

/// The same, for what may be lost in a crash: what is changed through it is acknowledged before it is durable.
const DEFERRED: &str = "deferred";

/// An open store.
#[derive(Clone, Copy)]
pub struct Bucket {
    deferred: bool,
}

/// A key as it was when the handle was made.
pub struct Cas {
    key: String,
    seen: Option<Entry>,
}

async fn read(shared: &Shared, key: String) -> Result<Option<Entry>, Error> {
    let entries = shared.state.get(vec![key]).await.map_err(other)?;
    Ok(entries.into_iter().next().flatten())
}

/// For people, and not to be parsed: the contract's own words for it.
fn other(error: state::Error) -> Error {
    tracing::warn!("state: {error}");
    Error::Other(error.to_string())
}

impl Ctx {
    async fn change(
        &mut self,
        bucket: &Resource<Bucket>,
        changes: Vec<(String, Option<Vec<u8>>)>,
    ) -> wasmtime::Result<Result<(), Error>> {
        let state = &self.shared.state;
        let changed =
            if self.table.get(bucket)?.deferred { state.defer(changes) } else { state.write(changes) };
        Ok(changed.await.map_err(other))
    }
}

// === wasi:keyvalue/store ===

impl store::Host for Ctx {
    async fn open(&mut self, identifier: String) -> wasmtime::Result<Result<Resource<Bucket>, Error>> {
        let deferred = match identifier.as_str() {
            DEFAULT => false,
            DEFERRED => true,
            _ => return Ok(Err(Error::NoSuchStore)),
        };
        Ok(Ok(self.table.push(Bucket { deferred })?))
    }
}

impl store::HostBucket for Ctx {
    async fn get(
        &mut self,
        _: Resource<Bucket>,
        key: String,
    ) -> wasmtime::Result<Result<Option<Vec<u8>>, Error>> {
        Ok(read(&self.shared, key).await.map(|entry| entry.map(|entry| entry.value)))
    }

    async fn set(
        &mut self,
        bucket: Resource<Bucket>,
        key: String,
        value: Vec<u8>,
    ) -> wasmtime::Result<Result<(), Error>> {
        self.change(&bucket, vec![(key, Some(value))]).await
    }

    async fn delete(&mut self, bucket: Resource<Bucket>, key: String) -> wasmtime::Result<Result<(), Error>> {
        self.change(&bucket, vec![(key, None)]).await
    }

    async fn exists(&mut self, _: Resource<Bucket>, key: String) -> wasmtime::Result<Result<bool, Error>> {
        Ok(read(&self.shared, key).await.map(|entry| entry.is_some()))
    }

    /// The cursor is the last key of the page before.
    async fn list_keys(
        &mut self,
        _: Resource<Bucket>,
        cursor: Option<String>,
    ) -> wasmtime::Result<Result<KeyResponse, Error>> {
        let page = self.shared.state.list(cursor).await.map_err(other);
        Ok(page.map(|page| KeyResponse {
            cursor: page.keys.last().cloned().filter(|_| page.more),
            keys: page.keys,
        }))
    }

    fn drop(&mut self, bucket: Resource<Bucket>) -> wasmtime::Result<()> {
        self.table.delete(bucket)?;
        Ok(())
    }
}

// === wasi:keyvalue/atomics ===

impl atomics::Host for Ctx {
    async fn increment(
        &mut self,
        bucket: Resource<Bucket>,
        key: String,
        delta: i64,
    ) -> wasmtime::Result<Result<i64, Error>> {
        let state = &self.shared.state;
        let counted = if self.table.get(&bucket)?.deferred {
            state.defer_increment(key, delta)
        } else {
            state.increment(key, delta)
        };
        Ok(counted.await.map_err(other))
    }

    async fn swap(&mut self, cas: Resource<Cas>, value: Vec<u8>) -> wasmtime::Result<Result<(), CasError>> {
        let Cas { key, seen } = self.table.delete(cas)?;
        match self.shared.state.swap(key.clone(), seen.map(|entry| entry.version), value).await {
            Ok(true) => Ok(Ok(())),
            Ok(false) => match read(&self.shared, key.clone()).await {
                Ok(seen) => Ok(Err(CasError::CasFailed(self.table.push(Cas { key, seen })?))),
                Err(error) => Ok(Err(CasError::StoreError(error))),
            },
            Err(error) => Ok(Err(CasError::StoreError(other(error)))),
        }
    }
}

impl atomics::HostCas for Ctx {
    async fn new(
        &mut self,
        _: Resource<Bucket>,
        key: String,
    ) -> wasmtime::Result<Result<Resource<Cas>, Error>> {
        match read(&self.shared, key.clone()).await {
            Ok(seen) => Ok(Ok(self.table.push(Cas { key, seen })?)),
            Err(error) => Ok(Err(error)),
        }
    }

    async fn current(&mut self, cas: Resource<Cas>) -> wasmtime::Result<Result<Option<Vec<u8>>, Error>> {
        Ok(Ok(self.table.get(&cas)?.seen.as_ref().map(|entry| entry.value.clone())))
    }

    fn drop(&mut self, cas: Resource<Cas>) -> wasmtime::Result<()> {
        self.table.delete(cas)?;
        Ok(())
    }
}

// === wasi:keyvalue/batch ===

impl batch::Host for Ctx {
    async fn get_many(
        &mut self,
        _: Resource<Bucket>,
        keys: Vec<String>,
    ) -> wasmtime::Result<Result<Vec<(String, Option<Vec<u8>>)>, Error>> {
        let entries = self.shared.state.get(keys.clone()).await.map_err(other);
        let values =
            |entries: Vec<Option<Entry>>| entries.into_iter().map(|entry| entry.map(|entry| entry.value));
        Ok(entries.map(|entries| keys.into_iter().zip(values(entries)).collect()))
    }

    async fn set_many(
        &mut self,
        bucket: Resource<Bucket>,
        pairs: Vec<(String, Vec<u8>)>,
    ) -> wasmtime::Result<Result<(), Error>> {
        let changes = pairs.into_iter().map(|(key, value)| (key, Some(value))).collect();
        self.change(&bucket, changes).await
    }

    async fn delete_many(
        &mut self,
        bucket: Resource<Bucket>,
        keys: Vec<String>,
    ) -> wasmtime::Result<Result<(), Error>> {
        let changes = keys.into_iter().map(|key| (key, None)).collect();
        self.change(&bucket, changes).await
    }
}
