//! What a lookup says.

use crate::Lease;

/// An answer from the cache.
#[derive(Clone, Debug, PartialEq)]
pub struct Hit {
    /// What was kept.
    pub value: Vec<u8>,
    /// Milliseconds since then.
    pub age_ms: u64,
    /// Absent for the same request.
    pub similar: Option<Similar>,
}

/// How near another question is.
#[derive(Clone, Debug, PartialEq)]
pub struct Similar {
    /// Cosine of the two questions' vectors.
    pub similarity: f64,
    /// That the two ask the same, as far as is known.
    pub probability: f64,
    /// The question that was answered.
    pub question: String,
}

/// Why the cache has no part in a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Bypass {
    /// `cache-control: no-store`.
    NoStore,
    /// `cache-control: only-if-cached`, and there is nothing.
    OnlyIfCached,
}

/// What a lookup found.
#[derive(Debug)]
pub enum Found {
    /// An answer.
    Hit(Hit),
    /// Nothing, and nobody else makes the call.
    Lead(Box<Lease>),
    /// Nothing yet: somebody makes this very call. Ask again after so many milliseconds.
    Wait(u32),
    /// The call is to be made without the cache, or not at all.
    Bypass(Bypass),
}

impl Found {
    /// The response header's value.
    #[must_use]
    pub fn header(&self) -> String {
        match self {
            Self::Hit(Hit { similar: None, .. }) => "hit".to_owned(),
            Self::Hit(Hit { similar: Some(Similar { similarity, .. }), .. }) => {
                // Rounded down: 1.00 is the same direction, not nearly the same.
                format!("semantic-hit; similarity={:.2}", (similarity * 100.0).floor() / 100.0)
            }
            Self::Lead(_) => "miss".to_owned(),
            Self::Wait(_) => "wait".to_owned(),
            Self::Bypass(Bypass::NoStore) => "bypass; reason=no-store".to_owned(),
            Self::Bypass(Bypass::OnlyIfCached) => "bypass; reason=only-if-cached".to_owned(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headers_say_what_happened() {
        let hit = |similar| Found::Hit(Hit { value: Vec::new(), age_ms: 0, similar });
        let similar = Similar { similarity: 0.979, probability: 0.99, question: String::new() };
        assert_eq!(hit(None).header(), "hit");
        assert_eq!(hit(Some(similar)).header(), "semantic-hit; similarity=0.97");
        assert_eq!(Found::Wait(10).header(), "wait");
        assert_eq!(Found::Bypass(Bypass::NoStore).header(), "bypass; reason=no-store");
    }
}
