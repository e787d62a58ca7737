//! `wasi:keyvalue/batch`: the two drafts differ in how a missing key is told.

use crate::Drafts;
use crate::bindings::exports::wasi::keyvalue0_2_0_draft2::batch as lent;
use crate::bindings::wasi::keyvalue0_2_0_draft::batch as host;
use crate::store::with_shared;

impl lent::Guest for Drafts {
    /// The earlier draft answers `none` for a missing key, the later one the key with `none`: the order of the answers,
    /// which is that of the keys, says which key it was.
    fn get_many(
        _bucket: lent::BucketBorrow<'_>,
        keys: Vec<String>,
    ) -> Result<Vec<(String, Option<Vec<u8>>)>, lent::Error> {
        let found = with_shared(|bucket| host::get_many(bucket, &keys))?;
        Ok(keys.into_iter().zip(found).map(|(key, pair)| (key, pair.map(|(_, value)| value))).collect())
    }

    fn set_many(
        _bucket: lent::BucketBorrow<'_>,
        key_values: Vec<(String, Vec<u8>)>,
    ) -> Result<(), lent::Error> {
        with_shared(|bucket| host::set_many(bucket, &key_values))
    }

    fn delete_many(_bucket: lent::BucketBorrow<'_>, keys: Vec<String>) -> Result<(), lent::Error> {
        with_shared(|bucket| host::delete_many(bucket, &keys))
    }
}
