//! The collection on the server: a vector store, its files, and what is known of each.

use super::super::api::{Api, List, Refused, segment};
use super::documents::{Content, Document};
use super::multipart;
use anyhow::{Context, bail};
use http::{Method, StatusCode};
use serde::Deserialize;
use serde_json::{Value, json};
use std::collections::HashMap;

/// Files a page; what OpenAI's API gives at most.
const PAGE: usize = 100;

/// One collection.
pub(super) struct Remote<'a> {
    api: &'a Api,
    files: String,
}

/// A file of the collection that an earlier run put there.
pub(super) struct Stored {
    pub(super) id: String,
    pub(super) sha256: String,
    /// Whether it can be searched.
    pub(super) indexed: bool,
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

// === impl Remote ===

impl<'a> Remote<'a> {
    /// The collection of that name, made if it is missing.
    pub(super) async fn open(api: &'a Api, name: &str) -> anyhow::Result<Self> {
        let id = match api.post::<Created>("/v1/vector_stores", &json!({"name": name})).await {
            Ok(created) => created.id,
            Err(error) => match error.downcast_ref::<Refused>() {
                Some(refused) if refused.status == StatusCode::CONFLICT => format!("vs_{name}"),
                _ => return Err(error).with_context(|| format!("the collection {name} can't be made")),
            },
        };
        Ok(Self { api, files: format!("/v1/vector_stores/{}/files", segment(&id)) })
    }

    /// Its files by path.
    pub(super) async fn files(&self) -> anyhow::Result<HashMap<String, Vec<Stored>>> {
        let mut stored: HashMap<String, Vec<Stored>> = HashMap::new();
        let mut after: Option<String> = None;
        loop {
            let cursor = after.as_deref().map(|id| format!("&after={}", segment(id))).unwrap_or_default();
            let page: List<File> = self.api.get(&format!("{}?limit={PAGE}{cursor}", self.files)).await?;
            let last = page.data.last().map(|file| file.id.clone());
            for file in page.data {
                let (Some(path), Some(sha256)) = (file.attribute("path"), file.attribute("sha256")) else {
                    continue;
                };
                let indexed = file.status == "completed";
                stored.entry(path).or_default().push(Stored { id: file.id, sha256, indexed });
            }
            // A server that repeats itself is not asked for ever.
            if !page.has_more || last.is_none() || last == after {
                return Ok(stored);
            }
            after = last;
        }
    }

    /// Uploads a document and indexes it; returns once it can be searched.
    pub(super) async fn add(&self, document: &Document, content: Content) -> anyhow::Result<()> {
        let form = multipart::document(&document.path, &content.sha256, &content.text);
        let file: Created =
            self.api.send(Method::POST, "/v1/files", Some(&form.content_type), form.body).await?;
        let attributes = json!({"path": document.path, "sha256": content.sha256});
        let attached: anyhow::Result<File> =
            self.api.post(&self.files, &json!({"file_id": file.id, "attributes": attributes})).await;
        let refused = match attached {
            Ok(attached) if attached.status == "completed" => return Ok(()),
            Ok(attached) => {
                let said = attached.last_error.map_or(attached.status, |error| error.message);
                Refused { status: StatusCode::UNPROCESSABLE_ENTITY, message: said }.into()
            }
            Err(error) => error,
        };
        // What isn't in the collection is of no use to anybody. The refusal is what matters, not this.
        let _ = self.api.delete(&format!("/v1/files/{}", segment(&file.id))).await;
        Err(refused)
    }

    /// Takes a file out of the collection and deletes it.
    pub(super) async fn remove(&self, id: &str) -> anyhow::Result<()> {
        self.gone(&format!("{}/{}", self.files, segment(id))).await?;
        self.gone(&format!("/v1/files/{}", segment(id))).await
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

// === impl File ===

impl File {
    fn attribute(&self, name: &str) -> Option<String> {
        Some(self.attributes.as_ref()?.get(name)?.as_str()?.to_owned())
    }
}
