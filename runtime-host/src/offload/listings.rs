//! What the nodes say they have, asked at most every few seconds.

use super::remotes::Remote;
use bytes::Bytes;
use futures::future::join_all;
use gusset_generate::{Model, Node, wire};
use http::StatusCode;
use http_body_util::{BodyExt, Full, Limited};
use std::time::{Duration, Instant};
use tokio::sync::Mutex;
use tokio::time::timeout;

/// How long an answer, or the lack of one, is believed. A node that comes up is found this soon, and a listing costs a busy host
/// one small request in all this time.
const FRESH: Duration = Duration::from_secs(5);

/// A node that takes longer to list its models than this is not one to wait for.
const TIMEOUT: Duration = Duration::from_secs(2);

/// The last answer of each node. The lock is held while a node is asked, so that a hundred requests ask it once.
pub(super) struct Listings {
    nodes: Vec<Mutex<Option<Answer>>>,
}

struct Answer {
    at: Instant,
    models: Option<Vec<Model>>,
}

// === impl Listings ===

impl Listings {
    pub(super) fn new(nodes: usize) -> Self {
        Self { nodes: (0..nodes).map(|_| Mutex::default()).collect() }
    }

    /// One entry a node: its models, or `None` if it wasn't `wanted` or gave no list. All are asked at once.
    pub(super) async fn all(
        &self,
        remotes: &[Remote],
        wanted: impl Fn(usize, &Node) -> bool,
    ) -> Vec<Option<Vec<Model>>> {
        let asked = remotes.iter().zip(&self.nodes).enumerate();
        let asked = asked.map(|(index, asked)| wanted(index, &asked.0.node).then_some(asked));
        join_all(asked.map(async |asked| {
            let (remote, last) = asked?;
            fresh(last, remote).await
        }))
        .await
    }
}

async fn fresh(last: &Mutex<Option<Answer>>, remote: &Remote) -> Option<Vec<Model>> {
    let mut last = last.lock().await;
    if let Some(answer) = last.as_ref().filter(|answer| answer.at.elapsed() < FRESH) {
        return answer.models.clone();
    }
    let models = timeout(TIMEOUT, fetch(remote)).await.unwrap_or_else(|_| Err("no answer in time".into()));
    let models =
        models.inspect_err(|why| tracing::debug!("{} lists no models: {why}", remote.node.target())).ok();
    *last = Some(Answer { at: Instant::now(), models: models.clone() });
    models
}

async fn fetch(remote: &Remote) -> Result<Vec<Model>, String> {
    let request = wire::models(&remote.node).map_err(|failure| failure.to_string())?;
    let response = remote
        .client
        .request(request.map(|body| Full::new(Bytes::from(body))))
        .await
        .map_err(|error| error.to_string())?;
    match response.status() {
        status if status.is_success() => {}
        // A server without a list is still a server: the model that the configuration names can be asked for.
        StatusCode::NOT_FOUND | StatusCode::METHOD_NOT_ALLOWED => return Ok(Vec::new()),
        status => return Err(status.to_string()),
    }
    let body = Limited::new(response.into_body(), wire::MAX_LISTING_BYTES);
    let body = body.collect().await.map_err(|error| error.to_string())?.to_bytes();
    wire::parse_models(&remote.node, &body).map_err(|fault| fault.message)
}
