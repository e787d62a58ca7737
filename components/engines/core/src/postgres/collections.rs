//! Collections: rows of one table, found by tenant and name.

use super::transport::row;
use super::{Database, Postgres};
use gusset_retrieve::engine::{EngineError, Held, Settings};
use serde::Deserialize;

const ROWS: &str = "SELECT row_to_json(c)::text FROM \
    (SELECT id, tenant, name, settings, documents, passages, bytes FROM gusset_collections) c";

#[derive(Deserialize)]
struct Collection {
    id: u64,
    name: String,
    settings: String,
    documents: u32,
    passages: u32,
    bytes: u64,
}

pub(super) async fn create<D: Database>(
    postgres: &Postgres<D>,
    tenant: &str,
    name: &str,
    settings: &Settings,
) -> Result<bool, EngineError> {
    let settings = serde_json::to_string(settings).map_err(|error| EngineError::Failed(error.to_string()))?;
    let sql = "INSERT INTO gusset_collections (tenant, name, settings) VALUES ($1::text, $2::text, $3::text) \
               ON CONFLICT DO NOTHING RETURNING id::text";
    Ok(!postgres.write(sql, &[tenant, name, &settings]).await?.is_empty())
}

pub(super) async fn find<D: Database>(
    postgres: &Postgres<D>,
    tenant: &str,
    name: &str,
) -> Result<Option<Held>, EngineError> {
    let sql = format!("{ROWS} WHERE c.tenant = $1::text AND c.name = $2::text");
    let rows = postgres.read(&sql, &[tenant, name]).await?;
    Ok(rows.first().map(|found| row::<Collection>(found)?.held()).transpose()?.map(|(_, held)| held))
}

pub(super) async fn list<D: Database>(
    postgres: &Postgres<D>,
    tenant: &str,
) -> Result<Vec<(String, Held)>, EngineError> {
    let sql = format!("{ROWS} WHERE c.tenant = $1::text ORDER BY c.name");
    let rows = postgres.read(&sql, &[tenant]).await?;
    rows.iter().map(|found| row::<Collection>(found)?.held()).collect()
}

pub(super) async fn delete<D: Database>(
    postgres: &Postgres<D>,
    tenant: &str,
    name: &str,
) -> Result<bool, EngineError> {
    let rows = postgres.write("SELECT gusset_delete_1($1::text, $2::text)::text", &[tenant, name]).await?;
    Ok(rows.first().is_some_and(|deleted| deleted == "true"))
}

impl Collection {
    fn held(self) -> Result<(String, Held), EngineError> {
        let Self { id, name, settings, documents, passages, bytes } = self;
        let unreadable =
            |error| EngineError::Failed(format!("a collection's settings can't be read: {error}"));
        let settings = serde_json::from_str(&settings).map_err(unreadable)?;
        Ok((name, Held { incarnation: id, settings, documents, passages, bytes }))
    }
}
