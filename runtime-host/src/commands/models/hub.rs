//! A hub's files over HTTP, as Hugging Face serves them: `<hub>/<owner>/<name>/resolve/<revision>/<file>`, large ones by redirection.

use super::super::api::segment;
use crate::offload::client::{self, Client};
use anyhow::{Context, bail, ensure};
use bytes::Bytes;
use http::header::LOCATION;
use http::uri::{Parts, PathAndQuery};
use http::{StatusCode, Uri};
use http_body_util::{BodyExt, Full, Limited};
use std::path::Path;
use std::time::Duration;

/// What the model compiler reads of a folder, if it is there.
const FILES: [&str; 7] = [
    "config.json",
    "tokenizer.json",
    "modules.json",
    "1_Pooling/config.json",
    "config_sentence_transformers.json",
    "sentence_bert_config.json",
    "tokenizer_config.json",
];

/// Weights, of which it reads the first that are there.
const WEIGHTS: [&str; 3] = ["model.safetensors", "model.onnx", "onnx/model.onnx"];

const DEFAULT: &str = "https://huggingface.co";

const CONNECT: Duration = Duration::from_secs(10);

/// A hub sends its files from elsewhere, once or twice removed.
const REDIRECTS: usize = 5;

/// Largest file: the largest BERTs have 1.3 GB of f32.
const LARGEST: usize = 4 << 30;

pub(super) struct Hub {
    base: String,
    client: Client,
}

// === impl Hub ===

impl Hub {
    /// The hub at that address, or the one that everybody uses.
    pub(super) fn new(base: Option<&str>) -> anyhow::Result<Self> {
        let base = base.unwrap_or(DEFAULT).trim_end_matches('/').to_owned();
        let uri: Uri = base.parse().with_context(|| format!("HF_ENDPOINT: {base} is no URL"))?;
        ensure!(
            matches!(uri.scheme_str(), Some("http" | "https")),
            "HF_ENDPOINT: {base} is neither http nor https; write it as {DEFAULT}"
        );
        Ok(Self { base, client: client::new(CONNECT) })
    }

    /// Where a model's files are.
    pub(super) fn address(&self, id: &str, revision: &str) -> String {
        format!("{}/{id}/resolve/{}", self.base, segment(revision))
    }

    /// Fetches a model's files into a folder: all that may be needed, and the first kind of weights that there is.
    pub(super) async fn fetch(&self, id: &str, revision: &str, into: &Path) -> anyhow::Result<()> {
        let address = self.address(id, revision);
        let mut found = false;
        for name in FILES {
            if let Some(content) = self.get(&format!("{address}/{name}")).await? {
                write(&into.join(name), &content)?;
                found = true;
            }
        }
        ensure!(
            found,
            "{} has no model {id} of the version {revision}; see how it is written there",
            self.base
        );
        for name in WEIGHTS {
            println!("fetching {name} ...");
            if let Some(content) = self.get(&format!("{address}/{name}")).await? {
                write(&into.join(name), &content)?;
                break;
            }
        }
        Ok(())
    }

    /// A file; `None` if there is no such.
    async fn get(&self, url: &str) -> anyhow::Result<Option<Bytes>> {
        let mut uri: Uri = url.parse().with_context(|| format!("{url} is no URL"))?;
        for _ in 0..=REDIRECTS {
            let request = http::Request::get(uri.clone()).body(Full::default())?;
            let response = self.client.request(request).await.map_err(|_| self.unreachable())?;
            let status = response.status();
            if status.is_redirection() {
                let to = response.headers().get(LOCATION).and_then(|to| to.to_str().ok());
                uri = redirected(&uri, to.with_context(|| format!("{uri} redirects to nowhere"))?)?;
                continue;
            }
            return match status {
                StatusCode::OK => {
                    let body = Limited::new(response.into_body(), LARGEST).collect().await;
                    let body = body.map_err(|error| anyhow::anyhow!(error));
                    Ok(Some(body.with_context(|| format!("{uri} broke off; try again"))?.to_bytes()))
                }
                StatusCode::NOT_FOUND => Ok(None),
                StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN => bail!(
                    "{uri} is not for everybody, or there is no such model; fetch it by other means and give its folder"
                ),
                _ => bail!(
                    "{uri} answers with {status}; try again, or fetch the model by other means and give its folder"
                ),
            };
        }
        bail!("{url} redirects more than {REDIRECTS} times")
    }

