//! Uploaded files in a key-value store.
//!
//! A file is its content in parts, a record of what is known of it, and a line in the tenant's directory, written in this
//! order and removed in the reverse: whoever sees a file can read all of it, and a writer that dies leaves nothing half
//! visible. Every file has a number, from the tenant's counter; the directory's shards are runs of numbers, so that a shard is
//! bounded, a page reads few of them, and the order of uploads is the order of the list.

mod directory;
mod record;
mod registry;
mod store;
mod upload;

pub use record::File;
pub use registry::Registry;
pub use store::{Store, Swap};
pub use upload::Upload;

#[cfg(test)]
mod tests;
