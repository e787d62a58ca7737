//! `cargo xtask test`: what CI runs. Build, check, then every test that runs natively, those of the served
//! application among them.

use clap::Args;
use std::path::PathBuf;
use std::process::Command;

use crate::layout::{Layout, cargo};
use crate::process::Checked as _;
use crate::{build, check, python};

#[derive(Args)]
pub(crate) struct Options {
    /// A `wasmtime` 48 to run the shared cases against too; found on the PATH otherwise.
    #[arg(long)]
    wasmtime: Option<PathBuf>,
    /// Skip the checks.
    #[arg(long)]
    no_check: bool,
    /// Passed on to `cargo test`.
    #[arg(last = true)]
    arguments: Vec<String>,
}

pub(crate) fn run(layout: &Layout, options: &Options) -> anyhow::Result<()> {
    build::run(layout, &build::Options::default())?;
    let python = python::environment(layout);
    if !options.no_check {
        check::run(layout)?;
    }
    let mut command = command(layout);
    if let Some(python) = python {
        command.env("GUSSET_PYTHON", python);
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
    for package in layout.native_packages() {
        // Its dependencies are built without optimisation, in a profile of its own.
        if package != "xtask" {
            command.args(["-p", &package]);
        }
    }
    command.env("GUSSET_TARGET", &layout.target);
    command
}
