//! `cargo xtask eval …`: quality on data that is not part of the repository, through the served system or of the cores alone.

use std::ffi::OsString;
use std::process::Command;

use clap::Args;

use crate::build;
use crate::layout::{Layout, cargo};
use crate::process::Checked as _;

/// What needs no server.
const NATIVE: [&str; 3] = ["retrieval", "floor", "scale"];

#[derive(Args)]
pub(crate) struct Options {
    /// What to measure, and how: `retrieval`, `floor` and `scale` are passed on to `gusset-quality`, all else to `gusset-eval`; their `--help` says what there is.
    #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
    arguments: Vec<OsString>,
}

pub(crate) fn run(layout: &Layout, options: &Options) -> anyhow::Result<()> {
    build::run(layout, &build::Options::default())?;
    let measure = options.arguments.first().and_then(|argument| argument.to_str());
    let native = measure.is_some_and(|measure| NATIVE.contains(&measure));
    let (package, binary) =
        if native { ("gusset-quality", "gusset-quality") } else { ("gusset-benches", "gusset-eval") };
    Command::new(cargo())
        .current_dir(&layout.root)
        .args(["run", "--quiet", "-p", package, "--bin", binary, "--"])
        .args(&options.arguments)
        .env("GUSSET_BIN", layout.host())
        .env("GUSSET_COMPONENT", layout.composition())
        .checked(binary)
}
