//! The collection on the server: a vector store, its files, and what is known of each.

use super::super::api::{Api, List, Refused, segment};
use super::ledger::{Ledger, Stored};
use super::read::Content;
use super::{chunked, multipart};
use anyhow::{Context, bail};
use gusset_gateway::dialect::openai::vector_stores::{Gusset, Strategy};
use http::header::{CONTENT_TYPE, HeaderName, HeaderValue};
use http::{Method, StatusCode};
use serde::Deserialize;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use std::collections::HashMap;
use std::time::Duration;

/// Files a page. The server reads no more for it than these.
const PAGE: usize = 1000;

/// What a server takes that doesn't say.
const FILE_BYTES: u64 = 1 << 30;

/// Before a request whose connection broke is sent again: a proxy or server that is replaced needs a moment.
const PAUSE: Duration = Duration::from_secs(1);

/// Sent with an upload: the same one has the same effect however often it is sent, so what was interrupted is not there twice.
const IDEMPOTENCY_KEY: HeaderName = HeaderName::from_static("idempotency-key");

/// One collection.
pub(super) struct Remote<'a> {
    api: &'a Api,
    name: String,
    files: String,
    /// Bytes of a file that the server takes.
    pub(super) file_bytes: u64,
}

#[derive(Deserialize)]
struct File {
    id: String,
    #[serde(default)]
    status: String,
    #[serde(default)]
    last_error: Option<LastError>,
    #[serde(default)]
    attributes: Option<HashMap<String, Value>>,
}

#[derive(Deserialize)]
struct LastError {
    message: String,
}

#[derive(Deserialize)]
struct Created {
    id: String,
}

#[derive(Deserialize)]
struct Health {
    #[serde(default)]
    limits: Option<Limits>,
}

#[derive(Deserialize)]
struct Limits {
    file_bytes: u64,
}

// === impl Remote ===

impl<'a> Remote<'a> {
    /// The collection of that name, made if it is missing.
    ///
    /// # Errors
    /// It can't be made, or is there and cuts its documents otherwise.
    pub(super) async fn open(api: &'a Api, name: &str, chunking: Option<Gusset>) -> anyhow::Result<Self> {
        let strategy = chunking.map_or(Strategy::Auto, Strategy::Gusset);
        let body = json!({"name": name, "chunking_strategy": strategy});
        let id = match api.post::<Created>("/v1/vector_stores", &body).await {
            Ok(created) => created.id,
            Err(error) => match error.downcast_ref::<Refused>() {
                Some(refused) if refused.status == StatusCode::CONFLICT => {
                    let id = format!("vs_{name}");
                    if let Some(asked) = chunking {
                        chunked::agree(api, name, &id, asked).await?;
                    }
                    id
                }
                _ => return Err(error).with_context(|| format!("the collection {name} can't be made")),
            },
        };
        // Who may not ask is told when a file is too large.
        let health: Option<Health> = api.get("/healthz?detail").await.ok();
        let limits = health.and_then(|health| health.limits);
        Ok(Self {
            api,
            name: name.to_owned(),
            files: format!("/v1/vector_stores/{}/files", segment(&id)),
            file_bytes: limits.map_or(FILE_BYTES, |limits| limits.file_bytes),
        })
    }

    /// Notes all of its files that an earlier run put there. Files without a path were put there by somebody else.
    pub(super) async fn list(&self, ledger: &Ledger) -> anyhow::Result<()> {
        let mut after: Option<String> = None;
        loop {
            let cursor = after.as_deref().map(|id| format!("&after={}", segment(id))).unwrap_or_default();
            let page: List<File> =
                self.api.get(&format!("{}?order=any&limit={PAGE}{cursor}", self.files)).await?;
            let last = page.data.last().map(|file| file.id.clone());
            for file in page.data {
                if let (Some(path), Some(sha256)) = (file.attribute("path"), file.attribute("sha256")) {
                    let indexed = file.status == "completed";
                    ledger.add(&path, &Stored { id: file.id, sha256, indexed })?;
                }
            }
            // A server that repeats itself is not asked for ever.
            if !page.has_more || last.is_none() || last == after {
                return Ok(());
            }
            after = last;
        }
    }

    /// Uploads a document and indexes it; returns once it can be searched.
    pub(super) async fn add(&self, path: &str, content: Content) -> anyhow::Result<Stored> {
        let Content { text, sha256, .. } = content;
        let key = hex::encode(Sha256::digest(format!("gusset index\n{}\n{path}\n{sha256}", self.name)));
        let form = multipart::document(path, &sha256, &text);
        drop(text);
        let headers = [
            (CONTENT_TYPE, HeaderValue::try_from(&form.content_type)?),
            (IDEMPOTENCY_KEY, HeaderValue::try_from(&key)?),
        ];
        let upload = || self.api.send::<File>(Method::POST, "/v1/files", &headers, form.body.clone());
        let file = again(upload).await?;
        drop(form);
        let attach = json!({"file_id": file.id, "attributes": {"path": path, "sha256": sha256}});
        let attached = again(|| self.api.post::<File>(&self.files, &attach)).await;
        let refused = match attached {
            Ok(attached) if attached.status == "completed" => {
                return Ok(Stored { id: file.id, sha256, indexed: true });
            }
            Ok(attached) => {
                let said = attached.last_error.map_or(attached.status, |error| error.message);
                Refused { status: StatusCode::UNPROCESSABLE_ENTITY, message: said }.into()
            }
            Err(error) => error,
        };
        // What isn't in the collection is of no use to anybody. The refusal is what matters, not this.
        if refused.is::<Refused>() {
            let _ = self.api.delete(&format!("/v1/files/{}", segment(&file.id))).await;
        }
        Err(refused)
    }

    /// Takes a file out of the collection and deletes it.
    pub(super) async fn remove(&self, id: &str) -> anyhow::Result<()> {
        let (attached, file) =
            (format!("{}/{}", self.files, segment(id)), format!("/v1/files/{}", segment(id)));
        again(|| self.gone(&attached)).await?;
        again(|| self.gone(&file)).await
    }

    /// Deletes; what isn't there any more is as good as deleted.
    async fn gone(&self, path: &str) -> anyhow::Result<()> {
        match self.api.delete(path).await {
            Err(error) => match error.downcast_ref::<Refused>() {
                Some(refused) if refused.status == StatusCode::NOT_FOUND => Ok(()),
                Some(refused) => bail!("{path} can't be deleted: {refused}"),
                None => Err(error),
            },
            Ok(()) => Ok(()),
        }
    }
}

/// Sends, and sends once more where the connection broke: all that is sent here may arrive twice.
async fn again<T, F: Future<Output = anyhow::Result<T>>>(send: impl Fn() -> F) -> anyhow::Result<T> {
    match send().await {
        Err(error) if !error.is::<Refused>() => {
            tokio::time::sleep(PAUSE).await;
            send().await
        }
        done => done,
    }
}

// === impl File ===

impl File {
    fn attribute(&self, name: &str) -> Option<String> {
        Some(self.attributes.as_ref()?.get(name)?.as_str()?.to_owned())
    }
}
