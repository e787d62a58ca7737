//! Generation on other machines: the native filling of `gusset:generate`, in plain types.
//!
//! Sockets, the clock and the draws are here; what the bytes mean, which node is next and what a failure is called, the core
//! `gusset-generate` decides. What was learned of the nodes lives as long as the process, for all its instances.

mod call;
pub(crate) mod client;
mod completion;
mod listings;
mod remotes;
#[cfg(test)]
mod tests;
mod tokens;
mod way;

pub use completion::Completion;
pub use tokens::count_tokens;

use gusset_generate::{Error, Failure, Model, Node, Report, Request, needs_listings, targets};
use remotes::Remotes;
use std::sync::Arc;

/// The generation servers that the configuration names, and the connections to them.
#[derive(Clone)]
pub struct Offload {
    remotes: Arc<Remotes>,
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
        Self { remotes: Arc::new(Remotes::new(nodes)) }
    }

    /// Models of the nodes that answer, in the order of the configuration; of two with one name, the first.
    pub async fn list_models(&self) -> Vec<Listed> {
        let now = self.remotes.now();
        let answers = self.remotes.listings(|index, _| self.remotes.health().admits(index, now)).await;
        let mut models: Vec<Listed> = Vec::new();
        for (node, listed) in self.remotes.nodes().iter().zip(answers) {
            for model in listed.into_iter().flat_map(|listed| node.offers(listed)) {
                if models.iter().all(|other| other.model.name != model.name) {
                    models.push(Listed { model, target: node.target().to_owned() });
                }
            }
        }
        models
    }

    /// Circuit breakers of the nodes that were asked so far, in the order of the configuration.
    #[must_use]
    pub fn breakers(&self) -> Vec<Report> {
        let now = self.remotes.now();
        self.remotes.health().report(now)
    }

    /// Asks the nodes as the request's plan and their health have it. Returns when the first event is at hand; dropping what it
    /// returns ends the call.
    ///
    /// # Errors
    /// Where no node serves the model, or all of them failed before a first event.
    pub async fn generate(&self, request: Request) -> Result<Completion, Error> {
        request.validate().map_err(refuse)?;
        let now = self.remotes.now();
        self.remotes.health().hear(&request.plan.open, now);
        let listings = if needs_listings(&request) {
            let wanted =
                |index, node: &Node| node.model.is_none() && self.remotes.health().admits(index, now);
            self.remotes.listings(wanted).await
        } else {
            Vec::new()
        };
        let (targets, failures) = targets(self.remotes.nodes(), &listings, &request)?;
        Completion::open(Arc::clone(&self.remotes), targets, failures, request).await
    }
}

fn refuse(failure: Failure) -> Error {
    Error::Failed(vec![failure])
}
