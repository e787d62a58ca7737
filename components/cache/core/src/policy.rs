//! How a route caches. Every limit has its reason beside it.

use crate::Error;
use crate::error::check;

/// How a route caches.
#[derive(Clone, Debug, PartialEq)]
pub struct Policy {
    /// Seconds that an answer is given for.
    pub ttl_seconds: u32,
    /// Answers kept of a tenant's route.
    pub max_entries: u32,
    /// Bytes kept of a tenant's route.
    pub max_bytes: u64,
    /// Milliseconds after which a call that has not ended is taken for dead.
    pub lease_ms: u32,
    /// Absent: only the same request hits.
    pub semantic: Option<Semantic>,
}

/// What a route accepts of the semantic cache.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Semantic {
    /// Accepted share of wrong hits among the semantic hits that are served.
    pub wrong_share: f64,
    /// Share of would-be hits whose answer is asked for anew, to be compared.
    pub verify_share: f64,
}

/// Parts that a route's answers are divided into, each bounded by itself, so that an eviction reads and writes one of them.
pub(crate) const SHARDS: u32 = 64;

/// A part's list is rewritten with every answer that is kept: 2,048 times 40 bytes are 80 kB.
const MAX_ENTRIES: u32 = SHARDS * 2048;

/// Leaves 64 kB for one answer, which is more than nearly every completion has.
const MIN_BYTES: u64 = SHARDS as u64 * 65_536;

/// Below a second a slow store alone would let a lease end; above an hour a crash would be felt.
const LEASE_MS: std::ops::RangeInclusive<u32> = 1000..=3_600_000;

impl Policy {
    /// Refuses what no route can mean.
    ///
    /// # Errors
    /// Names the field and the remedy.
    pub fn validate(&self) -> Result<(), Error> {
        let Self { ttl_seconds, max_entries, max_bytes, lease_ms, semantic } = self;
        check(*ttl_seconds > 0, || "policy.ttl-seconds is 0; use at least 1, or don't cache".to_owned())?;
        check((SHARDS..=MAX_ENTRIES).contains(max_entries), || {
            format!("policy.max-entries is {max_entries}; use {SHARDS} to {MAX_ENTRIES}")
        })?;
        check(*max_bytes >= MIN_BYTES, || {
            format!("policy.max-bytes is {max_bytes}; use at least {MIN_BYTES}")
        })?;
        check(LEASE_MS.contains(lease_ms), || {
            format!("policy.lease-ms is {lease_ms}; use {} to {}", LEASE_MS.start(), LEASE_MS.end())
        })?;
        let Some(Semantic { wrong_share, verify_share }) = semantic else { return Ok(()) };
        check(*wrong_share > 0.0 && *wrong_share <= 0.5, || {
            format!("policy.semantic.wrong-share is {wrong_share}; use a share above 0.0 and up to 0.5")
        })?;
        check((0.0..=1.0).contains(verify_share), || {
            format!("policy.semantic.verify-share is {verify_share}; use a share from 0.0 to 1.0")
        })
    }

    /// Answers and bytes that one part may hold.
    pub(crate) fn of_a_shard(&self) -> (usize, u64) {
        (self.max_entries.div_ceil(SHARDS) as usize, self.max_bytes / u64::from(SHARDS))
    }
}
