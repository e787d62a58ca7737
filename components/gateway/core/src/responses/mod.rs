//! Answers that are kept, so that a later request can go on from one, in a key-value store.
//!
//! A record is one value, or several where it is large, the first of them written last: whoever sees a record can read all of it. What
//! is kept is bounded twice: a record expires, and each new one pushes out the oldest of its tenant once there are as many as the operator allows.

mod record;
mod registry;

pub use record::Record;
pub use registry::Registry;

#[cfg(test)]
mod tests;
