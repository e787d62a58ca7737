//! Budgets: how much a key, a tenant, a feature or a user may call, and how concurrent calls are kept within it.
//!
//! - [`Budget`]: one rule, as configured: whom it is for, and its [`Limits`];
//! - [`Rules`]: all of them, and which hold for a call;
//! - [`Desk`]: reserves before a call what it may use, and settles after it what it did;
//! - `ledger`: the arithmetic of one count, without a store; [`Exceeded`]: what is said of a limit that was met.
//!
//! **Windows** are those of UTC: a minute begins at its second zero, a day at midnight, a month on its first. A call belongs to the
//! windows that it began in, however long it takes.
//!
//! **Reservations.** What a call may use is counted as used until it is settled, so that calls in progress can't spend the same
//! money twice. One that is never settled, because the instance died, expires a quarter of an hour later. A call whose actual use is
//! more than was reserved is counted as it was; the budget is then exceeded by the difference, and by no more.
//!
//! **Keys and round trips.** Counts of one subject (a tenant, a key, a feature, a user) are one value of the store, changed by
//! compare-and-swap: a call reads and writes as many values as there are kinds of subject among its budgets, mostly one, once before
//! and once after it. Without a budget for it, nothing. A refused call writes nothing that stays. Writers who meet in one value all
//! get through: each lost attempt is another's success, and the newest value comes with the loss. The counts are not sharded: a
//! shard of a limit would have to be refused before the limit is reached.

mod desk;
mod exceeded;
mod ledger;
mod limits;
mod rules;

pub use desk::{Actual, Desk, Estimate, Reservation};
pub use exceeded::{Exceeded, Measure};
pub use limits::Limits;
pub use rules::{Budget, Count, Match, Per, Rules, Subject, Unpriced};

#[cfg(test)]
mod tests;
