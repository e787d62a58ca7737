//! Collections as one sorted table of bytes, read in place: what a baked component holds instead of a key-value store.
//!
//! The map. [`Table`] finds a value by its key without parsing, copying or building anything first, so a fresh instance is ready at once. [`Baked`] is the
//! [`Store`](gusset_retrieve::Store) of the retrieval core over it. [`Slot`] is how the component knows where its table lies. What writes tables and
//! components is `components/baked/compiler`.
//!
//! # Tenants
//! What is baked in has no tenant: every tenant finds the same. Nothing can be written, so nothing crosses from one to another; who must not read a collection
//! must not be given the component.

mod slot;
mod store;
mod table;

pub use slot::Slot;
pub use store::{Baked, READ_ONLY, shared};
pub use table::{Error, Table, write};
