//! Collections: rows of one table, found by tenant and name.

use super::connection::{Lease, failed};
use super::index;
use super::row::{get, large, small};
use gusset_retrieve::engine::{EngineError, Held, Settings};
use tokio_postgres::Row;

const COLUMNS: &str = "id, name, settings, documents, passages, bytes";

pub(super) async fn create(
    lease: &mut Lease<'_>,
    tenant: &str,
    name: &str,
    settings: &Settings,
) -> Result<bool, EngineError> {
    let settings = serde_json::to_string(settings).map_err(|error| EngineError::Failed(error.to_string()))?;
    let sql = "INSERT INTO gusset_collections (tenant, name, settings) VALUES ($1, $2, $3) \
               ON CONFLICT DO NOTHING RETURNING id";
    Ok(!lease.query(sql, &[&tenant, &name, &settings]).await?.is_empty())
}

pub(super) async fn find(
    lease: &mut Lease<'_>,
    tenant: &str,
    name: &str,
) -> Result<Option<Held>, EngineError> {
    let sql = format!("SELECT {COLUMNS} FROM gusset_collections WHERE tenant = $1 AND name = $2");
    lease.query(&sql, &[&tenant, &name]).await?.first().map(held).transpose()
}

pub(super) async fn list(lease: &mut Lease<'_>, tenant: &str) -> Result<Vec<(String, Held)>, EngineError> {
    let sql = format!("SELECT {COLUMNS} FROM gusset_collections WHERE tenant = $1 ORDER BY name");
    let rows = lease.query(&sql, &[&tenant]).await?;
    rows.iter().map(|row| Ok((get(row, "name")?, held(row)?))).collect()
}

/// Writers at work in the collection are waited for; those that come later find it gone.
pub(super) async fn delete(lease: &mut Lease<'_>, tenant: &str, name: &str) -> Result<bool, EngineError> {
    let transaction = lease.transaction().await?;
    let sql = "DELETE FROM gusset_collections WHERE tenant = $1 AND name = $2 RETURNING id";
    let Some(row) = transaction.query_opt(sql, &[&tenant, &name]).await.map_err(failed)? else {
        return Ok(false);
    };
    let id: i64 = get(&row, "id")?;
    transaction.execute("DELETE FROM gusset_postings WHERE collection = $1", &[&id]).await.map_err(failed)?;
    transaction.batch_execute(&index::drop(id)).await.map_err(failed)?;
    transaction.commit().await.map_err(failed)?;
    Ok(true)
}

fn held(row: &Row) -> Result<Held, EngineError> {
    let settings: &str = get(row, "settings")?;
    let unreadable = |error| EngineError::Failed(format!("a collection's settings can't be read: {error}"));
    Ok(Held {
        incarnation: large(row, "id")?,
        settings: serde_json::from_str(settings).map_err(unreadable)?,
        documents: small(row, "documents")?,
        passages: small(row, "passages")?,
        bytes: large(row, "bytes")?,
    })
}
