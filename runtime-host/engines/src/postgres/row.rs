//! Rows to plain types: Postgres has signed integers only, and no text with a zero byte.

use super::connection::failed;
use gusset_retrieve::DocumentInfo;
use gusset_retrieve::engine::{EngineError, Head};
use tokio_postgres::Row;
use tokio_postgres::types::FromSql;

/// The columns that [`head`] reads.
pub(super) const HEAD: &str =
    "d.id, d.content, d.title, d.bytes, d.tokens, d.passages, d.added_at, d.keys, d.values";

pub(super) fn get<'a, T: FromSql<'a>>(row: &'a Row, column: &str) -> Result<T, EngineError> {
    row.try_get(column).map_err(failed)
}

/// A number of 32 bits that is kept in 64.
pub(super) fn small(row: &Row, column: &str) -> Result<u32, EngineError> {
    let value: i64 = get(row, column)?;
    u32::try_from(value).map_err(|_| EngineError::Failed(format!("the column {column} holds {value}")))
}

/// A number of 64 bits; times and sizes are below 2⁶³.
pub(super) fn large(row: &Row, column: &str) -> Result<u64, EngineError> {
    let value: i64 = get(row, column)?;
    u64::try_from(value).map_err(|_| EngineError::Failed(format!("the column {column} holds {value}")))
}

pub(super) fn signed(value: u64) -> i64 {
    i64::try_from(value).unwrap_or(i64::MAX)
}

/// A text that Postgres can hold: U+0000 becomes U+FFFD.
pub(super) fn text(text: &str) -> String {
    text.replace('\0', "\u{fffd}")
}

pub(super) fn head(row: &Row) -> Result<Head, EngineError> {
    let content: Vec<u8> = get(row, "content")?;
    let content =
        content.try_into().map_err(|_| EngineError::Failed("a digest has a wrong length".into()))?;
    let (keys, values): (Vec<String>, Vec<String>) = (get(row, "keys")?, get(row, "values")?);
    let info = DocumentInfo {
        id: get(row, "id")?,
        title: get(row, "title")?,
        passages: small(row, "passages")?,
        tokens: small(row, "tokens")?,
        bytes: small(row, "bytes")?,
        added_at: large(row, "added_at")?,
        metadata: keys.into_iter().zip(values).collect(),
    };
    Ok(Head { info, content })
}
