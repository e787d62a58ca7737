//! Bearer keys: known by their sha256 alone, compared in constant time, each standing for a tenant and for what it opens.
//!
//! - [`Keyring`]: the keys of the configuration; none at all leaves access open;
//! - [`Key`]: what a key opens, until when, and what its calls are attributed to;
//! - [`Managed`]: keys made and withdrawn at run time, in the key-value store.
//!
//! A key of the first kind, `hash=tenant`, opens everything of its tenant but the management of keys.

mod key;
mod keyring;
mod managed;

pub use key::{Key, Scope, Tags};
pub use keyring::{Keyring, bearer};
pub use managed::{Created, Managed, Record, is_managed};

/// The tenant of open access, and of keys that name none.
pub const DEFAULT_TENANT: &str = "default";

#[cfg(test)]
mod tests;
