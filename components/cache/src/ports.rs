//! The core's traits over the imports: `wasi:keyvalue`, `gusset:embed`.

use std::collections::HashMap;
use std::sync::OnceLock;

use gusset_cache::{Cache, Edit, Embedder, Model, Prior, Store, StoreError};

use crate::PRIOR;
use crate::bindings::exports::gusset::cache::cache::Error;
use crate::bindings::gusset::embed::embed;
use crate::bindings::wasi::keyvalue::{atomics, batch, store};

/// The store that Gusset keeps everything in.
const BUCKET: &str = "default";

/// All imports, for the length of one call.
struct Imports {
    bucket: store::Bucket,
}

/// Calls the core once. Without a prior that can be read, the same requests still hit.
pub(crate) fn with_core<T>(
    call: impl FnOnce(Cache<'_>) -> Result<T, gusset_cache::Error>,
) -> Result<T, Error> {
    static READ: OnceLock<Option<Prior<'static>>> = OnceLock::new();
    let bucket = store::open(BUCKET).map_err(|error| Error::Store(failure(error).0))?;
    let imports = Imports { bucket };
    let cache = Cache::new(&imports);
    match READ.get_or_init(|| Prior::read(PRIOR).ok()) {
        Some(prior) => call(cache.with_semantics(&imports, prior)),
        None => call(cache),
    }
    .map_err(Error::from)
}

impl Store for Imports {
    fn read(&self, keys: &[String]) -> Result<Vec<Option<Vec<u8>>>, StoreError> {
        let mut found: HashMap<_, _> =
            batch::get_many(&self.bucket, keys).map_err(failure)?.into_iter().collect();
        Ok(keys.iter().map(|key| found.remove(key).flatten()).collect())
    }

    fn write(&self, key: &str, value: &[u8]) -> Result<(), StoreError> {
        self.bucket.set(key, value).map_err(failure)
    }

    fn delete(&self, keys: &[String]) -> Result<(), StoreError> {
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

impl Embedder for Imports {
    fn model(&self) -> Model {
        let embed::Model { id, fingerprint, .. } = embed::model_info();
        Model { id, fingerprint }
    }

    fn embed(&self, question: &str) -> Result<Option<Vec<f32>>, String> {
        match embed::embed(&[question.to_owned()], embed::Purpose::Query) {
            Ok(made) if made.truncated.contains(&true) => Ok(None),
            Ok(made) => Ok(Some(made.values)),
            Err(embed::Error::Other(message)) => Err(message),
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
