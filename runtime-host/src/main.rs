//! The `gusset` binary: load, build, run.
fn main() {}
