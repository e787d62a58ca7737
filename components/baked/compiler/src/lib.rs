//! Collections into a component.
//!
//! The map. [`Draft`] is a store in memory that the retrieval core writes an index into, and makes the table of it. [`fill()`] puts a table into the data of a
//! component that has a [`Slot`](gusset_baked::Slot) for one, however deep that is nested in a composition. Nothing is run for it: the same documents in
//! the same component are the same bytes.

mod draft;
mod error;
mod fill;
mod module;

pub use draft::{Draft, TENANT};
pub use error::Error;
pub use fill::{fill, holds};
