//! `POST /v1/embeddings`.

use gusset_gateway::Error;
use gusset_gateway::dialect::openai::embeddings::{Request, Response};
use gusset_gateway::embedding::Embeddings;
use gusset_gateway::meter::Ask;
use gusset_telemetry::Value;
use gusset_types::Usage;

use crate::bindings::gusset::embed::embed;
use crate::call::{Call, Caller};
use crate::convert;
use crate::reply::Reply;

/// Texts embedded at a time. Between two batches, other requests of the instance get their turn.
const BATCH: usize = 16;

pub(crate) async fn create(call: &mut Call, caller: &Caller, body: &[u8]) -> Result<Reply, Error> {
    let model = convert::model(embed::model_info());
    let request = Request::parse(body, &model)?;
    let texts = i64::try_from(request.texts.len()).unwrap_or(i64::MAX);
    let attributes = vec![
        ("gen_ai.operation.name".to_owned(), Value::Text("embeddings".to_owned())),
        ("gen_ai.request.model".to_owned(), Value::Text(model.id.clone())),
        ("gusset.texts".to_owned(), Value::Integer(texts)),
    ];
    call.trace.set("gen_ai.operation.name", "embeddings");
    call.trace.set("gen_ai.request.model", model.id.as_str());
    call.admit(caller, &model.id, Ask::texts(request.texts.iter().map(String::as_str)))?;
    let name = format!("embeddings {}", model.id);
    let embeddings = call.step(&name, attributes, embed_all(&request.texts)).await?;
    let tokens: u32 = embeddings.tokens.iter().fold(0, |sum, tokens| sum.saturating_add(*tokens));
    call.trace.set("gen_ai.usage.input_tokens", tokens);
    call.used(caller, Usage { prompt_tokens: tokens, ..Usage::default() }, None);
    Reply::json(&Response::new(&model, &embeddings, request.encoding))
}

async fn embed_all(texts: &[String]) -> Result<Embeddings, Error> {
    let mut all = Embeddings::default();
    for batch in texts.chunks(BATCH) {
        let next = embed::embed(batch, embed::Purpose::Passage).map_err(convert::from_embedding)?;
        all.append(convert::embeddings(next));
        wit_bindgen::yield_async().await;
    }
    Ok(all)
}
