//! The few calls of the OpenAI-shaped HTTP face that measuring needs.

use anyhow::Context;
use serde_json::{Value, json};
use std::sync::atomic::{AtomicUsize, Ordering};

pub(crate) struct Client {
    agent: ureq::Agent,
    url: String,
}

/// A document to index.
pub(crate) struct Document {
    pub(crate) name: String,
    pub(crate) content: String,
}

impl Client {
    pub(crate) fn new(url: &str) -> Self {
        let agent = ureq::Agent::config_builder().http_status_as_error(false).build().into();
        Self { agent, url: url.to_owned() }
    }

    pub(crate) fn post(&self, path: &str, body: &Value) -> anyhow::Result<Value> {
        let mut response = self.agent.post(format!("{}{path}", self.url)).send_json(body)?;
        let answer: Value = response.body_mut().with_config().limit(64 << 20).read_json()?;
        anyhow::ensure!(response.status().is_success(), "POST {path}: {} {answer}", response.status());
        Ok(answer)
    }

    /// Makes a vector store, whose files are split as `chunking` says, and returns its id.
    pub(crate) fn create_store(&self, name: &str, chunking: &Value) -> anyhow::Result<String> {
        let store =
            self.post("/v1/vector_stores", &json!({ "name": name, "chunking_strategy": chunking }))?;
        Ok(store["id"].as_str().context("a vector store has an id")?.to_owned())
    }

    fn upload(&self, document: &Document) -> anyhow::Result<String> {
        const BOUNDARY: &str = "gusset-eval-7d1c2e5a9b";
        let body = format!(
            "--{BOUNDARY}\r\nContent-Disposition: form-data; name=\"purpose\"\r\n\r\nassistants\r\n\
             --{BOUNDARY}\r\nContent-Disposition: form-data; name=\"file\"; filename=\"{}\"\r\n\
             Content-Type: text/plain\r\n\r\n{}\r\n--{BOUNDARY}--\r\n",
            document.name, document.content
        );
        let mut response = self
            .agent
            .post(format!("{}/v1/files", self.url))
            .header("content-type", format!("multipart/form-data; boundary={BOUNDARY}"))
            .send(&body)?;
        let file: Value = response.body_mut().read_json()?;
        anyhow::ensure!(response.status().is_success(), "{}: {} {file}", document.name, response.status());
        Ok(file["id"].as_str().context("a file has an id")?.to_owned())
    }

    /// Uploads and attaches documents, two at a time.
    pub(crate) fn index(&self, store: &str, documents: &[Document]) -> anyhow::Result<()> {
        let bar = indicatif::ProgressBar::new(documents.len() as u64);
        bar.set_style(indicatif::ProgressStyle::with_template("indexing {wide_bar} {pos}/{len} {eta}")?);
        let next = AtomicUsize::new(0);
        let work = || -> anyhow::Result<()> {
            while let Some(document) = documents.get(next.fetch_add(1, Ordering::Relaxed)) {
                let file = self.upload(document)?;
                let path = format!("/v1/vector_stores/{store}/files");
                let attached =
                    self.post(&path, &json!({ "file_id": file, "attributes": { "path": document.name } }))?;
                anyhow::ensure!(attached["status"] == "completed", "{}: {attached}", document.name);
                bar.inc(1);
            }
            Ok(())
        };
        std::thread::scope(|scope| {
            let workers = [scope.spawn(work), scope.spawn(work)];
            workers.into_iter().try_for_each(|worker| {
                worker.join().map_err(|_| anyhow::anyhow!("an indexing thread panicked"))?
            })
        })?;
        bar.finish_and_clear();
        Ok(())
    }
}

/// Runs `measure` over `items` with two threads and returns the results in the items' order.
pub(crate) fn in_order<T: Sync, R: Send>(
    items: &[T],
    measure: impl Fn(&T) -> anyhow::Result<R> + Sync,
) -> anyhow::Result<Vec<R>> {
    let half = items.len().div_ceil(2);
    let run = |part: &[T]| part.iter().map(&measure).collect::<anyhow::Result<Vec<R>>>();
    let (first, second) = items.split_at(half);
    std::thread::scope(|scope| {
        let second = scope.spawn(|| run(second));
        let mut results = run(first)?;
        results.extend(second.join().map_err(|_| anyhow::anyhow!("a measuring thread panicked"))??);
        Ok(results)
    })
}
