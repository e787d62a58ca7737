//! One count: what was used in the current windows, and what calls in progress hold. Pure arithmetic.

use gusset_types::Cost;
use serde::{Deserialize, Serialize};

use super::exceeded::Measure;
use super::limits::Limits;
use crate::calendar::Day;

/// Seconds of a minute.
const MINUTE: u64 = 60;
/// Minutes of a day.
const DAY_MINUTES: u64 = 1440;
/// Minutes after which a reservation that nobody settled is no longer counted. Longer than a call can take: an instance that
/// still works on it at that time has met the host's own limits before.
const EXPIRY: u64 = 15;
/// When to come back, in seconds, where calls in progress hold what one more needs: about as long as a short answer takes.
const SOON: u64 = 2;

/// A count. It stays small however many calls there are: reservations of one minute are held as one sum.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Ledger {
    /// The latest minute that was counted, in minutes of Unix time. Clocks of several machines differ; the count's own never goes
    /// back.
    minute: u64,
    /// Calls that began in it.
    requests: u64,
    /// Tokens of those of them that are settled.
    tokens: u64,
    /// Of calls that began on the minute's day and are settled.
    day: Cost,
    /// Of calls that began in the minute's month and are settled.
    month: Cost,
    /// By the minute that they were made in, ascending.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    held: Vec<Held>,
}

/// Reservations of one minute that are not settled.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Held {
    minute: u64,
    tokens: u64,
    cost: Cost,
}

/// What a call uses or may use.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Use {
    pub(super) tokens: u64,
    pub(super) cost: Cost,
}

/// A limit that a call would exceed, in the measure's unit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Excess {
    pub(super) measure: Measure,
    pub(super) limit: u64,
    pub(super) used: u64,
    pub(super) asked: u64,
    pub(super) reset: u64,
    pub(super) retry_after: u64,
}

/// A limit, and how much of it is taken.
struct Taken {
    measure: Measure,
    limit: Option<u64>,
    settled: u64,
    held: u64,
    asked: u64,
    reset: u64,
}

impl Ledger {
    /// Counts a call that may use `asked`, and returns the minute that it is counted in. `now` is Unix time in seconds.
    ///
    /// # Errors
    /// The first limit that it would exceed; nothing is then counted.
    pub(super) fn reserve(&mut self, limits: &Limits, asked: Use, now: u64) -> Result<u64, Excess> {
        self.advance(now);
        let now = now.max(self.minute.saturating_mul(MINUTE));
        for taken in self.taken(limits, asked) {
            if let Some(excess) = taken.excess(now) {
                return Err(excess);
            }
        }
        self.requests = self.requests.saturating_add(1);
        match self.held.iter_mut().find(|held| held.minute == self.minute) {
            Some(held) => held.add(asked),
            None => self.held.push(Held { minute: self.minute, tokens: asked.tokens, cost: asked.cost }),
        }
        Ok(self.minute)
    }

    /// Replaces what was reserved in `minute` by what was used.
    pub(super) fn settle(&mut self, minute: u64, reserved: Use, used: Use, now: u64) {
        self.advance(now);
        self.free(minute, reserved);
        if minute == self.minute {
            self.tokens = self.tokens.saturating_add(used.tokens);
        }
        if day(minute) == day(self.minute) {
            self.day = self.day.plus(used.cost);
        }
        if month(minute) == month(self.minute) {
            self.month = self.month.plus(used.cost);
        }
    }

    /// Takes back a call that did not take place.
    pub(super) fn cancel(&mut self, minute: u64, reserved: Use, now: u64) {
        self.advance(now);
        self.free(minute, reserved);
        if minute == self.minute {
            self.requests = self.requests.saturating_sub(1);
        }
    }

    /// Whether it holds nothing that the windows of `now` would count.
    pub(super) fn is_past(&self, now: u64) -> bool {
        let now = now / MINUTE;
        self.minute.saturating_add(EXPIRY) <= now && month(self.minute) < month(now)
    }

    fn free(&mut self, minute: u64, reserved: Use) {
        // One that has expired is gone already.
        if let Some(held) = self.held.iter_mut().find(|held| held.minute == minute) {
            held.tokens = held.tokens.saturating_sub(reserved.tokens);
            held.cost = held.cost.minus(reserved.cost);
        }
        self.held.retain(|held| held.tokens > 0 || held.cost > Cost::ZERO);
    }

    /// Goes on to the windows of `now`, unless the count is there already or further.
    fn advance(&mut self, now: u64) {
        let minute = now / MINUTE;
        if minute <= self.minute {
            return;
        }
        if day(minute) != day(self.minute) {
            self.day = Cost::ZERO;
        }
        if month(minute) != month(self.minute) {
            self.month = Cost::ZERO;
        }
        (self.minute, self.requests, self.tokens) = (minute, 0, 0);
        self.held.retain(|held| held.minute.saturating_add(EXPIRY) > minute);
    }

    fn taken(&self, limits: &Limits, asked: Use) -> [Taken; 4] {
        let today = day(self.minute);
        let this_month = month(self.minute);
        let held = |counts: &dyn Fn(u64) -> bool| {
            let counted = self.held.iter().filter(|held| counts(held.minute));
            counted.fold(Use::default(), |sum, held| Use {
                tokens: sum.tokens.saturating_add(held.tokens),
                cost: sum.cost.plus(held.cost),
            })
        };
        let next_minute = self.minute.saturating_add(1).saturating_mul(MINUTE);
        let money = Cost::nanodollars;
        [
            Taken {
                measure: Measure::RequestsPerMinute,
                limit: limits.requests_per_minute,
                settled: self.requests,
                held: 0,
                asked: 1,
                reset: next_minute,
            },
            Taken {
                measure: Measure::TokensPerMinute,
                limit: limits.tokens_per_minute,
                settled: self.tokens,
                held: held(&|minute| minute == self.minute).tokens,
                asked: asked.tokens,
                reset: next_minute,
            },
            Taken {
                measure: Measure::UsdPerDay,
                limit: limits.usd_per_day.map(money),
                settled: money(self.day),
                held: money(held(&|minute| day(minute) == today).cost),
                asked: money(asked.cost),
                reset: Day(today.saturating_add(1)).start(),
            },
            Taken {
                measure: Measure::UsdPerMonth,
                limit: limits.usd_per_month.map(money),
                settled: money(self.month),
                held: money(held(&|minute| month(minute) == this_month).cost),
                asked: money(asked.cost),
                reset: Day::first_of(this_month.saturating_add(1)).start(),
            },
        ]
    }
}

impl Held {
    fn add(&mut self, more: Use) {
        self.tokens = self.tokens.saturating_add(more.tokens);
        self.cost = self.cost.plus(more.cost);
    }
}

impl Taken {
    fn excess(&self, now: u64) -> Option<Excess> {
        let Self { measure, limit, settled, held, asked, reset } = *self;
        let limit = limit?;
        let used = settled.saturating_add(held);
        if used.saturating_add(asked) <= limit {
            return None;
        }
        let end = reset.saturating_sub(now).max(1);
        let fits_soon = held > 0 && settled.saturating_add(asked) <= limit;
        let retry_after = if fits_soon { end.min(SOON) } else { end };
        Some(Excess { measure, limit, used, asked, reset, retry_after })
    }
}

fn day(minute: u64) -> u64 {
    minute / DAY_MINUTES
}

fn month(minute: u64) -> u64 {
    Day(day(minute)).month()
}
