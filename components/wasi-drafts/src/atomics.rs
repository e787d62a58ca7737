//! `wasi:keyvalue/atomics`: increments are the host's, compare-and-swap is emulated.
//!
//! The earlier draft has no compare-and-swap, so a swap here reads, compares and writes. That is sound on `wasmtime
//! serve`, for two reasons that have to hold together: the store is private to one instance of the application, so no
//! other instance can write between the read and the write; and `swap` is a plain `func` that calls plain `func`s only,
//! so no other task of this instance can run between them. On a store that several instances share it would lose
//! writes: such a host has to provide the later draft itself.

use crate::Drafts;
use crate::bindings::exports::wasi::keyvalue0_2_0_draft2::atomics as lent;
use crate::bindings::wasi::keyvalue0_2_0_draft::atomics as host;
use crate::store::with_shared;

/// A key, and its value when the handle was made.
pub(crate) struct Cas {
    key: String,
    seen: Option<Vec<u8>>,
}

impl Cas {
    fn read(key: String) -> Result<lent::Cas, lent::Error> {
        let seen = with_shared(|bucket| bucket.get(&key))?;
        Ok(lent::Cas::new(Self { key, seen }))
    }
}

impl lent::GuestCas for Cas {
    fn new(_bucket: lent::BucketBorrow<'_>, key: String) -> Result<lent::Cas, lent::Error> {
        Self::read(key)
    }

    fn current(&self) -> Result<Option<Vec<u8>>, lent::Error> {
        Ok(self.seen.clone())
    }
}

impl lent::Guest for Drafts {
    type Cas = Cas;

    /// The earlier draft counts in `u64`, the later one in `s64`: a negative delta or sum is an error.
    fn increment(_bucket: lent::BucketBorrow<'_>, key: String, delta: i64) -> Result<i64, lent::Error> {
        let delta = u64::try_from(delta)
            .map_err(|_| lent::Error::Other("this store cannot count down".to_owned()))?;
        let sum = with_shared(|bucket| host::increment(bucket, &key, delta))?;
        i64::try_from(sum).map_err(|_| lent::Error::Other(format!("{sum} does not fit a signed number")))
    }

    fn swap(cas: lent::Cas, value: Vec<u8>) -> Result<(), lent::CasError> {
        let Cas { key, seen } = cas.into_inner();
        let current = with_shared(|bucket| bucket.get(&key)).map_err(lent::CasError::StoreError)?;
        if current != seen {
            let updated = Cas::read(key).map_err(lent::CasError::StoreError)?;
            return Err(lent::CasError::CasFailed(updated));
        }
        with_shared(|bucket| bucket.set(&key, &value)).map_err(lent::CasError::StoreError)
    }
}
