//! `cargo xtask test`: what CI runs. Build, every check, then the tests of cores, components, composition and served
//! application, cheapest first as far as cargo lets us choose.

use clap::Args;
use std::path::PathBuf;
use std::process::{Command, Stdio};

use crate::layout::{Layout, cargo};
use crate::process::Checked as _;
use crate::{build, check, python};

#[derive(Args)]
pub(crate) struct Options {
    /// A `wasmtime` 48 to run the shared cases against too.
    #[arg(long)]
    wasmtime: Option<PathBuf>,
    /// Passed on to `cargo test`.
    #[arg(last = true)]
    arguments: Vec<String>,
}

pub(crate) fn run(layout: &Layout, options: &Options) -> anyhow::Result<()> {
    check::quick(layout)?;
    build::run_for_tests(layout, &build::Options::default())?;
    check::run(layout)?;
    let mut command = command(layout);
    if let Some(python) = python::environment(layout) {
        command.env("GUSSET_PYTHON", python);
    }
    if Command::new("redis-server").arg("--version").stdout(Stdio::null()).status().is_err() {
        eprintln!(
            "skipped: tests with Redis (redis-server is not installed; Debian's package redis-server has it)"
        );
    }
    if let Some(wasmtime) = &options.wasmtime {
        command.env("GUSSET_WASMTIME", std::path::absolute(wasmtime)?);
    }
    command.args(&options.arguments).checked("cargo test")
}

/// `cargo test` over all native crates, told where the build's results are.
pub(crate) fn command(layout: &Layout) -> Command {
    let mut command = Command::new(cargo());
    command.current_dir(&layout.root).arg("test");
    for package in layout.tested_packages() {
        command.args(["-p", &package]);
    }
    command.env("GUSSET_TARGET", &layout.target);
    command
}
