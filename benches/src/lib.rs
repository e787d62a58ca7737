//! What every bench shares: a host of its own, and a comparison that survives a noisy machine.
//!
//! Each file in `benches/` asks one question and prints one table. The variants of a table run interleaved, round by round, in one process, and the table shows medians
//! and ratios to its first row: on a shared machine a number taken a minute ago is no yardstick. Criterion runs one variant after the other, which is why it isn't used.

pub mod compare;
pub mod memory;
pub mod serve;
pub mod server;
pub mod upstream;

pub use compare::Comparison;
pub use serve::Serve;
pub use server::Server;

use std::path::PathBuf;

/// A file that `cargo xtask build` made, by its path below the target directory; `GUSSET_TARGET` names that directory.
#[must_use]
pub fn built(path: &str) -> PathBuf {
    let target = std::env::var_os("GUSSET_TARGET").map_or_else(|| PathBuf::from("../target"), PathBuf::from);
    target.join(path)
}
