//! `POST /v1/rerank`.

use gusset_gateway::dialect::rerank::{Model, Request, Response, Score};
use gusset_gateway::meter::Ask;
use gusset_gateway::{Error, id};
use gusset_telemetry::Value;

use crate::bindings::gusset::rerank::rerank as wit;
use crate::call::{Call, Caller};
use crate::platform;
use crate::reply::Reply;

pub(crate) async fn create(call: &mut Call, caller: &Caller, body: &[u8]) -> Result<Reply, Error> {
    let wit::Model { id, fingerprint, .. } = wit::model_info();
    let model = Model { id, fingerprint };
    let request = Request::parse(body, &model)?;
    call.trace.set("gen_ai.operation.name", "rerank");
    call.trace.set("gen_ai.request.model", model.id.as_str());
    let documents = i64::try_from(request.documents.len()).unwrap_or(i64::MAX);
    let attributes = vec![
        ("gen_ai.operation.name".to_owned(), Value::Text("rerank".to_owned())),
        ("gen_ai.request.model".to_owned(), Value::Text(model.id.clone())),
        ("gusset.documents".to_owned(), Value::Integer(documents)),
    ];
    // The query is read again with each document.
    let texts = request.documents.iter().flat_map(|document| [request.query.as_str(), document]);
    call.admit(caller, &model.id, Ask::texts(texts))?;
    let name = format!("rerank {}", model.id);
    let scores = call.step(&name, attributes, rank(&request)).await?;
    call.used_as_asked(caller);
    let id = id::with_prefix("rerank-", platform::entropy());
    Reply::json(&Response::new(&id, &model, &request, &scores))
}

/// All of them, in steps: between two, other requests of the instance get their turn.
async fn rank(request: &Request) -> Result<Vec<Score>, Error> {
    let failed = |wit::Error::Other(message)| Error::Internal(message);
    let options = wit::Options { passage_tokens: request.max_tokens, refine: None };
    let session = wit::begin(&request.query, &request.documents, options).map_err(failed)?;
    while session.step().map_err(failed)? {
        wit_bindgen::yield_async().await;
    }
    let score = |wit::Score { value, probability, truncated, .. }| Score { value, probability, truncated };
    Ok(session.scores().into_iter().map(score).collect())
}
