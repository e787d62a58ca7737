//! What was used: sums by day, as calls are settled, and a report over them.
//!
//! - [`Entry`]: one call; [`Journal`]: the sums of a tenant's days in a key-value store; [`Report`]: a question to them.
//!
//! A day's sums are rows, one for each key, feature, user and model that occur together, spread over a fixed number of values in the
//! store by what they are of. A row more than a value may have is summed up under [`OTHER`]. The values of a day are overwritten by
//! those of a day a quarter later: a tenant's keys are bounded, and nothing has to be cleaned up.

mod journal;
mod report;
mod sums;

pub use journal::{DAYS, Journal};
pub use report::{By, Report};
pub use sums::{Entry, Names, OTHER, Sums};

#[cfg(test)]
mod tests;
