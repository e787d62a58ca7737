//! This machine's clock, chance and log.

use std::hash::{BuildHasher as _, Hasher as _, RandomState};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

pub(crate) fn unix_time() -> Duration {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default()
}

pub(crate) fn draw() -> u64 {
    RandomState::new().build_hasher().finish()
}

/// What engines need beside their transport.
macro_rules! surroundings {
    ($type:ty) => {
        impl gusset_engines::Surroundings for $type {
            fn unix_time(&self) -> std::time::Duration {
                crate::system::unix_time()
            }

            fn draw(&self) -> u64 {
                crate::system::draw()
            }

            fn warn(&self, message: &str) {
                tracing::warn!("{message}");
            }
        }
    };
}

pub(crate) use surroundings;
