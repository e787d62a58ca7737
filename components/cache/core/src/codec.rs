//! Values to bytes and back: a byte for the version, then postcard (<https://postcard.jamesmunns.com/wire-format>).
//!
//! What can't be read is worth nothing here: a cache forgets it, it does not fail.

use serde::{Deserialize, Serialize};

use crate::Error;

/// First byte of every value. Raise it when a layout changes: what older versions wrote is then forgotten.
const VERSION: u8 = 1;

pub(crate) fn encode<T: Serialize>(key: &str, value: &T) -> Result<Vec<u8>, Error> {
    postcard::to_extend(value, vec![VERSION])
        .map_err(|error| Error::Corrupt { key: key.to_owned(), reason: error.to_string() })
}

/// The value; `None` if there is none, or one that this version does not write.
pub(crate) fn decode<'a, T: Deserialize<'a>>(bytes: Option<&'a [u8]>) -> Option<T> {
    let (&VERSION, rest) = bytes?.split_first()? else { return None };
    postcard::from_bytes(rest).ok()
}
