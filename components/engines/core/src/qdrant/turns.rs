//! Writers of one document in this process take turns: each then knows what it replaces.

use futures::lock::{Mutex, MutexGuard};
use std::hash::{DefaultHasher, Hash as _, Hasher as _};

/// Documents that share a turn: few enough to keep, so many that strangers seldom wait for each other.
const TURNS: usize = 256;

pub(super) struct Turns(Vec<Mutex<()>>);

impl Default for Turns {
    fn default() -> Self {
        Self((0..TURNS).map(|_| Mutex::default()).collect())
    }
}

impl Turns {
    /// Waits until nobody else writes the document. The turn ends when what is returned is dropped.
    pub(super) async fn of(&self, collection: &str, id: &str) -> Option<MutexGuard<'_, ()>> {
        let mut hasher = DefaultHasher::new();
        (collection, id).hash(&mut hasher);
        let turn = self.0.get(usize::try_from(hasher.finish() % TURNS as u64).unwrap_or_default())?;
        Some(turn.lock().await)
    }
}
