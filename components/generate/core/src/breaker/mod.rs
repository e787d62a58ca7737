//! A circuit breaker: after failures that tell of an outage a target is left alone for a while, then asked by one request at
//! a time until it answers.
//!
//! It opens at a share of failed or slow calls in a sliding window, after failures in a row, and at once where the target says when
//! it wants to be asked again or refuses our key. The verdict on a call falls with its first token, so that a probe
//! is over in seconds however long its completion is. Verdicts on calls that began before the state last changed say
//! nothing about the present one and are ignored: a hundred calls that fail together open the breaker once.

#[cfg(test)]
mod tests;
mod verdict;
mod window;

use std::time::Duration;

pub use verdict::Verdict;
use window::{Sums, Window};

use crate::config;

/// The longest `Retry-After` that is believed: a server that names next year is asked again after an hour.
const LONGEST_RETRY_AFTER: Duration = Duration::from_secs(3600);

/// When to come back while another request probes: a probe is decided at its first token.
const AFTER_PROBE: Duration = Duration::from_secs(1);

/// The circuit breaker of one target. Times are durations since any one origin, and never run backwards.
#[derive(Clone, Debug, Default)]
pub struct Breaker {
    state: Inner,
    /// Counts changes of state; a call belongs to the one that it began in.
    era: u64,
    window: Window,
    /// Failures since the last answer.
    row: u32,
    /// Openings since the last answer.
    openings: u32,
    /// When the target last answered.
    answered: Option<Duration>,
    known: bool,
}

/// Whether a target may be asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// By everybody.
    Closed,
    /// By nobody for so long.
    Open(Duration),
    /// By one request at a time.
    HalfOpen,
}

/// The right to ask once. Give it back with [`Breaker::record`].
#[derive(Debug, PartialEq, Eq)]
pub struct Permit {
    era: u64,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Inner {
    #[default]
    Closed,
    Open {
        until: Duration,
    },
    /// A request is asking in everybody's stead. Past `until` it's taken for lost.
    Probing {
        until: Duration,
    },
}

impl State {
    /// Until it probes, in milliseconds, rounded up; zero unless open.
    #[must_use]
    pub fn open_ms(self) -> u32 {
        match self {
            Self::Open(time) => u32::try_from(time.as_nanos().div_ceil(1_000_000)).unwrap_or(u32::MAX),
            Self::Closed | Self::HalfOpen => 0,
        }
    }
}

impl Breaker {
    /// Asks for leave to call. While half-open, one caller at a time has it, and for `lease` at the longest.
    ///
    /// # Errors
    /// How long to wait before asking again.
    pub fn admit(&mut self, lease: Duration, now: Duration) -> Result<Permit, Duration> {
        self.known = true;
        match self.state {
            Inner::Closed => {}
            Inner::Open { until } if now < until => return Err(until - now),
            Inner::Probing { until } if now < until => return Err(AFTER_PROBE.min(until - now)),
            Inner::Open { .. } | Inner::Probing { .. } => {
                self.enter(Inner::Probing { until: now.saturating_add(lease) });
            }
        }
        Ok(Permit { era: self.era })
    }

    /// What became of a call. `slow` is how long a first token may take; `draw`, uniform in 0 to 1, spreads the probes of many
    /// instances over a quarter of the time open.
    pub fn record(
        &mut self,
        permit: Permit,
        verdict: Verdict,
        settings: &config::Breaker,
        slow: Duration,
        now: Duration,
        draw: f64,
    ) {
        if permit.era != self.era {
            self.extend(verdict, now);
            return;
        }
        let probing = matches!(self.state, Inner::Probing { .. });
        let late = matches!(verdict, Verdict::Answered(Some(after)) if after > slow);
        let bad = match verdict {
            Verdict::Nothing => {
                if probing {
                    self.enter(Inner::Open { until: now });
                }
                return;
            }
            Verdict::Answered(_) if !late => {
                self.answer(now);
                if probing {
                    self.window.clear();
                    self.openings = 0;
                    self.enter(Inner::Closed);
                }
                self.count(Sums { calls: 1, ..Sums::default() }, settings, now);
                return;
            }
            Verdict::Answered(_) => {
                self.answer(now);
                Sums { calls: 1, slow: 1, faults: 0 }
            }
            Verdict::Slow => Sums { calls: 1, slow: 1, faults: 0 },
            Verdict::Fault(_) | Verdict::Unauthorized => Sums { calls: 1, faults: 1, slow: 0 },
        };
        self.row = self.row.saturating_add(bad.faults);
        self.count(bad, settings, now);
        self.judge(probing, verdict, settings, now, draw);
    }

    /// A completion broke after its first token, when the verdict on its call had fallen.
    pub fn broke(&mut self, verdict: Verdict, settings: &config::Breaker, now: Duration, draw: f64) {
        if self.state != Inner::Closed {
            return;
        }
        if matches!(verdict, Verdict::Fault(_) | Verdict::Unauthorized) {
            self.row = self.row.saturating_add(1);
            self.count(Sums { faults: 1, ..Sums::default() }, settings, now);
            self.judge(false, verdict, settings, now, draw);
        }
    }

