//! `cargo xtask serve-wasmtime`: the case folders that the native host passes, against `wasmtime serve`.

use std::path::PathBuf;
use std::process::{Command, Stdio};

use anyhow::bail;
use clap::Args;

use crate::layout::Layout;
use crate::process::Checked as _;
use crate::{build, test};

#[derive(Args)]
pub(crate) struct Options {
    /// The `wasmtime` binary, version 48; found on the PATH otherwise.
    #[arg(long, default_value = "wasmtime")]
    wasmtime: PathBuf,
}

pub(crate) fn run(layout: &Layout, options: &Options) -> anyhow::Result<()> {
    let version = Command::new(&options.wasmtime).arg("--version").stderr(Stdio::null()).output();
    let version =
        version.map(|output| String::from_utf8_lossy(&output.stdout).into_owned()).unwrap_or_default();
    if !version.starts_with("wasmtime 48.") {
        bail!(
            "`{}` is not wasmtime 48; install it with `cargo install wasmtime-cli --version ^48 --locked`, or name it with --wasmtime",
            options.wasmtime.display()
        );
    }
    build::run_for_tests(layout, &build::Options::default())?;
    test::command(layout)
        .args(["--test", "wasmtime_serve", "--", "--nocapture"])
        .env("GUSSET_WASMTIME", &options.wasmtime)
        .checked("cargo test --test wasmtime_serve")
}
