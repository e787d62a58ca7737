//! `/v1/gusset/keys`.

use gusset_gateway::Error;
use gusset_gateway::auth::{Created, Managed, Record};
use serde_json::json;

use crate::call::Caller;
use crate::platform;
use crate::reply::Reply;
use crate::store::KeyValue;

pub(crate) fn create(caller: &Caller, body: &[u8]) -> Result<Reply, Error> {
    require_admin(caller)?;
    let record = Record::parse(body, &caller.tenant, platform::entropy(), platform::now_seconds())?;
    let Created { record, secret } = Managed::new(&KeyValue::open()?).create(record, platform::entropy())?;
    Reply::json(&record.show(Some(&secret)))
}

pub(crate) fn list(caller: &Caller) -> Result<Reply, Error> {
    require_admin(caller)?;
    let records = Managed::new(&KeyValue::open()?).list(&caller.tenant)?;
    let data: Vec<_> = records.iter().map(|record| record.show(None)).collect();
    Reply::json(&json!({ "object": "list", "data": data }))
}

pub(crate) fn delete(caller: &Caller, id: &str) -> Result<Reply, Error> {
    require_admin(caller)?;
    match Managed::new(&KeyValue::open()?).delete(&caller.tenant, id)? {
        true => Reply::json(&json!({ "id": id, "object": "gusset.key.deleted", "deleted": true })),
        false => Err(Error::NotFound { kind: "key", id: id.to_owned() }),
    }
}

fn require_admin(caller: &Caller) -> Result<(), Error> {
    caller.config.keys.require_managed()?;
    caller.key.require_admin()
}
