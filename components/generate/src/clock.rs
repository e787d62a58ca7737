//! The monotonic clock, waiting no longer than until a deadline, and draws.

use std::future::Future;
use std::pin::Pin;
use std::time::Duration;

use futures::future::{Either, select};

use crate::bindings::wasi::clocks::monotonic_clock;

/// The time, since an origin that is the same for the instance's life.
pub(crate) fn now() -> Duration {
    Duration::from_nanos(monotonic_clock::now())
}

/// A number uniform in 0 to 1, for jitter: from the clock's nanoseconds, since the component imports no randomness.
pub(crate) fn draw() -> f64 {
    gusset_generate::unit(monotonic_clock::now())
}

/// The deadline has passed.
#[derive(Debug)]
pub(crate) struct Elapsed;

/// Waits for events up to deadlines that move.
///
/// The host's timer is armed anew only when a deadline comes nearer or an armed one has rung too early: a deadline that moves on
/// with each token costs no call a token.
#[derive(Default)]
pub(crate) struct Timer {
    armed: Option<Armed>,
}

struct Armed {
    at: Duration,
    ring: Pin<Box<dyn Future<Output = ()>>>,
}

impl Timer {
    /// What `event` gives, unless `deadline` passes first; then `event` is dropped, which cancels it.
    pub(crate) async fn within<T>(
        &mut self,
        deadline: Duration,
        event: impl Future<Output = T>,
    ) -> Result<T, Elapsed> {
        let mut event = std::pin::pin!(event);
        loop {
            let armed = match &mut self.armed {
                Some(armed) if armed.at <= deadline => armed,
                slot => slot.insert(Armed::new(deadline)),
            };
            match select(event.as_mut(), armed.ring.as_mut()).await {
                Either::Left((value, _)) => return Ok(value),
                Either::Right(((), _)) => self.armed = None,
            }
            if now() >= deadline {
                return Err(Elapsed);
            }
        }
    }
}

impl Armed {
    fn new(at: Duration) -> Self {
        let mark = u64::try_from(at.as_nanos()).unwrap_or(u64::MAX);
        Self { at, ring: Box::pin(monotonic_clock::wait_until(mark)) }
    }
}
