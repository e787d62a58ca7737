//! Collections: one of Qdrant's own for each, with a point that says what it is.

use super::json::{field, get};
use super::points::settings_id;
use super::totals::{self, Totals};
use super::{Qdrant, Server};
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
pub(super) async fn create<S: Server>(
    qdrant: &Qdrant<S>,
    tenant: &str,
    name: &str,
    settings: &Settings,
) -> Result<bool, EngineError> {
    let collection = name_of(tenant, name);
    if settings_of(qdrant, tenant, name).await?.is_some() {
        return Ok(false);
    }
    let path = format!("/collections/{collection}");
    let body = json!({
        "vectors": { "dense": { "size": settings.dimension, "distance": "Dot" } },
        "sparse_vectors": { "words": {} },
    });
    let (status, answer) = qdrant.rest.send(Method::PUT, &path, Some(&body)).await?;
    let is_there = status == StatusCode::CONFLICT || answer.to_string().contains("already exists");
    if !status.is_success() && !is_there {
        return Err(qdrant.rest.refused(&path, status, &answer));
    }
    for (field, schema) in INDEXED {
        let body = json!({ "field_name": field, "field_schema": schema });
        qdrant.rest.put(&format!("{path}/index?wait=true"), &body).await?;
    }
    qdrant.totals.forget(&collection);
    let settings = serde_json::to_string(settings).map_err(|error| EngineError::Failed(error.to_string()))?;
    let point = json!({
        "id": settings_id(),
        "vector": {},
        "payload": { "kind": "settings", "settings": settings, "incarnation": qdrant.number() },
    });
    qdrant.rest.put(&format!("{path}/points?wait=true"), &json!({ "points": [point] })).await?;
    Ok(true)
}

/// Which life a collection is in, and what it was created with.
pub(super) async fn settings_of<S: Server>(
    qdrant: &Qdrant<S>,
    tenant: &str,
    name: &str,
) -> Result<Option<(u64, Settings)>, EngineError> {
    let path = format!("/collections/{}/points", name_of(tenant, name));
    let body = json!({ "ids": [settings_id()], "with_payload": true });
    let found = match qdrant.rest.post(&path, &body).await {
        Err(EngineError::Gone) => return Ok(None),
        found => found?,
    };
    let Some(point) = found.get(0) else { return Ok(None) };
    let payload = field(point, "payload");
    let settings: String = get(payload, "settings")?;
    let unreadable = |error| EngineError::Failed(format!("a collection's settings can't be read: {error}"));
    Ok(Some((get(payload, "incarnation")?, serde_json::from_str(&settings).map_err(unreadable)?)))
}

pub(super) async fn find<S: Server>(
    qdrant: &Qdrant<S>,
    tenant: &str,
    name: &str,
) -> Result<Option<Held>, EngineError> {
    let Some((incarnation, settings)) = settings_of(qdrant, tenant, name).await? else { return Ok(None) };
    let Totals { documents, passages, bytes, .. } = totals::of(qdrant, &name_of(tenant, name)).await?;
    Ok(Some(Held { incarnation, settings, documents, passages, bytes }))
}

pub(super) async fn list<S: Server>(
    qdrant: &Qdrant<S>,
    tenant: &str,
) -> Result<Vec<(String, Held)>, EngineError> {
    let all = qdrant.rest.get("/collections").await?;
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

pub(super) async fn delete<S: Server>(
    qdrant: &Qdrant<S>,
    tenant: &str,
    name: &str,
) -> Result<bool, EngineError> {
    let collection = name_of(tenant, name);
    let was_there = settings_of(qdrant, tenant, name).await?.is_some();
    let path = format!("/collections/{collection}");
    let (status, answer) = qdrant.rest.send(Method::DELETE, &path, None).await?;
    qdrant.totals.forget(&collection);
    match status {
        status if status.is_success() => Ok(was_there && answer != Value::Bool(false)),
        StatusCode::NOT_FOUND => Ok(false),
        status => Err(qdrant.rest.refused(&path, status, &answer)),
    }
}
