//! Pooled HTTP connections to one server.

pub(crate) use gusset_engines_native::http::Client;
use std::time::Duration;

/// Below the 5 seconds after which uvicorn (vLLM, SGLang) and llama.cpp close idle connections: a request written to a connection
/// just closed is lost, and a completion must not be asked for twice.
const IDLE: Duration = Duration::from_secs(4);

/// A client that gives up connecting after `connect`.
pub(crate) fn new(connect: Duration) -> Client {
    gusset_engines_native::http::client(connect, IDLE)
}
