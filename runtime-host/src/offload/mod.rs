//! Generation on other machines: the native filling of `gusset:generate`, in plain types.
//!
//! Sockets and the clock are here; what the bytes mean, which node is next and what a failure is called, the core
//! `gusset-generate` decides.

mod call;
pub(crate) mod client;
mod completion;
mod listings;
#[cfg(test)]
mod tests;
mod tokens;

pub use completion::Completion;
pub use tokens::count_tokens;

use client::Client;
use gusset_generate::{Chain, Error, Failure, Model, Node, Request, plan};
use listings::Listings;
use std::sync::Arc;

/// The generation servers that the configuration names, and the connections to them.
#[derive(Clone)]
pub struct Offload {
    nodes: Arc<[Remote]>,
    listings: Arc<Listings>,
}

/// One node, with connections of its own: no node waits for another's pool.
pub(crate) struct Remote {
    node: Node,
    client: Client,
}

/// A model and where it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listed {
    /// Its name and context window.
    pub model: Model,
    /// The target that has it.
    pub target: String,
}

// === impl Offload ===

impl Offload {
    /// Nothing is connected yet.
    #[must_use]
    pub fn new(nodes: &[Node]) -> Self {
        let remote = |node: &Node| Remote { node: node.clone(), client: client::new(node.connect_timeout()) };
        let nodes: Arc<[Remote]> = nodes.iter().map(remote).collect();
        Self { listings: Arc::new(Listings::new(nodes.len())), nodes }
    }

    /// Models of the nodes that answer, in the order of the configuration; of two with one name, the first.
    pub async fn list_models(&self) -> Vec<Listed> {
        let answers = self.listings.all(&self.nodes, |_| true).await;
        let mut models: Vec<Listed> = Vec::new();
        for (remote, listed) in self.nodes.iter().zip(answers) {
            for model in listed.into_iter().flat_map(|listed| offered(&remote.node, listed)) {
                if models.iter().all(|other| other.model.name != model.name) {
                    models.push(Listed { model, target: remote.node.target().to_owned() });
                }
            }
        }
        models
    }

    /// Asks the nodes in turn. Returns when the first event is at hand; dropping what it returns ends the call.
    ///
    /// # Errors
    /// Where no node serves the model, or all of them failed before a first event.
    pub async fn generate(&self, request: Request) -> Result<Completion, Error> {
        request.validate().map_err(refuse)?;
        let nodes: Vec<Node> = self.nodes.iter().map(|remote| remote.node.clone()).collect();
        let listings = self.listings.all(&self.nodes, |node| node.model.is_none()).await;
        let targets = plan(&nodes, &listings, &request.model)?;
        Completion::open(Arc::clone(&self.nodes), Chain::new(targets), request).await
    }
}

fn refuse(failure: Failure) -> Error {
    Error::Failed(vec![failure])
}

/// What `node` offers of what it lists: all, or the one model that the configuration names, listed or not.
fn offered(node: &Node, listed: Vec<Model>) -> Vec<Model> {
    match &node.model {
        None => listed,
        Some(name) => {
            let known = listed.into_iter().find(|model| model.name == *name);
            vec![known.unwrap_or_else(|| Model { name: name.clone(), context_tokens: None })]
        }
    }
}
