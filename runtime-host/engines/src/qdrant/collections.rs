//! Collections: one of Qdrant's own for each, with a point that says what it is.

use super::points::{field, get, settings_id};
use super::{Qdrant, totals};
use gusset_retrieve::engine::{EngineError, Held, Settings};
use http::{Method, StatusCode};
use serde_json::{Value, json};

/// Between the parts of a name: neither tenants nor collections have it.
const BETWEEN: char = '~';

/// Fields that are looked for, and what they hold.
const INDEXED: [(&str, &str); 6] = [
    ("kind", "keyword"),
    ("document", "keyword"),
    ("generation", "integer"),
    ("written_at", "integer"),
    ("pairs", "integer"),
    ("terms", "integer"),
];

/// What Qdrant calls it.
pub(super) fn name_of(tenant: &str, name: &str) -> String {
    format!("gusset{BETWEEN}{tenant}{BETWEEN}{name}")
}

/// A collection that is there without its settings was broken off as it was made, and is made now.
pub(super) async fn create(
    qdrant: &Qdrant,
    tenant: &str,
    name: &str,
    settings: &Settings,
) -> Result<bool, EngineError> {
    let collection = name_of(tenant, name);
    if find(qdrant, tenant, name).await?.is_some() {
        return Ok(false);
    }
    let path = format!("/collections/{collection}");
    let body = json!({
        "vectors": { "dense": { "size": settings.dimension, "distance": "Dot" } },
        "sparse_vectors": { "words": {} },
    });
    let (status, answer) = qdrant.client.send(Method::PUT, &path, Some(&body)).await?;
    let is_there = status == StatusCode::CONFLICT || answer.to_string().contains("already exists");
    if !status.is_success() && !is_there {
        return Err(EngineError::Failed(format!("Qdrant: {path} answers {status}: {answer}")));
    }
    for (field, schema) in INDEXED {
        let body = json!({ "field_name": field, "field_schema": schema });
        qdrant.client.put(&format!("{path}/index?wait=true"), &body).await?;
    }
    qdrant.totals.forget(&collection);
    let settings = serde_json::to_string(settings).map_err(|error| EngineError::Failed(error.to_string()))?;
    let point = json!({
        "id": settings_id(),
        "vector": {},
        "payload": { "kind": "settings", "settings": settings, "incarnation": super::documents::number() },
    });
    qdrant.client.put(&format!("{path}/points?wait=true"), &json!({ "points": [point] })).await?;
    Ok(true)
}

pub(super) async fn find(qdrant: &Qdrant, tenant: &str, name: &str) -> Result<Option<Held>, EngineError> {
    let collection = name_of(tenant, name);
    let body = json!({ "ids": [settings_id()], "with_payload": true });
    let found = match qdrant.client.post(&format!("/collections/{collection}/points"), &body).await {
        Err(EngineError::Gone) => return Ok(None),
        found => found?,
    };
    let Some(point) = found.get(0) else { return Ok(None) };
    let settings: String = get(field(point, "payload"), "settings")?;
    let unreadable = |error| EngineError::Failed(format!("a collection's settings can't be read: {error}"));
    let totals = totals::of(qdrant, &collection).await?;
    Ok(Some(Held {
        incarnation: get(field(point, "payload"), "incarnation")?,
        settings: serde_json::from_str(&settings).map_err(unreadable)?,
        documents: totals.documents,
        passages: totals.passages,
        bytes: totals.bytes,
    }))
}

pub(super) async fn list(qdrant: &Qdrant, tenant: &str) -> Result<Vec<(String, Held)>, EngineError> {
    let all = qdrant.client.get("/collections").await?;
    let prefix = name_of(tenant, "");
    let names = field(&all, "collections")
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(|found| field(found, "name").as_str());
    let mut names: Vec<&str> = names.filter_map(|name| name.strip_prefix(&prefix)).collect();
    names.sort_unstable();
    let mut list = Vec::new();
    for name in names {
        // One that was deleted meanwhile is none.
        list.extend(find(qdrant, tenant, name).await?.map(|held| (name.to_owned(), held)));
    }
    Ok(list)
}

pub(super) async fn delete(qdrant: &Qdrant, tenant: &str, name: &str) -> Result<bool, EngineError> {
    let collection = name_of(tenant, name);
    let was_there = find(qdrant, tenant, name).await?.is_some();
    let path = format!("/collections/{collection}");
    let (status, answer) = qdrant.client.send(Method::DELETE, &path, None).await?;
    qdrant.totals.forget(&collection);
    match status {
        status if status.is_success() => Ok(was_there && answer != Value::Bool(false)),
        StatusCode::NOT_FOUND => Ok(false),
        status => Err(EngineError::Failed(format!("Qdrant: {path} answers {status}: {answer}"))),
    }
}