    /// Opens a breaker whose target has never answered: for a memory that ends before it has counted enough failures.
    pub fn doubt(&mut self, settings: &config::Breaker, now: Duration, draw: f64) {
        if self.state == Inner::Closed && self.answered.is_none() {
            self.open(settings, Duration::ZERO, now, draw);
        }
    }

    /// Another memory's breaker of this target is open for so long. Ignored where the target has answered here within the window:
    /// what was seen is worth more than what was heard.
    pub fn hear(&mut self, open: Duration, settings: &config::Breaker, now: Duration) {
        let heard = now.saturating_add(open.min(LONGEST_RETRY_AFTER));
        let window = Duration::from_millis(settings.window_ms.into());
        match self.state {
            Inner::Closed if self.answered.is_none_or(|at| at.saturating_add(window) < now) => {
                self.known = true;
                self.openings = self.openings.max(1);
                self.enter(Inner::Open { until: heard });
            }
            Inner::Open { until } if heard > until => self.state = Inner::Open { until: heard },
            _ => {}
        }
    }

    /// Whether the target may be asked.
    #[must_use]
    pub fn state(&self, now: Duration) -> State {
        match self.state {
            Inner::Closed => State::Closed,
            Inner::Open { until } if now < until => State::Open(until - now),
            Inner::Open { .. } | Inner::Probing { .. } => State::HalfOpen,
        }
    }

    /// Whether [`Breaker::admit`] would give leave.
    #[must_use]
    pub fn admits(&self, now: Duration) -> bool {
        match self.state {
            Inner::Closed => true,
            Inner::Open { until } | Inner::Probing { until } => now >= until,
        }
    }

    /// Whether anything is known of the target: it was asked, or heard of.
    #[must_use]
    pub fn is_known(&self) -> bool {
        self.known
    }

    /// Calls in the window, and those of them that failed or were slow.
    #[must_use]
    pub fn counts(&self, settings: &config::Breaker, now: Duration) -> (u32, u32) {
        let sums = self.window.sums(length(settings), now);
        (sums.calls, sums.faults.saturating_add(sums.slow).min(sums.calls))
    }

    fn judge(
        &mut self,
        probing: bool,
        verdict: Verdict,
        settings: &config::Breaker,
        now: Duration,
        draw: f64,
    ) {
        let asked = asked(verdict, settings);
        if probing || self.tripped(settings, now) {
            self.open(settings, asked, now, draw);
        } else if !asked.is_zero() {
            self.enter(Inner::Open { until: now.saturating_add(asked) });
        }
    }

    /// A late verdict can't say that the target is well, but it can say how long it wants to be left alone.
    fn extend(&mut self, verdict: Verdict, now: Duration) {
        if let (Inner::Open { until }, Verdict::Fault(Some(after))) = (self.state, verdict) {
            let asked = now.saturating_add(after.min(LONGEST_RETRY_AFTER));
            self.state = Inner::Open { until: until.max(asked) };
        }
    }

    fn open(&mut self, settings: &config::Breaker, at_least: Duration, now: Duration, draw: f64) {
        let doublings = self.openings.min(20);
        let ms = u64::from(settings.open_ms) << doublings;
        let backoff = Duration::from_millis(ms.min(settings.max_open_ms.into()));
        let spread = backoff.mul_f64(draw.clamp(0.0, 1.0) / 4.0);
        self.openings = self.openings.saturating_add(1);
        let time = backoff.saturating_add(spread).max(at_least);
        self.enter(Inner::Open { until: now.saturating_add(time) });
    }

    fn answer(&mut self, now: Duration) {
        (self.row, self.answered) = (0, Some(now));
    }

    fn enter(&mut self, state: Inner) {
        self.state = state;
        self.era = self.era.wrapping_add(1);
    }

    fn count(&mut self, sums: Sums, settings: &config::Breaker, now: Duration) {
        self.window.add(sums, length(settings), now);
    }

    fn tripped(&self, settings: &config::Breaker, now: Duration) -> bool {
        let sums = self.window.sums(length(settings), now);
        let reached = |part: u32, share: f32| f64::from(part) >= f64::from(share) * f64::from(sums.calls);
        let shares = sums.calls >= settings.calls
            && (reached(sums.faults, settings.errors) || reached(sums.slow, settings.slow));
        shares || self.row >= settings.failures
    }
}

fn length(settings: &config::Breaker) -> Duration {
    Duration::from_millis(settings.window_ms.into())
}

/// How long the target asks to be left alone, by `Retry-After` or by refusing our key.
fn asked(verdict: Verdict, settings: &config::Breaker) -> Duration {
    match verdict {
        Verdict::Fault(Some(after)) => after.min(LONGEST_RETRY_AFTER),
        Verdict::Unauthorized => Duration::from_millis(settings.unauthorized_ms.into()),
        _ => Duration::ZERO,
    }
}
