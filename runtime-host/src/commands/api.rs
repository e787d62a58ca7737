//! The HTTP API as the verbs use it: requests, errors that name the remedy, retries where the server asks for one.

use super::Target;
use crate::config::Environment;
use crate::offload::client::{self, Client};
use anyhow::{Context, bail};
use bytes::Bytes;
use http::header::{AUTHORIZATION, CONTENT_TYPE, RETRY_AFTER};
use http::{HeaderName, HeaderValue, Method, Request, StatusCode};
use http_body_util::{BodyExt, Full};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use std::time::Duration;

const DEFAULT_URL: &str = "http://127.0.0.1:8080";

/// A server on this machine or near it connects within milliseconds.
const CONNECT: Duration = Duration::from_secs(5);

/// Times that a request is sent again when the server is overloaded.
const RETRIES: u32 = 8;

/// The longest that a server's `Retry-After` is obeyed.
const LONGEST_WAIT: Duration = Duration::from_secs(30);

/// One server's API.
#[derive(Clone)]
pub(super) struct Api {
    base: String,
    key: Option<HeaderValue>,
    client: Client,
}

/// The server's answer, if it's a refusal.
#[derive(Debug, thiserror::Error)]
#[error("{message}")]
pub(super) struct Refused {
    pub(super) status: StatusCode,
    pub(super) message: String,
}

/// One of `GET /v1/models`.
#[derive(Deserialize)]
pub(super) struct Model {
    pub(super) id: String,
    #[serde(default)]
    pub(super) owned_by: String,
}

/// A page of anything, in OpenAI's shape.
#[derive(Deserialize)]
pub(super) struct List<T> {
    pub(super) data: Vec<T>,
    #[serde(default)]
    pub(super) has_more: bool,
}

#[derive(Deserialize)]
struct ErrorBody {
    error: ErrorText,
}

#[derive(Deserialize)]
struct ErrorText {
    message: String,
}

// === impl Target ===

impl Target {
    pub(super) fn api(&self, environment: &Environment) -> anyhow::Result<Api> {
        let url = self.url.as_deref().or_else(|| environment.url()).unwrap_or(DEFAULT_URL);
        Api::new(url, self.key.as_deref().or_else(|| environment.api_key()))
    }
}

// === impl Api ===

impl Api {
    pub(super) fn new(url: &str, key: Option<&str>) -> anyhow::Result<Self> {
        let base = url.trim_end_matches('/').trim_end_matches("/v1").to_owned();
        let uri: http::Uri =
            base.parse().with_context(|| format!("{url} is no URL; write it as {DEFAULT_URL}"))?;
        anyhow::ensure!(
            matches!(uri.scheme_str(), Some("http" | "https")),
            "{url} is neither http nor https; write it as {DEFAULT_URL}"
        );
        let bearer = |key: &str| {
            HeaderValue::try_from(format!("Bearer {key}"))
                .context("the key has characters that no header may carry")
        };
        Ok(Self { base, key: key.map(bearer).transpose()?, client: client::new(CONNECT) })
    }

    pub(super) async fn models(&self) -> anyhow::Result<Vec<Model>> {
        Ok(self.get::<List<Model>>("/v1/models").await?.data)
    }

    pub(super) async fn get<T: DeserializeOwned>(&self, path: &str) -> anyhow::Result<T> {
        self.send(Method::GET, path, &[], Bytes::new()).await
    }

    pub(super) async fn post<T: DeserializeOwned>(&self, path: &str, body: &Value) -> anyhow::Result<T> {
        let json = [(CONTENT_TYPE, HeaderValue::from_static("application/json"))];
        self.send(Method::POST, path, &json, body.to_string().into()).await
    }

    pub(super) async fn delete(&self, path: &str) -> anyhow::Result<()> {
        self.send::<Value>(Method::DELETE, path, &[], Bytes::new()).await.map(drop)
    }

    /// Sends, and sends again while the server says that it has too much to do.
    pub(super) async fn send<T: DeserializeOwned>(
        &self,
        method: Method,
        path: &str,
        headers: &[(HeaderName, HeaderValue)],
        body: Bytes,
    ) -> anyhow::Result<T> {
        let mut tries = 0;
        loop {
            let mut request = Request::builder().method(method.clone()).uri(format!("{}{path}", self.base));
            for (name, value) in headers {
                request = request.header(name, value);
            }
            if let Some(key) = &self.key {
                request = request.header(AUTHORIZATION, key);
            }
            let request = request
                .body(Full::new(body.clone()))
                .with_context(|| format!("{}{path} is no URL", self.base))?;
            let response = self.client.request(request).await.map_err(|error| self.unreachable(&error))?;
            let (head, body) = response.into_parts();
            let busy = matches!(head.status, StatusCode::SERVICE_UNAVAILABLE | StatusCode::TOO_MANY_REQUESTS);
            if busy && tries < RETRIES {
                tries += 1;
                let seconds =
                    head.headers.get(RETRY_AFTER).and_then(|value| value.to_str().ok()?.parse().ok());
                tokio::time::sleep(Duration::from_secs(seconds.unwrap_or(1)).min(LONGEST_WAIT)).await;
                continue;
            }
            let body = body
                .collect()
                .await
                .with_context(|| format!("{} broke off its answer", self.base))?
                .to_bytes();
            return self.read(head.status, path, &body);
        }
    }

    fn read<T: DeserializeOwned>(&self, status: StatusCode, path: &str, body: &[u8]) -> anyhow::Result<T> {
        if status == StatusCode::UNAUTHORIZED {
            bail!("{} wants a key, or another one; give it with --key or in GUSSET_API_KEY", self.base);
        }
        if !status.is_success() {
            let said = serde_json::from_slice::<ErrorBody>(body).map(|body| body.error.message);
            let message = said.unwrap_or_else(|_| format!("{} answers {path} with {status}", self.base));
            return Err(Refused { status, message }.into());
        }
        serde_json::from_slice(body)
            .with_context(|| format!("{} answers {path} with something else than Gusset does", self.base))
    }

    fn unreachable(&self, error: &hyper_util::client::legacy::Error) -> anyhow::Error {
        let base = &self.base;
        if error.is_connect() {
            anyhow::anyhow!(
                "no server answers at {base}; start one with `gusset up`, or name another with --url"
            )
        } else {
            anyhow::anyhow!("the connection to {base} broke; see what its server says")
        }
    }
}

/// A text as one segment of a URL's path.
pub(super) fn segment(text: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.' | b'~');
    text.bytes()
        .map(|byte| if plain(byte) { char::from(byte).to_string() } else { format!("%{byte:02X}") })
        .collect()
}
