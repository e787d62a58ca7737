//! The nodes with what the process keeps for them: connections, lists of models, breakers and budgets, and the clock of these.

use super::client::{self, Client};
use super::listings::Listings;
use gusset_generate::{Health, Memory, Model, Node};
use std::hash::{BuildHasher, Hasher, RandomState};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// All nodes, in the order of the configuration.
pub(super) struct Remotes {
    nodes: Vec<Node>,
    remotes: Vec<Remote>,
    listings: Listings,
    health: Mutex<Health>,
    origin: Instant,
}

/// One node, with connections of its own: no node waits for another's pool.
pub(super) struct Remote {
    pub(super) node: Node,
    pub(super) client: Client,
}

// === impl Remotes ===

impl Remotes {
    pub(super) fn new(nodes: &[Node]) -> Self {
        let remote = |node: &Node| Remote { node: node.clone(), client: client::new(node.connect_timeout()) };
        Self {
            nodes: nodes.to_vec(),
            remotes: nodes.iter().map(remote).collect(),
            listings: Listings::new(nodes.len()),
            health: Mutex::new(Health::new(nodes, Memory::Process)),
            origin: Instant::now(),
        }
    }

    pub(super) fn nodes(&self) -> &[Node] {
        &self.nodes
    }

    pub(super) fn get(&self, node: usize) -> Option<&Remote> {
        self.remotes.get(node)
    }

    /// One entry a node: its models, or `None` if it wasn't `wanted` or gave no list.
    pub(super) async fn listings(&self, wanted: impl Fn(usize, &Node) -> bool) -> Vec<Option<Vec<Model>>> {
        self.listings.all(&self.remotes, wanted).await
    }

    /// Never held over an await: every decision takes microseconds.
    pub(super) fn health(&self) -> MutexGuard<'_, Health> {
        self.health.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The origin of all times in here.
    pub(super) fn origin(&self) -> Instant {
        self.origin
    }

    pub(super) fn now(&self) -> Duration {
        self.origin.elapsed()
    }

    /// A number uniform in 0 to 1.
    pub(super) fn draw(&self) -> f64 {
        gusset_generate::unit(RandomState::new().build_hasher().finish())
    }
}
