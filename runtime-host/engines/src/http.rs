//! HTTP connections, pooled: those of an engine's server, and for whoever else in the host asks servers.

use crate::system::surroundings;
use ::http::{Request, Response};
use bytes::Bytes;
use gusset_engines::qdrant::{ANSWER, ANSWER_BYTES, CONNECT, Server};
use http_body_util::{BodyExt as _, Full, Limited};
use hyper_rustls::HttpsConnector;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::{TokioExecutor, TokioTimer};
use std::time::Duration;

/// Keeps connections.
pub type Client = hyper_util::client::legacy::Client<HttpsConnector<HttpConnector>, Full<Bytes>>;

/// How long a connection to an engine is kept without a request.
const IDLE: Duration = Duration::from_secs(90);

/// Exchanges with one server.
pub struct Http(Client);

/// A client that gives up connecting after `connect`, and closes what had no request for `idle`. TLS trusts the Mozilla roots compiled in, whatever this machine has.
#[must_use]
pub fn client(connect: Duration, idle: Duration) -> Client {
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
        .pool_idle_timeout(idle)
        .build(tls)
}

/// An error with its causes.
pub(crate) fn explain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        text = format!("{text}: {cause}");
        source = cause.source();
    }
    text
}

surroundings!(Http);

// === impl Http ===

impl Default for Http {
    fn default() -> Self {
        Self(client(CONNECT, IDLE))
    }
}

impl Server for Http {
    async fn send(&self, request: Request<Vec<u8>>) -> Result<Response<Vec<u8>>, String> {
        let exchange = async {
            let request = request.map(|body| Full::new(Bytes::from(body)));
            let (head, body) = self.0.request(request).await.map_err(|error| explain(&error))?.into_parts();
            let body = Limited::new(body, ANSWER_BYTES).collect().await.map_err(|error| error.to_string())?;
            Ok(Response::from_parts(head, body.to_bytes().to_vec()))
        };
        let late = |_| format!("no answer within {} seconds", ANSWER.as_secs());
        tokio::time::timeout(ANSWER, exchange).await.map_err(late)?
    }
}
