//! `wasi:keyvalue/store`: one bucket of the host, lent to every opener.
//!
//! The host's bucket holds its own copy of the data, so that two opened buckets never see each other's writes. Hence
//! exactly one is opened, at first use, and kept for the instance's life: what one component writes, all others read.
//! Nothing else in this crate may open a bucket.

use std::cell::OnceCell;

use crate::Drafts;
use crate::bindings::exports::wasi::keyvalue0_2_0_draft2::store as lent;
use crate::bindings::wasi::keyvalue0_2_0_draft::store as host;

/// Name of the store that Gusset's components open.
const LENT_NAME: &str = "default";
/// What `wasmtime serve` calls its only store.
const HOST_NAME: &str = "";

thread_local! {
    static SHARED: OnceCell<host::Bucket> = const { OnceCell::new() };
}

/// A handle without content: there is one bucket, and [`with_shared`] knows it.
pub(crate) struct Bucket;

/// Runs `operation` on the host's bucket.
///
/// # Errors
/// Those of `operation`, and those of the host on opening its bucket for the first time.
pub(crate) fn with_shared<T>(
    operation: impl FnOnce(&host::Bucket) -> Result<T, host::Error>,
) -> Result<T, lent::Error> {
    SHARED.with(|shared| match shared.get() {
        Some(bucket) => operation(bucket).map_err(Into::into),
        None => {
            let opened = host::open(HOST_NAME)?;
            operation(shared.get_or_init(|| opened)).map_err(Into::into)
        }
    })
}

impl From<host::Error> for lent::Error {
    fn from(error: host::Error) -> Self {
        match error {
            host::Error::NoSuchStore => Self::NoSuchStore,
            host::Error::AccessDenied => Self::AccessDenied,
            host::Error::Other(message) => Self::Other(message),
        }
    }
}

impl lent::Guest for Drafts {
    type Bucket = Bucket;

    fn open(identifier: String) -> Result<lent::Bucket, lent::Error> {
        if identifier != LENT_NAME {
            return Err(lent::Error::NoSuchStore);
        }
        with_shared(|_| Ok(lent::Bucket::new(Bucket)))
    }
}

impl lent::GuestBucket for Bucket {
    fn get(&self, key: String) -> Result<Option<Vec<u8>>, lent::Error> {
        with_shared(|bucket| bucket.get(&key))
    }

    fn set(&self, key: String, value: Vec<u8>) -> Result<(), lent::Error> {
        with_shared(|bucket| bucket.set(&key, &value))
    }

    fn delete(&self, key: String) -> Result<(), lent::Error> {
        with_shared(|bucket| bucket.delete(&key))
    }

    fn exists(&self, key: String) -> Result<bool, lent::Error> {
        with_shared(|bucket| bucket.exists(&key))
    }

    /// The earlier draft's cursor is a number, the later one's a string: its decimal digits.
    fn list_keys(&self, cursor: Option<String>) -> Result<lent::KeyResponse, lent::Error> {
        let cursor = cursor
            .map(|digits| {
                digits
                    .parse::<u64>()
                    .map_err(|_| lent::Error::Other(format!("`{digits}` is not a cursor of this store")))
            })
            .transpose()?;
        let page = with_shared(|bucket| bucket.list_keys(cursor))?;
        Ok(lent::KeyResponse { keys: page.keys, cursor: page.cursor.map(|next| next.to_string()) })
    }
}