    fn unreachable(&self) -> anyhow::Error {
        anyhow::anyhow!(
            "{} can't be reached; fetch the model elsewhere and give its folder, or name another hub in HF_ENDPOINT",
            self.base
        )
    }
}

fn write(path: &Path, content: &[u8]) -> anyhow::Result<()> {
    let folder = path.parent().map_or(Ok(()), std::fs::create_dir_all);
    folder.and_then(|()| std::fs::write(path, content)).with_context(|| format!("writing {}", path.display()))
}

/// Where a redirection leads: to another server, or to another path of the same.
fn redirected(from: &Uri, to: &str) -> anyhow::Result<Uri> {
    let to: Uri = to.parse().with_context(|| format!("{from} redirects to {to}, which is no URL"))?;
    if to.authority().is_some() {
        return Ok(to);
    }
    let mut parts = Parts::default();
    parts.scheme = from.scheme().cloned();
    parts.authority = from.authority().cloned();
    parts.path_and_query = to.path_and_query().cloned().or(Some(PathAndQuery::from_static("/")));
    Uri::from_parts(parts).with_context(|| format!("{from} redirects to {to}, which is no URL"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::{BufRead, BufReader, Write};
    use std::net::TcpListener;

    #[test]
    fn a_redirection_may_be_relative() {
        let from: Uri = "https://hub.test/a/b?c".parse().unwrap();
        let to = |to: &str| redirected(&from, to).unwrap().to_string();
        assert_eq!(to("/cache/x?y=1"), "https://hub.test/cache/x?y=1");
        assert_eq!(to("https://cdn.test/z"), "https://cdn.test/z");
    }

    /// A hub with one model, whose weights are elsewhere. It ends with the test.
    fn loopback() -> std::io::Result<String> {
        let listener = TcpListener::bind("127.0.0.1:0")?;
        let address = format!("http://{}", listener.local_addr()?);
        std::thread::spawn(move || {
            for mut stream in listener.incoming().map_while(Result::ok) {
                let mut line = String::new();
                let read = BufReader::new(&stream).read_line(&mut line);
                let path = line.split(' ').nth(1).unwrap_or_default();
                let (status, head, body) = match path {
                    "/owner/name/resolve/v1/config.json" => ("200 OK", "", "{}"),
                    "/owner/name/resolve/v1/1_Pooling/config.json" => ("200 OK", "", "[]"),
                    "/owner/name/resolve/v1/model.onnx" => ("302 Found", "Location: /cdn/x\r\n", ""),
                    "/cdn/x" => ("200 OK", "", "weights"),
                    _ => ("404 Not Found", "", ""),
                };
                let length = body.len();
                let answer = format!(
                    "HTTP/1.1 {status}\r\n{head}Content-Length: {length}\r\nConnection: close\r\n\r\n{body}"
                );
                if read.and_then(|_| stream.write_all(answer.as_bytes())).is_err() {
                    break;
                }
            }
        });
        Ok(address)
    }

    #[tokio::test]
    async fn a_model_is_fetched_wherever_its_files_are() {
        let hub = Hub::new(Some(&loopback().unwrap())).unwrap();
        let folder = tempfile::tempdir().unwrap();
        hub.fetch("owner/name", "v1", folder.path()).await.unwrap();
        let read = |name: &str| std::fs::read_to_string(folder.path().join(name)).unwrap();
        assert_eq!((read("config.json").as_str(), read("1_Pooling/config.json").as_str()), ("{}", "[]"));
        assert_eq!(read("model.onnx"), "weights");
        assert!(!folder.path().join("model.safetensors").exists());
        let error = hub.fetch("owner/other", "v1", folder.path()).await.unwrap_err().to_string();
        assert!(error.contains("has no model owner/other"), "{error}");
    }

    #[tokio::test]
    async fn without_a_network_there_is_one_error() {
        // Nothing listens on the discard port.
        let hub = Hub::new(Some("http://127.0.0.1:9")).unwrap();
        let error = hub.fetch("owner/name", "main", Path::new("nowhere")).await.unwrap_err().to_string();
        assert!(error.contains("can't be reached") && error.contains("HF_ENDPOINT"), "{error}");
    }
}
