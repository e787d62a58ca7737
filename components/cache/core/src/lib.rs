//! Answers of models, given again: to the same request, and to one that asks the same in other words. Over any key-value store with compare-and-swap.
//!
//! The map. [`Cache`] is what a shell calls; it needs a [`Store`]. A [`Request`] becomes two digests (`request`); [`Control`] is what
//! the request's `cache-control` says, [`Policy`] what the route says, [`Outcome`] what the answer says about being kept. Stored are answers (`entry`), the list of them
//! that bounds them (`directory`), and who makes which call (`lease`). `keys` says where.

mod cache;
mod codec;
mod control;
mod directory;
mod entry;
mod error;
mod keys;
mod lease;
mod outcome;
mod policy;
mod ports;
mod reply;
mod request;

#[cfg(test)]
mod tests;

pub use cache::{Cache, Lease};
pub use control::Control;
pub use error::Error;
pub use outcome::{Ending, Outcome, Refusal};
pub use policy::{Policy, Semantic};
pub use ports::{Edit, Embedder, Model, Moment, Store, StoreError};
pub use reply::{Bypass, Found, Hit, Similar};
pub use request::{Identity, Request, Turn};
