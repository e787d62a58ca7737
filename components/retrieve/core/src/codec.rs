//! Values to bytes and back: a version byte, then postcard (<https://postcard.jamesmunns.com/wire-format>).

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::Error;

/// First byte of every value. Another one means another version of Gusset wrote it.
const VERSION: u8 = 1;

pub(crate) fn encode<T: Serialize>(value: &T) -> Result<Vec<u8>, Error> {
    postcard::to_extend(value, vec![VERSION])
        .map_err(|error| Error::Corrupt { key: "a value to write".to_owned(), reason: error.to_string() })
}

pub(crate) fn decode<T: DeserializeOwned>(key: &str, bytes: &[u8]) -> Result<T, Error> {
    decode_prefix(key, bytes).map(|(value, _)| value)
}

/// A value and the bytes after it.
pub(crate) fn decode_prefix<'a, T: serde::Deserialize<'a>>(
    key: &str,
    bytes: &'a [u8],
) -> Result<(T, &'a [u8]), Error> {
    let corrupt = |reason: String| Error::Corrupt { key: key.to_owned(), reason };
    match bytes.split_first() {
        Some((&VERSION, rest)) => postcard::take_from_bytes(rest).map_err(|error| corrupt(error.to_string())),
        Some((version, _)) => Err(corrupt(format!("its format is {version}, this version reads {VERSION}"))),
        None => Err(corrupt("it is empty".to_owned())),
    }
}

/// Bytes with a layout of their own as a value.
pub(crate) fn frame(bytes: &[u8]) -> Vec<u8> {
    let mut value = Vec::with_capacity(1 + bytes.len());
    value.push(VERSION);
    value.extend_from_slice(bytes);
    value
}

/// What [`frame`] was given.
pub(crate) fn unframe<'a>(key: &str, value: &'a [u8]) -> Result<&'a [u8], Error> {
    decode_prefix::<()>(key, value).map(|((), rest)| rest)
}
