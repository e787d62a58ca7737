//! Who asks: the key of a request, and whether it opens what was asked for.

use std::rc::Rc;

use gusset_gateway::auth::{Key, Managed, bearer, is_managed};
use gusset_gateway::collection::name_of;
use gusset_gateway::route::Found;
use gusset_gateway::{Config, Error};
use spin_sdk::http::Request;

use crate::call::Caller;
use crate::platform;
use crate::store::KeyValue;

/// The request's caller, who may call its endpoint. The store is asked only for keys that were made at run time.
pub(crate) fn authorise(request: &Request, found: &Found, config: Rc<Config>) -> Result<Caller, Error> {
    let key = identify(request, &config)?;
    key.require_valid(platform::now_seconds())?;
    key.require_endpoint(found.pattern)?;
    if found.pattern.starts_with("/v1/vector_stores/") {
        key.require_collection(name_of(found.param(0))?)?;
    }
    Ok(Caller { tenant: key.tenant.clone(), key: Rc::new(key), config })
}

fn identify(request: &Request, config: &Config) -> Result<Key, Error> {
    if config.keys.is_open() {
        return Ok(config.keys.open().clone());
    }
    let header = |name: &str| request.headers().get(name).and_then(|value| value.to_str().ok());
    let secret = bearer(header("authorization"), header("x-api-key"))?;
    match config.keys.find(secret) {
        Some(key) => Ok(key.clone()),
        None if is_managed(secret) => Managed::new(&KeyValue::open()?).find(secret),
        None => Err(Error::WrongKey),
    }
}
