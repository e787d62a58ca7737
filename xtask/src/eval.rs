//! `cargo xtask eval …`: quality through the served system, on data that is not part of the repository.

use std::ffi::OsString;
use std::process::Command;

use clap::Args;

use crate::build;
use crate::layout::{Layout, cargo};
use crate::process::Checked as _;

#[derive(Args)]
pub(crate) struct Options {
    /// What to measure, and how: passed on to `gusset-eval`, whose `--help` says what there is.
    #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
    arguments: Vec<OsString>,
}

pub(crate) fn run(layout: &Layout, options: &Options) -> anyhow::Result<()> {
    build::run(layout, &build::Options::default())?;
    Command::new(cargo())
        .current_dir(&layout.root)
        .args(["run", "--quiet", "-p", "gusset-benches", "--bin", "gusset-eval", "--"])
        .args(&options.arguments)
        .env("GUSSET_BIN", layout.host())
        .env("GUSSET_COMPONENT", layout.composition())
        .checked("gusset-eval")
}
