//! Answers of models, given again: to the same request, and to one that asks the same in other words. Over any key-value store with compare-and-swap.
//!
//! The map. [`Cache`] is what a shell calls; it needs a [`Store`]. A [`Request`] becomes two digests (`request`); [`Control`] is what
//! the request's `cache-control` says, [`Policy`] what the route says, [`Outcome`] what the answer says about being kept. Stored are answers (`entry`), the list of them
//! that bounds them (`directory`), and who makes which call (`lease`). `keys` says where.
//!
//! Other words (`semantic`): questions are kept by neighbourhood (`segment`, `vector`); two are held against what
//! forbids a hit (`gusset-words`), and weighed word by word (`features`, [`Prior`]); a route's own comparisons move its thresholds (`learner`), and say how often it was wrong at most (`bound`, `tally`).

mod bound;
mod cache;
mod codec;
mod control;
mod directory;
mod entry;
mod error;
mod features;
mod keys;
mod learner;
mod lease;
mod outcome;
mod policy;
mod ports;
mod prior;
mod reply;
mod request;
mod segment;
mod semantic;
mod tally;
mod vector;

#[cfg(test)]
mod tests;

pub use bound::{CONFIDENCE, upper};
pub use cache::{Cache, Lease};
pub use control::Control;
pub use error::Error;
pub use features::FEATURES;
pub use gusset_words::Difference;
pub use outcome::{Ending, Outcome, Refusal};
pub use policy::{Policy, Semantic};
pub use ports::{Edit, Embedder, Model, Moment, Store, StoreError};
pub use prior::{Judgement, Prior, slot, stems};
pub use reply::{Bypass, Found, Hit, Similar};
pub use request::{Identity, Request, Turn};
pub use tally::Statistics;
pub use vector::quantise;
