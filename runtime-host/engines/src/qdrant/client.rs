//! Requests to the server: JSON there and back.

use super::Error;
use super::points::take;
use bytes::Bytes;
use gusset_retrieve::engine::EngineError;
use http::uri::Scheme;
use http::{HeaderValue, Method, Request, StatusCode, Uri};
use http_body_util::{BodyExt as _, Full, Limited};
use hyper_rustls::HttpsConnector;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::{TokioExecutor, TokioTimer};
use serde_json::{Value, json};
use std::time::Duration;

/// How long to try to connect.
const CONNECT: Duration = Duration::from_secs(5);

/// How long to wait for an answer: an exact search through a large collection that has no index yet takes seconds.
const ANSWER: Duration = Duration::from_secs(30);

/// Bytes of an answer at most: a page of a hundred passages is some megabytes.
const ANSWER_BYTES: usize = 256 << 20;

/// Points a page of a scroll.
const PAGE: usize = 256;

type Http = hyper_util::client::legacy::Client<HttpsConnector<HttpConnector>, Full<Bytes>>;

/// A server.
pub(super) struct Client {
    http: Http,
    base: String,
    key: Option<HeaderValue>,
}

/// The server that a URL names.
pub(super) fn parse(url: &str) -> Result<Uri, Error> {
    let uri: Uri = url.parse().map_err(|error| Error::Url(format!("{url}: {error}")))?;
    let is_http = uri.scheme().is_some_and(|scheme| *scheme == Scheme::HTTP || *scheme == Scheme::HTTPS);
    if is_http && uri.host().is_some() { Ok(uri) } else { Err(Error::Url(url.to_owned())) }
}

// === impl Client ===

impl Client {
    pub(super) fn new(url: Uri, key: Option<&str>) -> Result<Self, Error> {
        let mut tcp = HttpConnector::new();
        tcp.set_connect_timeout(Some(CONNECT));
        tcp.set_nodelay(true);
        tcp.enforce_http(false);
        let tls = hyper_rustls::HttpsConnectorBuilder::new()
            .with_webpki_roots()
            .https_or_http()
            .enable_http1()
            .wrap_connector(tcp);
        let http = hyper_util::client::legacy::Client::builder(TokioExecutor::new())
            .timer(TokioTimer::new())
            .pool_timer(TokioTimer::new())
            .build(tls);
        let key = key.map(HeaderValue::from_str).transpose();
        let mut key =
            key.map_err(|_| Error::Unusable("its key has characters that no header has".to_owned()))?;
        if let Some(key) = &mut key {
            key.set_sensitive(true);
        }
        Ok(Self { http, base: url.to_string().trim_end_matches('/').to_owned(), key })
    }

    pub(super) async fn get(&self, path: &str) -> Result<Value, EngineError> {
        self.found(Method::GET, path, None).await
    }

    pub(super) async fn post(&self, path: &str, body: &Value) -> Result<Value, EngineError> {
        self.found(Method::POST, path, Some(body)).await
    }

    pub(super) async fn put(&self, path: &str, body: &Value) -> Result<Value, EngineError> {
        self.found(Method::PUT, path, Some(body)).await
    }

    /// The result of an answer; what is not there is gone.
    async fn found(&self, method: Method, path: &str, body: Option<&Value>) -> Result<Value, EngineError> {
        match self.send(method, path, body).await? {
            (StatusCode::NOT_FOUND, _) => Err(EngineError::Gone),
            (status, answer) if status.is_success() => Ok(answer),
            (status, answer) => {
                Err(EngineError::Failed(format!("Qdrant: {path} answers {status}: {answer}")))
            }
        }
    }

    /// Status, and the result or what is wrong.
    pub(super) async fn send(
        &self,
        method: Method,
        path: &str,
        body: Option<&Value>,
    ) -> Result<(StatusCode, Value), EngineError> {
        let failed = |what: String| EngineError::Failed(format!("Qdrant: {path}: {what}"));
        let mut request = Request::builder().method(method).uri(format!("{}{path}", self.base));
        if let Some(key) = &self.key {
            request = request.header("api-key", key);
        }
        let body = body.map(Value::to_string).unwrap_or_default();
        let request = request
            .header("content-type", "application/json")
            .body(Full::new(Bytes::from(body)))
            .map_err(|error| failed(error.to_string()))?;
        let answer = async {
            let response = self.http.request(request).await.map_err(|error| failed(explain(&error)))?;
            let status = response.status();
            let body = Limited::new(response.into_body(), ANSWER_BYTES).collect().await;
            let body = body.map_err(|error| failed(error.to_string()))?.to_bytes();
            let mut answer: Value = serde_json::from_slice(&body).unwrap_or_default();
            let part = if status.is_success() { "result" } else { "status" };
            Ok((status, take(&mut answer, part)))
        };
        let late = |_| failed(format!("no answer within {} seconds", ANSWER.as_secs()));
        tokio::time::timeout(ANSWER, answer).await.map_err(late)?
    }

    /// All points that meet a filter, page by page; `each` gets them.
    pub(super) async fn scroll(
        &self,
        collection: &str,
        filter: &Value,
        payload: &Value,
        with_vector: bool,
        mut each: impl FnMut(Value) -> Result<(), EngineError>,
    ) -> Result<(), EngineError> {
        let path = format!("/collections/{collection}/points/scroll");
        let mut offset = Value::Null;
        loop {
            let body = json!({
                "filter": filter, "limit": PAGE, "with_payload": payload, "with_vector": with_vector, "offset": offset,
            });
            let mut page = self.post(&path, &body).await?;
            let Value::Array(points) = take(&mut page, "points") else {
                return Err(EngineError::Failed(format!(
                    "Qdrant: {path}: there are no points in the answer"
                )));
            };
            points.into_iter().try_for_each(&mut each)?;
            offset = take(&mut page, "next_page_offset");
            if offset.is_null() {
                return Ok(());
            }
        }
    }
}

fn explain(error: &hyper_util::client::legacy::Error) -> String {
    let mut text = error.to_string();
    let mut source = std::error::Error::source(error);
    while let Some(cause) = source {
        text = format!("{text}: {cause}");
        source = cause.source();
    }
    text
}
