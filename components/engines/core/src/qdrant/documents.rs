//! Documents: passages first, then the head that makes them count, then what it replaced is deleted.

use super::collections::{self, name_of};
use super::json::{field, get, is, take};
use super::points::{self, head_id};
use super::totals::{self, Totals};
use super::{Qdrant, Server};
use gusset_retrieve::engine::{At, EngineError, Head, Record};
use serde_json::{Value, json};

/// Passages sent at once: some hundreds of kilobytes.
const AT_ONCE: usize = 64;

/// Seconds after which a generation that isn't the head's belongs to nobody any more: no writer takes that long between its passages and its head.
const ABANDONED: u64 = 3600;

fn collection(at: At<'_>) -> String {
    name_of(at.tenant, at.name)
}

pub(super) async fn replace<S: Server>(
    qdrant: &Qdrant<S>,
    at: At<'_>,
    record: &Record,
) -> Result<(), EngineError> {
    let (collection, id) = (collection(at), record.info.id.as_str());
    let path = format!("/collections/{collection}/points?wait=true");
    let (_, settings) =
        collections::settings_of(qdrant, at.tenant, at.name).await?.ok_or(EngineError::Gone)?;
    let typical = points::typical_length(&settings.chunking());
    let _turn = qdrant.turns.of(&collection, id).await;
    let old = head_payload(qdrant, &collection, id).await?;
    let clock = qdrant.server().unix_time().as_secs();
    let generation = qdrant.number();
    let passages: Vec<_> = record.passages.iter().enumerate().collect();
    for batch in passages.chunks(AT_ONCE) {
        let point = |&passage| points::passage(record, passage, (generation, clock), typical);
        let points: Vec<Value> = batch.iter().map(point).collect();
        qdrant.rest.put(&path, &json!({ "points": points })).await?;
    }
    let payload = points::head_payload(record, generation);
    let head = json!({ "id": head_id(id), "vector": {}, "payload": payload });
    qdrant.rest.put(&path, &json!({ "points": [head] })).await?;
    totals::replace(qdrant, &collection, Totals::share(&old)?, Totals::share(&payload)?).await?;

    // It counts already; what this leaves if it fails is found by nobody.
    let now = head_payload(qdrant, &collection, id).await?;
    let current = field(&now, "generation").as_u64();
    let mut dead = vec![json!({ "must": [
        { "key": "written_at", "range": { "lt": clock.saturating_sub(ABANDONED) } },
    ], "must_not": [is("generation", current.unwrap_or(generation))] })];
    dead.extend(field(&old, "generation").as_u64().map(|replaced| is("generation", replaced)));
    if current != Some(generation) {
        dead.push(is("generation", generation));
    }
    let filter = json!({ "must": [is("kind", "passage"), is("document", id)], "should": dead });
    if let Err(error) = delete(qdrant, &collection, &filter).await {
        qdrant.server().warn(&format!(
            "what {id:?} was before stays in {collection} until it is written again: {error}"
        ));
    }
    Ok(())
}

pub(super) async fn remove<S: Server>(qdrant: &Qdrant<S>, at: At<'_>, id: &str) -> Result<bool, EngineError> {
    let collection = collection(at);
    let _turn = qdrant.turns.of(&collection, id).await;
    let old = head_payload(qdrant, &collection, id).await?;
    let Some(generation) = field(&old, "generation").as_u64() else { return Ok(false) };
    let path = format!("/collections/{collection}/points/delete?wait=true");
    qdrant.rest.post(&path, &json!({ "points": [head_id(id)] })).await?;
    totals::replace(qdrant, &collection, Totals::share(&old)?, Totals::default()).await?;
    let filter = json!({ "must": [is("kind", "passage"), is("document", id), is("generation", generation)] });
    if let Err(error) = delete(qdrant, &collection, &filter).await {
        qdrant.server().warn(&format!("passages of {id:?}, which is removed, stay in {collection}: {error}"));
    }
    Ok(true)
}

