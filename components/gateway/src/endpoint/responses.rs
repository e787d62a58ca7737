//! `/v1/responses/{id}`: answers that were kept.

use gusset_gateway::Error;
use gusset_gateway::dialect::openai::responses;
use gusset_gateway::responses::{Record, Registry};

use crate::call::Caller;
use crate::platform;
use crate::reply::Reply;
use crate::store::KeyValue;

pub(crate) fn get(caller: &Caller, id: &str) -> Result<Reply, Error> {
    Reply::json(&responses::response(&require(caller, id)?)?)
}

pub(crate) fn input_items(caller: &Caller, id: &str, query: &str) -> Result<Reply, Error> {
    Reply::json(&responses::input_items(&require(caller, id)?, query)?)
}

pub(crate) fn delete(caller: &Caller, id: &str) -> Result<Reply, Error> {
    let store = KeyValue::open()?;
    match Registry::new(&store, &caller.tenant).delete(id)? {
        true => Reply::json(&responses::deleted(id)),
        false => Err(Error::NotFound { kind: "response", id: id.to_owned() }),
    }
}

/// What a request goes on from, oldest first.
pub(crate) fn conversation(caller: &Caller, previous: Option<&str>) -> Result<Vec<Record>, Error> {
    let Some(last) = previous else { return Ok(Vec::new()) };
    let store = KeyValue::open()?;
    Registry::new(&store, &caller.tenant).conversation(last, platform::now_seconds())
}

pub(crate) fn keep(caller: &Caller, record: &Record) -> Result<(), Error> {
    let store = KeyValue::open()?;
    Registry::new(&store, &caller.tenant).put(record, caller.config.responses_kept)
}

fn require(caller: &Caller, id: &str) -> Result<Record, Error> {
    let store = KeyValue::open()?;
    Registry::new(&store, &caller.tenant).require(id, platform::now_seconds())
}
