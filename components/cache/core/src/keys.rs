//! Where everything is kept. Keys start with tenant, purpose and route; none is longer than 220 bytes.

use crate::policy::SHARDS;
use crate::segment::PARTS;

/// Keys of a tenant's route.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Keys {
    base: String,
}

impl Keys {
    pub(crate) fn new(tenant: &str, route: &str) -> Self {
        Self { base: format!("{tenant}/cache/{route}") }
    }

    /// Of an answer.
    pub(crate) fn entry(&self, digest: &[u8; 32]) -> String {
        let mut key = String::with_capacity(self.base.len() + 71);
        key.push_str(&self.base);
        key.push_str("/entry/");
        key.push_str(&hex::encode(digest));
        key
    }

    /// Of the list of answers that a digest belongs to.
    pub(crate) fn directory(&self, digest: &[u8; 32]) -> String {
        self.directory_of(shard(digest))
    }

    pub(crate) fn directory_of(&self, shard: u32) -> String {
        format!("{}/directory/{shard}", self.base)
    }

    /// Of a neighbourhood's questions, of a context's part.
    pub(crate) fn segment(&self, neighbourhood: u32, context: &[u8; 32]) -> String {
        let [first, ..] = *context;
        format!("{}/near/{neighbourhood}-{}", self.base, first % PARTS)
    }

    /// Of what the route has learned.
    pub(crate) fn learner(&self) -> String {
        format!("{}/learned", self.base)
    }

    /// Of the route's counts.
    pub(crate) fn tally(&self) -> String {
        format!("{}/tally", self.base)
    }

    /// Of the calls that are being made, of a digest's part.
    pub(crate) fn leases(&self, digest: &[u8; 32]) -> String {
        format!("{}/leases/{}", self.base, shard(digest))
    }
}

fn shard(digest: &[u8; 32]) -> u32 {
    let [first, ..] = *digest;
    u32::from(first) % SHARDS
}
