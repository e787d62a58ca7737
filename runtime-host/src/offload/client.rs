//! Pooled HTTP connections to one server.

use bytes::Bytes;
use http_body_util::Full;
use hyper_rustls::HttpsConnector;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::{TokioExecutor, TokioTimer};
use std::time::Duration;

pub(crate) type Client = hyper_util::client::legacy::Client<HttpsConnector<HttpConnector>, Full<Bytes>>;

/// Below the 5 seconds after which uvicorn (vLLM, SGLang) and llama.cpp close idle connections: a request written to a connection
/// just closed is lost, and a completion must not be asked for twice.
const IDLE: Duration = Duration::from_secs(4);

/// A client that gives up connecting after `connect`. TLS trusts the Mozilla roots compiled in, whatever this machine has.
pub(crate) fn new(connect: Duration) -> Client {
    let mut tcp = HttpConnector::new();
    tcp.set_connect_timeout(Some(connect));
    tcp.set_nodelay(true);
    tcp.enforce_http(false);
    let tls = hyper_rustls::HttpsConnectorBuilder::new()
        .with_webpki_roots()
        .https_or_http()
        .enable_http1()
        .wrap_connector(tcp);
    hyper_util::client::legacy::Client::builder(TokioExecutor::new())
        .timer(TokioTimer::new())
        .pool_timer(TokioTimer::new())
        .pool_idle_timeout(IDLE)
        .build(tls)
}
