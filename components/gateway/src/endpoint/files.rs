//! `/v1/files`.

use gusset_gateway::dialect::openai::files::{self, Object};
use gusset_gateway::files::{Registry, Upload};
use gusset_gateway::{Error, multipart, page};
use spin_sdk::http::Request;

use crate::call::Caller;
use crate::reply::Reply;
use crate::store::KeyValue;
use crate::{body, platform};

pub(crate) async fn upload(caller: &Caller, request: Request) -> Result<Reply, Error> {
    let content_type = request.headers().get("content-type").and_then(|value| value.to_str().ok());
    let boundary = multipart::boundary(content_type)?;
    let key = request
        .headers()
        .get("idempotency-key")
        .map(|value| value.as_bytes().to_vec())
        .filter(|key| !key.is_empty());
    let limit = caller.config.limits.of_upload();
    let body = body::read(request, limit).await?;
    let parts = multipart::parse(&body, &boundary)?;
    let upload = Upload::from_form(&parts, limit.configured)?;
    let store = KeyValue::open()?;
    let (registry, now) = (Registry::new(&store, &caller.tenant), platform::now_seconds());
    let file = match key {
        Some(key) => registry.put_once(upload, &key, now)?,
        None => registry.put(upload, platform::entropy(), now)?,
    };
    Reply::json(&Object::from(file))
}

pub(crate) fn list(caller: &Caller, query: &str) -> Result<Reply, Error> {
    let store = KeyValue::open()?;
    let page = Registry::<KeyValue>::page(query)?;
    let purpose = page::value(query, "purpose");
    let (found, has_more) = Registry::new(&store, &caller.tenant).list(&page, purpose.as_deref())?;
    Reply::json(&files::list(found, has_more))
}

pub(crate) fn get(caller: &Caller, id: &str) -> Result<Reply, Error> {
    let store = KeyValue::open()?;
    Reply::json(&Object::from(Registry::new(&store, &caller.tenant).require(id)?))
}

pub(crate) fn content(caller: &Caller, id: &str) -> Result<Reply, Error> {
    let store = KeyValue::open()?;
    let registry = Registry::new(&store, &caller.tenant);
    let content = registry.content(&registry.require(id)?)?;
    Ok(Reply::Whole { content_type: "application/octet-stream", body: content.into_bytes() })
}

pub(crate) fn delete(caller: &Caller, id: &str) -> Result<Reply, Error> {
    let store = KeyValue::open()?;
    match Registry::new(&store, &caller.tenant).delete(id)? {
        true => Reply::json(&files::deleted(id)),
        false => Err(Error::NotFound { kind: "file", id: id.to_owned() }),
    }
}
