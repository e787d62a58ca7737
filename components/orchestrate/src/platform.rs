//! What only the host knows: the time and random draws.

use std::collections::hash_map::RandomState;
use std::hash::{BuildHasher, Hasher};
use std::time::{SystemTime, UNIX_EPOCH};

use crate::bindings::wasi::clocks::monotonic_clock;

/// Unix time in nanoseconds.
pub(crate) fn now_ns() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    u64::try_from(since.as_nanos()).unwrap_or(u64::MAX)
}

/// Unix time in milliseconds.
pub(crate) fn now_ms() -> u64 {
    now_ns() / 1_000_000
}

/// Waits.
pub(crate) async fn sleep(milliseconds: u32) {
    monotonic_clock::wait_for(u64::from(milliseconds) * 1_000_000).await;
}

/// 64 bits that are unlikely to repeat, not impossible to guess. `RandomState` is SipHash under a key that std draws from
/// the host once an instance and changes with each use: that is enough for identities of spans and for weights, and no import that std hasn't
/// already.
pub(crate) fn draw() -> u64 {
    RandomState::new().build_hasher().finish()
}

/// A draw from 0 (included) to 1 (excluded).
pub(crate) fn unit_draw() -> f64 {
    // The 53 bits that a float of 64 bits holds.
    const UNIT: f64 = 1.0 / (1_u64 << 53) as f64;
    (draw() >> 11) as f64 * UNIT
}