pub(super) async fn retitle<S: Server>(
    qdrant: &Qdrant<S>,
    at: At<'_>,
    content: [u8; 16],
    (id, title, added_at): (&str, &str, u64),
) -> Result<bool, EngineError> {
    let collection = collection(at);
    let _turn = qdrant.turns.of(&collection, id).await;
    let payload = head_payload(qdrant, &collection, id).await?;
    if payload.is_null() || get::<[u8; 16]>(&payload, "content")? != content {
        return Ok(false);
    }
    let body = json!({ "payload": { "title": title, "added_at": added_at }, "points": [head_id(id)] });
    qdrant.rest.post(&format!("/collections/{collection}/points/payload?wait=true"), &body).await?;
    Ok(true)
}

pub(super) async fn head<S: Server>(
    qdrant: &Qdrant<S>,
    at: At<'_>,
    id: &str,
) -> Result<Option<Head>, EngineError> {
    let payload = head_payload(qdrant, &collection(at), id).await?;
    if payload.is_null() { Ok(None) } else { points::head(&payload).map(Some) }
}

/// All at once: Qdrant lists points in the order of their own identifiers only.
pub(super) async fn heads<S: Server>(
    qdrant: &Qdrant<S>,
    at: At<'_>,
    after: &str,
) -> Result<Vec<Head>, EngineError> {
    let mut heads = Vec::new();
    let filter = json!({ "must": [is("kind", "document")] });
    let each = |point: Value| {
        heads.push(points::head(field(&point, "payload"))?);
        Ok(())
    };
    qdrant.rest.scroll(&collection(at), &filter, &json!(true), false, each).await?;
    heads.retain(|head: &Head| head.info.id.as_str() > after);
    heads.sort_unstable_by(|a, b| a.info.id.cmp(&b.info.id));
    Ok(heads)
}

pub(super) async fn read<S: Server>(
    qdrant: &Qdrant<S>,
    at: At<'_>,
    id: &str,
) -> Result<Option<Record>, EngineError> {
    let collection = collection(at);
    let payload = head_payload(qdrant, &collection, id).await?;
    let Some(generation) = field(&payload, "generation").as_u64() else { return Ok(None) };
    let Head { info, content } = points::head(&payload)?;
    let mut passages: Vec<(u64, gusset_retrieve::engine::Kept)> = Vec::new();
    let filter = json!({ "must": [is("kind", "passage"), is("document", id), is("generation", generation)] });
    let each = |point: Value| {
        passages.push((get(field(&point, "payload"), "number")?, points::kept(&point)?));
        Ok(())
    };
    qdrant.rest.scroll(&collection, &filter, &json!(true), true, each).await?;
    if passages.len() != info.passages as usize {
        // Replaced between the two reads.
        return Err(EngineError::Conflict);
    }
    passages.sort_unstable_by_key(|&(number, _)| number);
    Ok(Some(Record { info, content, passages: passages.into_iter().map(|(_, kept)| kept).collect() }))
}

/// What a document's head says; null where there is none.
pub(super) async fn head_payload<S: Server>(
    qdrant: &Qdrant<S>,
    collection: &str,
    id: &str,
) -> Result<Value, EngineError> {
    let mut found = head_payloads(qdrant, collection, vec![head_id(id)]).await?;
    Ok(found.pop().unwrap_or_default())
}

/// The same of several, those that there are, in any order.
pub(super) async fn head_payloads<S: Server>(
    qdrant: &Qdrant<S>,
    collection: &str,
    ids: Vec<String>,
) -> Result<Vec<Value>, EngineError> {
    let body = json!({ "ids": ids, "with_payload": true });
    let mut found = qdrant.rest.post(&format!("/collections/{collection}/points"), &body).await?;
    let points = found.as_array_mut().into_iter().flatten();
    Ok(points.map(|point| take(point, "payload")).collect())
}

async fn delete<S: Server>(qdrant: &Qdrant<S>, collection: &str, filter: &Value) -> Result<(), EngineError> {
    let path = format!("/collections/{collection}/points/delete?wait=true");
    qdrant.rest.post(&path, &json!({ "filter": filter })).await.map(drop)
}
