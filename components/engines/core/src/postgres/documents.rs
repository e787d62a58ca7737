//! Documents: replaced, removed and read, each by one statement.

use super::json::{self, HEAD, HeadRow, PassageRow, Written};
use super::transport::row;
use super::{Database, Postgres};
use gusset_retrieve::engine::{At, EngineError, Head, Kept, Record};
use serde::Deserialize;

/// Documents a page.
const PAGE: u32 = 1000;

/// A document with its passages, as a statement returns it.
#[derive(Deserialize)]
struct WholeRow {
    #[serde(flatten)]
    head: HeadRow,
    parts: Vec<PassageRow>,
}

/// Passages of the collection, afterwards.
pub(super) async fn replace<D: Database>(
    postgres: &Postgres<D>,
    at: At<'_>,
    record: &Record,
) -> Result<u64, EngineError> {
    let written = serde_json::to_string(&Written::of(record))
        .map_err(|error| EngineError::Failed(error.to_string()))?;
    let sql = "SELECT gusset_replace_1($1::text::bigint, $2::text::jsonb)::text";
    let rows = postgres.write(sql, &[&at.incarnation.to_string(), &written]).await?;
    Ok(rows.first().and_then(|passages| passages.parse().ok()).unwrap_or_default())
}

pub(super) async fn remove<D: Database>(
    postgres: &Postgres<D>,
    at: At<'_>,
    id: &str,
) -> Result<bool, EngineError> {
    let sql = "SELECT gusset_remove_1($1::text::bigint, $2::text)::text";
    let rows = postgres.write(sql, &[&at.incarnation.to_string(), id]).await?;
    Ok(rows.first().is_some_and(|removed| removed == "true"))
}

pub(super) async fn retitle<D: Database>(
    postgres: &Postgres<D>,
    at: At<'_>,
    content: [u8; 16],
    (id, title, added_at): (&str, &str, u64),
) -> Result<bool, EngineError> {
    let sql = "UPDATE gusset_documents SET title = $4::text, added_at = $5::text::bigint \
               WHERE collection = $1::text::bigint AND id = $2::text AND content = decode($3::text, 'hex') RETURNING id::text";
    let (collection, content) = (at.incarnation.to_string(), json::hex(content));
    let (title, added_at) = (json::text(title), added_at.to_string());
    Ok(!postgres.write(sql, &[&collection, id, &content, &title, &added_at]).await?.is_empty())
}

pub(super) async fn head<D: Database>(
    postgres: &Postgres<D>,
    at: At<'_>,
    id: &str,
) -> Result<Option<Head>, EngineError> {
    let sql = format!(
        "SELECT row_to_json(x)::text FROM \
         (SELECT {HEAD} FROM gusset_documents d WHERE d.collection = $1::text::bigint AND d.id = $2::text) x"
    );
    let rows = postgres.read(&sql, &[&at.incarnation.to_string(), id]).await?;
    rows.first().map(|found| row::<HeadRow>(found)?.head()).transpose()
}

pub(super) async fn heads<D: Database>(
    postgres: &Postgres<D>,
    at: At<'_>,
    after: &str,
) -> Result<Vec<Head>, EngineError> {
    let sql = format!(
        "SELECT row_to_json(x)::text FROM \
         (SELECT {HEAD} FROM gusset_documents d WHERE d.collection = $1::text::bigint AND d.id > $2::text ORDER BY d.id LIMIT {PAGE}) x \
         ORDER BY x.id"
    );
    let rows = postgres.read(&sql, &[&at.incarnation.to_string(), after]).await?;
    rows.iter().map(|found| row::<HeadRow>(found)?.head()).collect()
}

/// In one statement, so that the passages are those of the head.
pub(super) async fn read<D: Database>(
    postgres: &Postgres<D>,
    at: At<'_>,
    id: &str,
) -> Result<Option<Record>, EngineError> {
    let sql = format!(
        "SELECT row_to_json(x)::text FROM (SELECT {HEAD}, \
            (SELECT coalesce(json_agg(p ORDER BY p.number), '[]') FROM \
                (SELECT number, first_byte, last_byte, tokens, headings, text, terms, counts, length, vector::float4[] AS vector \
                 FROM gusset_passages WHERE collection = d.collection AND document = d.id) p) AS parts \
         FROM gusset_documents d WHERE d.collection = $1::text::bigint AND d.id = $2::text) x"
    );
    let rows = postgres.read(&sql, &[&at.incarnation.to_string(), id]).await?;
    let Some(found) = rows.first() else { return Ok(None) };
    let WholeRow { head, parts } = row(found)?;
    let Head { info, content } = head.head()?;
    Ok(Some(Record { info, content, passages: parts.into_iter().map(Kept::from).collect() }))
}
