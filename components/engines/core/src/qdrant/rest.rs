//! Requests to the server and what its answers mean: JSON there and back.

use super::json::take;
use crate::{Error, Names, Surroundings};
use gusset_retrieve::engine::EngineError;
use http::uri::Scheme;
use http::{HeaderValue, Method, Request, Response, StatusCode, Uri};
use serde_json::{Value, json};
use std::time::Duration;

/// How long a transport tries to connect.
pub const CONNECT: Duration = Duration::from_secs(5);

/// How long a transport waits for an answer: an exact search through a large collection that has no index yet takes seconds.
pub const ANSWER: Duration = Duration::from_secs(30);

/// Bytes of an answer at most: a page of a hundred passages is some megabytes.
pub const ANSWER_BYTES: usize = 256 << 20;

/// Points a page of a scroll.
const PAGE: usize = 256;

/// The transport: one HTTP exchange with the server, within [`CONNECT`], [`ANSWER`] and [`ANSWER_BYTES`].
pub trait Server: Surroundings {
    /// Sends a request, whose URI is whole, and returns the answer with all of its body.
    ///
    /// # Errors
    /// Why there is no answer, for people.
    fn send(&self, request: Request<Vec<u8>>) -> impl Future<Output = Result<Response<Vec<u8>>, String>>;
}

/// A server, and how it is addressed.
pub(super) struct Rest<S> {
    pub(super) server: S,
    base: String,
    key: Option<HeaderValue>,
    names: Names,
}

/// The server that a URL names.
pub(super) fn parse(url: &str) -> Result<Uri, Error> {
    let uri: Uri = url.parse().map_err(|error| Error::Server(format!("{url}: {error}")))?;
    let is_http = uri.scheme().is_some_and(|scheme| *scheme == Scheme::HTTP || *scheme == Scheme::HTTPS);
    if is_http && uri.host().is_some() { Ok(uri) } else { Err(Error::Server(url.to_owned())) }
}

// === impl Rest ===

impl<S: Server> Rest<S> {
    pub(super) fn new(server: S, url: &str, key: Option<&str>, names: Names) -> Result<Self, Error> {
        let base = parse(url)?.to_string().trim_end_matches('/').to_owned();
        let mut key = key.map(HeaderValue::from_str).transpose().map_err(|_| Error::Key)?;
        if let Some(key) = &mut key {
            key.set_sensitive(true);
        }
        Ok(Self { server, base, key, names })
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
            (status, answer) => Err(self.refused(path, status, &answer)),
        }
    }

    /// What an answer that is no success says.
    pub(super) fn refused(&self, path: &str, status: StatusCode, answer: &Value) -> EngineError {
        let Self { base, names, .. } = self;
        EngineError::Failed(match status {
            StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN => {
                let what = if self.key.is_some() { "refuses the key" } else { "wants a key" };
                format!("Qdrant at {base} {what} ({status}): see `{}`", names.key)
            }
            _ => format!("Qdrant: {path} answers {status}: {answer}"),
        })
    }

    /// Status, and the result or what is wrong.
    pub(super) async fn send(
        &self,
        method: Method,
        path: &str,
        body: Option<&Value>,
    ) -> Result<(StatusCode, Value), EngineError> {
        let Self { server, base, key, names } = self;
        let mut request = Request::builder().method(method).uri(format!("{base}{path}"));
        if let Some(key) = key {
            request = request.header("api-key", key);
        }
        let body = body.map(Value::to_string).unwrap_or_default();
        let request = request
            .header("content-type", "application/json")
            .body(body.into_bytes())
            .map_err(|error| EngineError::Failed(format!("Qdrant: {path}: {error}")))?;
        let answer = server.send(request).await.map_err(|problem| {
            EngineError::Failed(format!("Qdrant at {base} does not answer ({problem}): see `{}`", names.url))
        })?;
        let status = answer.status();
        let mut answer: Value = serde_json::from_slice(answer.body()).unwrap_or_default();
        let part = if status.is_success() { "result" } else { "status" };
        Ok((status, take(&mut answer, part)))
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
