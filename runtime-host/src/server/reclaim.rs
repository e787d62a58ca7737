//! Memory that the start or a burst has freed, given back to the system.
//!
//! glibc gives back by itself only what is free at the end of a heap, and after a burst something small is in use there: a thousand streams that have
//! ended leave 64 MB behind that nobody uses, and compiling the application, which happens once a machine, 150 MB.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

/// Between two looks: about as long as an instance waits for its next request, so that what a burst held is given back in twice that time.
const EVERY: Duration = Duration::from_secs(10);

/// Instances that must have ended since the last look for a walk over all heaps, which takes some milliseconds, to be worth it.
const ENDED: u32 = 16;

/// How many instances have ended since the last look.
#[derive(Clone)]
pub(super) struct Ended(Arc<AtomicU32>);

// === impl Ended ===

impl Ended {
    /// As if many had ended: what the start took is given back at the first look.
    pub(super) fn at_start() -> Self {
        Self(Arc::new(AtomicU32::new(ENDED)))
    }

    /// One more.
    pub(super) fn count(&self) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }

    /// Gives back what was freed, each time that enough instances have ended; for ever.
    pub(super) async fn reclaim(self) {
        loop {
            tokio::time::sleep(EVERY).await;
            if self.0.load(Ordering::Relaxed) >= ENDED {
                self.0.store(0, Ordering::Relaxed);
                if let Err(error) = tokio::task::spawn_blocking(give_back).await {
                    tracing::warn!("memory was not given back: {error}");
                }
            }
        }
    }
}

#[cfg(all(target_os = "linux", target_env = "gnu"))]
fn give_back() {
    // SAFETY: it takes no pointer, and locks each heap that it walks over. What it says, whether anything was given back, is nobody's concern.
    unsafe { libc::malloc_trim(0) };
}

/// Other allocators give back by themselves.
#[cfg(not(all(target_os = "linux", target_env = "gnu")))]
fn give_back() {}
