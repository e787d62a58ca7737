//! `cargo xtask test`: what CI runs. Build, the checks that compile nothing, then the tests of the cores and of the host.
//! With `--system`, every check and every test that runs natively, those of the served application among them.

use clap::Args;
use std::path::PathBuf;
use std::process::Command;

use crate::layout::{Layout, cargo};
use crate::process::Checked as _;
use crate::{build, check, python};

/// Crates whose tests need nothing but themselves; with those that the build makes natively they are what every change is held to.
const CORES: [&str; 9] = [
    "gusset-types",
    "gusset-tokenizer",
    "gusset-embed",
    "gusset-chunk",
    "gusset-retrieve",
    "gusset-generate",
    "gusset-orchestrate",
    "gusset-telemetry",
    "gusset-gateway",
];

#[derive(Args)]
pub(crate) struct Options {
    /// A `wasmtime` 48 to run the shared cases against too; found on the PATH otherwise.
    #[arg(long)]
    wasmtime: Option<PathBuf>,
    /// Also lint and document, as `cargo xtask check` does, and test the served application.
    #[arg(long)]
    system: bool,
    /// Passed on to `cargo test`.
    #[arg(last = true)]
    arguments: Vec<String>,
}

pub(crate) fn run(layout: &Layout, options: &Options) -> anyhow::Result<()> {
    build::run(layout, &build::Options::default())?;
    if !options.system {
        check::quick(layout)?;
        let mut command = Command::new(cargo());
        command.current_dir(&layout.root).arg("test");
        for package in CORES.iter().chain(&build::NATIVE) {
            command.args(["-p", package]);
        }
        command.env("GUSSET_TARGET", &layout.target);
        return command.args(&options.arguments).checked("cargo test");
    }
    let python = python::environment(layout);
    check::run(layout)?;
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
