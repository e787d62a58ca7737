//! What the last calls of a target came to, over a window that slides in steps.

use std::time::Duration;

/// Steps of a window: a call counts for the window's length, to a tenth.
const STEPS: u64 = 10;

/// Calls of the last while, in constant memory.
#[derive(Clone, Debug, Default)]
pub(super) struct Window {
    steps: [Step; STEPS as usize],
}

/// Sums of calls.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Sums {
    /// All.
    pub(super) calls: u32,
    /// Those that failed.
    pub(super) faults: u32,
    /// Those that answered late.
    pub(super) slow: u32,
}

#[derive(Clone, Copy, Debug, Default)]
struct Step {
    /// Which step of time since the clock's origin.
    number: u64,
    sums: Sums,
}

impl Window {
    /// Adds to the step of `now`. `length` is that of the whole window.
    pub(super) fn add(&mut self, added: Sums, length: Duration, now: Duration) {
        let number = number(length, now);
        let slot = usize::try_from(number % STEPS).unwrap_or_default();
        let Some(step) = self.steps.get_mut(slot) else { return };
        if step.number != number {
            *step = Step { number, sums: Sums::default() };
        }
        step.sums = step.sums.plus(added);
    }

    /// What of the window of `length` before `now` is left.
    pub(super) fn sums(&self, length: Duration, now: Duration) -> Sums {
        let last = number(length, now);
        let fresh = |step: &&Step| step.number <= last && last - step.number < STEPS;
        self.steps.iter().filter(fresh).fold(Sums::default(), |sums, step| sums.plus(step.sums))
    }

    pub(super) fn clear(&mut self) {
        *self = Self::default();
    }
}

impl Sums {
    fn plus(self, other: Self) -> Self {
        Self {
            calls: self.calls.saturating_add(other.calls),
            faults: self.faults.saturating_add(other.faults),
            slow: self.slow.saturating_add(other.slow),
        }
    }
}

fn number(length: Duration, now: Duration) -> u64 {
    let step = (length.as_nanos() / u128::from(STEPS)).max(1);
    u64::try_from(now.as_nanos() / step).unwrap_or(u64::MAX)
}
