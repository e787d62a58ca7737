//! `cargo xtask bench [name]`: build what the benches measure, then run them.

use clap::Args;

use crate::layout::Layout;
use crate::{build, cargo};

#[derive(Args)]
pub(crate) struct Options {
    /// One bench: a file of `benches/benches`, without its extension.
    name: Option<String>,
    #[command(flatten)]
    build: build::Options,
}

pub(crate) fn run(layout: &Layout, options: &Options) -> anyhow::Result<()> {
    build::run(layout, &options.build)?;
    let mut arguments = vec!["bench", "-p", "gusset-benches"];
    match &options.name {
        Some(name) => arguments.extend(["--bench", name]),
        None => arguments.push("--benches"),
    }
    cargo::plain(layout, "cargo bench", &arguments)
}
