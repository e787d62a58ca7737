//! A caller: requests over HTTP/1.1 to a server on loopback, with every status an answer and no failure hidden.

use std::io::{BufReader, Read};

use anyhow::Context;
use serde_json::Value;
use ureq::http::{Request, Response};
use ureq::{Agent, Body, BodyReader};

use crate::DEADLINE;

/// One server.
#[derive(Clone)]
pub struct Client {
    agent: Agent,
    base: String,
    key: Option<String>,
}

/// What came back, read to its end.
#[derive(Debug)]
pub struct Answer {
    /// HTTP status.
    pub status: u16,
    /// Headers with lower-case names.
    pub headers: Vec<(String, String)>,
    /// The body, UTF-8 or not.
    pub body: Vec<u8>,
}

impl Answer {
    /// The body as JSON.
    ///
    /// # Errors
    /// When it isn't.
    pub fn json(&self) -> anyhow::Result<Value> {
        serde_json::from_slice(&self.body).with_context(|| format!("{} {}", self.status, self.text()))
    }

    /// The body as text.
    #[must_use]
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    /// A header's value.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }
}

impl Client {
    /// For the server at `base`, such as `http://127.0.0.1:8080`.
    #[must_use]
    pub fn new(base: &str) -> Self {
        let config = Agent::config_builder()
            .http_status_as_error(false)
            .timeout_global(Some(DEADLINE))
            // Connections of a server that was killed must not be met again.
            .max_idle_connections(0)
            .build();
        Self { agent: config.into(), base: base.trim_end_matches('/').to_owned(), key: None }
    }

    /// The same, with a bearer key.
    #[must_use]
    pub fn with_key(&self, key: &str) -> Self {
        Self { key: Some(key.to_owned()), ..self.clone() }
    }

    /// The server's address.
    #[must_use]
    pub fn base(&self) -> &str {
        &self.base
    }

    /// `GET`.
    ///
    /// # Errors
    /// When there is no answer.
    pub fn get(&self, path: &str) -> anyhow::Result<Answer> {
        self.send("GET", path, &[], Vec::new())
    }

    /// `POST` of JSON.
    ///
    /// # Errors
    /// When there is no answer.
    pub fn post(&self, path: &str, body: &Value) -> anyhow::Result<Answer> {
        self.send("POST", path, &[("content-type", "application/json")], body.to_string().into_bytes())
    }

    /// Any request.
    ///
    /// # Errors
    /// When there is no answer, or it breaks off.
    pub fn send(
        &self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: Vec<u8>,
    ) -> anyhow::Result<Answer> {
        let mut response = self.open(method, path, headers, body)?;
        let body = response.body_mut().with_config().limit(u64::MAX).read_to_vec()?;
        let headers = response
            .headers()
            .iter()
            .map(|(name, value)| (name.to_string(), String::from_utf8_lossy(value.as_bytes()).into_owned()))
            .collect();
        Ok(Answer { status: response.status().as_u16(), headers, body })
    }

    /// `POST` of JSON whose answer is read as it comes.
    ///
    /// # Errors
    /// When there is no answer.
    pub fn stream(&self, path: &str, body: &Value) -> anyhow::Result<BufReader<BodyReader<'static>>> {
        let headers = [("content-type", "application/json")];
        let response = self.open("POST", path, &headers, body.to_string().into_bytes())?;
        anyhow::ensure!(response.status() == 200, "{}", response.status());
        Ok(BufReader::new(response.into_body().into_with_config().limit(u64::MAX).reader()))
    }

    /// Uploads a file as a multipart form and returns what it became.
    ///
    /// # Errors
    /// When there is no answer.
    pub fn upload(&self, filename: &str, content: &[u8]) -> anyhow::Result<Answer> {
        let (kind, body) = form(filename, content);
        self.send("POST", "/v1/files", &[("content-type", &kind)], body)
    }

    fn open(
        &self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: Vec<u8>,
    ) -> anyhow::Result<Response<Body>> {
        let mut request = Request::builder().method(method).uri(format!("{}{path}", self.base));
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        if let Some(key) = &self.key {
            request = request.header("authorization", format!("Bearer {key}"));
        }
        let what = format!("{method} {path}");
        if body.is_empty() && method != "POST" {
            return self.agent.run(request.body(())?).context(what);
        }
        self.agent.run(request.body(body)?).context(what)
    }
}

/// Content type and body of a form with a purpose and one file.
#[must_use]
pub fn form(filename: &str, content: &[u8]) -> (String, Vec<u8>) {
    const BOUNDARY: &str = "gusset-tests-boundary";
    let mut body = format!(
        "--{BOUNDARY}\r\ncontent-disposition: form-data; name=\"purpose\"\r\n\r\nassistants\r\n\
         --{BOUNDARY}\r\ncontent-disposition: form-data; name=\"file\"; filename=\"{filename}\"\r\n\
         content-type: application/octet-stream\r\n\r\n"
    )
    .into_bytes();
    body.extend_from_slice(content);
    body.extend_from_slice(format!("\r\n--{BOUNDARY}--\r\n").as_bytes());
    (format!("multipart/form-data; boundary={BOUNDARY}"), body)
}

/// Reads to the end, whatever the end is: what came before a broken connection counts.
#[must_use]
pub fn read_whatever_comes(mut reader: impl Read) -> (String, bool) {
    let mut bytes = Vec::new();
    let is_whole = reader.read_to_end(&mut bytes).is_ok();
    (String::from_utf8_lossy(&bytes).into_owned(), is_whole)
}
