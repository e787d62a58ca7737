//! The first stage of a search: vectors and terms in one request, then the heads of what was found.

use super::collections::name_of;
use super::documents::head_payloads;
use super::json::{field, get, is};
use super::points::{self, head_id, number_field};
use super::{Qdrant, Server, totals};
use futures::future::try_join_all;
use gusset_retrieve::engine::{At, Clause, EngineError, Head, Probe, Seen, Statistics};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};

pub(super) async fn statistics<S: Server>(
    qdrant: &Qdrant<S>,
    at: At<'_>,
    terms: &[u32],
) -> Result<Statistics, EngineError> {
    let collection = name_of(at.tenant, at.name);
    let totals = totals::of(qdrant, &collection).await?;
    let path = format!("/collections/{collection}/points/count");
    // Heads have no terms.
    let count = async |&term: &u32| {
        let body = json!({ "filter": { "must": [is("terms", term)] }, "exact": true });
        let found = qdrant.rest.post(&path, &body).await?;
        get::<u64>(&found, "count")
    };
    Ok(Statistics {
        passages: totals.passages.into(),
        length: totals.length,
        frequencies: try_join_all(terms.iter().map(count)).await?,
    })
}

pub(super) async fn probe<S: Server>(
    qdrant: &Qdrant<S>,
    at: At<'_>,
    probe: &Probe<'_>,
) -> Result<Vec<Seen>, EngineError> {
    let collection = name_of(at.tenant, at.name);
    let filter = filter(probe.clauses);
    let search = |query: Value, using: &str| {
        json!({
            "query": query, "using": using, "filter": filter, "limit": probe.count, "with_payload": true, "with_vector": ["dense"],
        })
    };
    let mut searches = Vec::new();
    if probe.by_vector {
        searches.push(search(json!(probe.vector), "dense"));
    }
    if !probe.terms.is_empty() {
        let (indices, values): (Vec<u32>, Vec<f32>) = probe.terms.iter().copied().unzip();
        searches.push(search(json!({ "indices": indices, "values": values }), "words"));
    }
    if searches.is_empty() {
        return Ok(Vec::new());
    }
    let path = format!("/collections/{collection}/points/query/batch");
    let found = qdrant.rest.post(&path, &json!({ "searches": searches })).await?;
    let answers = found.as_array().into_iter().flatten();
    let points = answers.flat_map(|answer| field(answer, "points").as_array().into_iter().flatten());
    let points: BTreeMap<&str, &Value> =
        points.filter_map(|point| Some((field(point, "id").as_str()?, point))).collect();
    let heads = heads(qdrant, &collection, points.values().copied()).await?;
    let mut seen = Vec::with_capacity(points.len());
    for point in points.values() {
        let payload = field(point, "payload");
        // Of another generation: not yet what the document is, or no longer.
        let head = field(payload, "document").as_str().and_then(|document| heads.get(document));
        let Some((_, head)) = head.filter(|(generation, _)| *field(payload, "generation") == *generation)
        else {
            continue;
        };
        seen.push(row(point, head, probe)?);
    }
    Ok(seen)
}

/// Heads of the documents of passages, with the generation that counts.
async fn heads<'a, S: Server>(
    qdrant: &Qdrant<S>,
    collection: &str,
    points: impl Iterator<Item = &'a Value>,
) -> Result<BTreeMap<String, (u64, Head)>, EngineError> {
    let documents: BTreeSet<&str> =
        points.filter_map(|point| field(field(point, "payload"), "document").as_str()).collect();
    if documents.is_empty() {
        return Ok(BTreeMap::new());
    }
    let ids = documents.into_iter().map(head_id).collect();
    let payloads = head_payloads(qdrant, collection, ids).await?;
    let head = |payload: &Value| {
        let head = points::head(payload)?;
        Ok((head.info.id.clone(), (get(payload, "generation")?, head)))
    };
    payloads.iter().map(head).collect()
}

fn row(point: &Value, head: &Head, probe: &Probe<'_>) -> Result<Seen, EngineError> {
    let payload = field(point, "payload");
    let (terms, counts): (Vec<u32>, Vec<u8>) = (get(payload, "terms")?, get(payload, "counts")?);
    let vector: Vec<f32> = get(field(point, "vector"), "dense")?;
    let count = |&(term, _): &(u32, f32)| {
        let at = terms.binary_search(&term).ok();
        at.and_then(|at| counts.get(at)).copied().unwrap_or_default()
    };
    Ok(Seen {
        passage: points::found(payload, head)?,
        number: get(payload, "number")?,
        cosine: vector.iter().zip(probe.vector).map(|(a, b)| a * b).sum(),
        counts: probe.terms.iter().map(count).collect(),
        length: get(payload, "length")?,
    })
}

/// Passages of documents that meet all clauses.
fn filter(clauses: &[Clause]) -> Value {
    let condition = |clause: &Clause| match clause {
        Clause::AnyOf(pairs) => {
            let pairs: Vec<i64> = pairs.iter().map(|pair| pair.cast_signed()).collect();
            json!({ "key": "pairs", "match": { "any": pairs } })
        }
        &Clause::Between { key, low, high } => {
            // An infinite bound is none, and JSON has no word for it.
            let bound = |bound: f64| if bound.is_finite() { bound } else { f64::MAX.copysign(bound) };
            let range = json!({ "gte": bound(low), "lte": bound(high) });
            json!({ "key": format!("numbers.{}", number_field(key)), "range": range })
        }
    };
    let mut must = vec![is("kind", "passage")];
    must.extend(clauses.iter().map(condition));
    json!({ "must": must })
}
