//! The limits of a node that says nothing about them, each with its reason.

/// A connection across a continent stands within 300 ms, its TLS included within a second; a host that is down should
/// cost the caller no more than a blink before the next target is tried.
pub(super) fn connect_ms() -> u32 {
    2_000
}

/// A long prompt on a small GPU takes seconds before its first token, a cold model that must be loaded tens of them.
pub(super) fn first_token_ms() -> u32 {
    30_000
}

/// The slowest usable model writes a token a second; fifteen without one is a stall, not a slow answer.
pub(super) fn between_tokens_ms() -> u32 {
    15_000
}

/// Five minutes are the longest completions that people wait for, and less than most proxies' own limit.
pub(super) fn total_ms() -> u32 {
    300_000
}
