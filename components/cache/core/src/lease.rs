//! Who makes which call: a small table in the store, changed by compare-and-swap.
//!
//! A lease ends when it is given back, or by itself: whoever crashes holds nobody up for longer than its length. It is told apart from a later one of the
//! same request by its token, so that a caller who comes late can't give back what is no longer its own.

use serde::{Deserialize, Serialize};

use crate::ports::change;
use crate::{Error, Store, codec};

/// The calls that are being made, of one part of the digests.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Leases(Vec<Held>);

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Held {
    digest: [u8; 32],
    token: u64,
    until_ms: u64,
}

/// What became of a claim.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Claim {
    /// It is yours.
    Won,
    /// It is somebody's for so many milliseconds more.
    Lost(u64),
}

impl Leases {
    /// Milliseconds for which somebody holds the call.
    pub(crate) fn held(&self, digest: &[u8; 32], now_ms: u64) -> Option<u64> {
        let held = self.0.iter().find(|held| held.digest == *digest)?;
        held.until_ms.checked_sub(now_ms).filter(|&left| left > 0)
    }

    fn claim(&mut self, digest: [u8; 32], token: u64, now_ms: u64, until_ms: u64) -> Claim {
        if let Some(left) = self.held(&digest, now_ms) {
            return Claim::Lost(left);
        }
        self.0.retain(|held| held.until_ms > now_ms && held.digest != digest);
        self.0.push(Held { digest, token, until_ms });
        Claim::Won
    }

    /// Whether it was held by that token.
    fn free(&mut self, digest: &[u8; 32], token: u64) -> bool {
        let before = self.0.len();
        self.0.retain(|held| held.digest != *digest || held.token != token);
        self.0.len() < before
    }
}

/// Tries to take the call.
pub(crate) fn claim(
    store: &dyn Store,
    key: &str,
    digest: [u8; 32],
    token: u64,
    now_ms: u64,
    lease_ms: u32,
) -> Result<Claim, Error> {
    change(store, key, |current| {
        let mut leases: Leases = codec::decode(current).unwrap_or_default();
        let until_ms = now_ms.saturating_add(lease_ms.into());
        match leases.claim(digest, token, now_ms, until_ms) {
            Claim::Won => Ok((Some(codec::encode(key, &leases)?), Claim::Won)),
            lost @ Claim::Lost(_) => Ok((None, lost)),
        }
    })
}

/// Gives the call back, if it is still held by that token.
pub(crate) fn free(store: &dyn Store, key: &str, digest: &[u8; 32], token: u64) -> Result<(), Error> {
    change(store, key, |current| {
        let mut leases: Leases = codec::decode(current).unwrap_or_default();
        let value = if leases.free(digest, token) { Some(codec::encode(key, &leases)?) } else { None };
        Ok((value, ()))
    })
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_lease_is_held_by_one_until_it_ends() {
        let mut leases = Leases::default();
        let digest = [1; 32];
        assert_eq!(leases.claim(digest, 7, 100, 200), Claim::Won);
        assert_eq!(leases.claim(digest, 8, 150, 250), Claim::Lost(50));
        assert_eq!(leases.claim([2; 32], 8, 150, 250), Claim::Won);
        assert_eq!(leases.claim(digest, 8, 200, 300), Claim::Won);
        assert!(!leases.free(&digest, 7), "it is not the first one's any more");
        assert!(leases.free(&digest, 8));
        assert_eq!(leases.claim(digest, 9, 201, 300), Claim::Won);
    }

    proptest! {
        /// Against a model that keeps one holder a digest.
        #[test]
        fn claims_and_returns_keep_one_holder(
            steps in prop::collection::vec((0_u8..3, 0_u64..4, 0_u64..30, any::<bool>()), 1..80)
        ) {
            let (mut leases, mut model) = (Leases::default(), HashMap::new());
            let mut now = 0;
            for (digest, token, pause, claims) in steps {
                now += pause;
                let live = model.get(&digest).copied().filter(|&(_, until)| until > now);
                if claims {
                    let claim = leases.claim([digest; 32], token, now, now + 40);
                    match live {
                        Some((_, until)) => prop_assert_eq!(claim, Claim::Lost(until - now)),
                        None => {
                            prop_assert_eq!(claim, Claim::Won);
                            model.insert(digest, (token, now + 40));
                        }
                    }
                } else {
                    leases.free(&[digest; 32], token);
                    if model.get(&digest).is_some_and(|&(holder, _)| holder == token) {
                        model.remove(&digest);
                    }
                }
                prop_assert!(leases.0.len() <= 3);
            }
        }
    }
}
