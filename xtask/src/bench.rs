//! `cargo xtask bench [name]`: build what the benches measure, then run them.
//!
//! In the profile that serves and tests: what is measured is what `cargo xtask up` runs, and nothing is compiled a second time. Kernels,
//! wasmtime and everything else that takes time are fully optimised there.

use std::fs;
use std::path::Path;
use std::process::Command;

use anyhow::Context as _;
use clap::Args;

use crate::layout::{self, Layout};
use crate::parts::Target;
use crate::process::Checked as _;
use crate::stamp::write_whole;
use crate::{build, cargo};

/// The component under every measured HTTP time; it ships nowhere.
const FLOOR: &str = "gusset-constant-component";

#[derive(Args)]
pub(crate) struct Options {
    /// One bench: a file of `benches/benches`, without its extension.
    name: Option<String>,
    #[command(flatten)]
    build: build::Options,
}

pub(crate) fn run(layout: &Layout, options: &Options) -> anyhow::Result<()> {
    build::run_for_tests(layout, &options.build)?;
    floor(layout)?;
    let mut command = Command::new(layout::cargo());
    command.current_dir(&layout.root).args(["bench", "--profile", "dev"]);
    for package in layout.tested_packages() {
        command.args(["-p", &package]);
    }
    for name in names(layout, options.name.as_deref())? {
        command.args(["--bench", &name]);
    }
    command.env("GUSSET_TARGET", &layout.target).checked("cargo bench")
}

/// The one that is asked for, or all; by name, since cargo would take every crate's tests for benches.
fn names(layout: &Layout, one: Option<&str>) -> anyhow::Result<Vec<String>> {
    if let Some(name) = one {
        return Ok(vec![name.to_owned()]);
    }
    let folder = layout.root.join("benches/benches");
    let entries = fs::read_dir(&folder).with_context(|| format!("reading {}", folder.display()))?;
    let mut names = Vec::new();
    for entry in entries {
        let path = entry?.path();
        if path.extension().is_some_and(|extension| extension == "rs") {
            names.extend(path.file_stem().map(|stem| stem.to_string_lossy().into_owned()));
        }
    }
    names.sort();
    Ok(names)
}

/// `target/bench/constant.wasm`.
fn floor(layout: &Layout) -> anyhow::Result<()> {
    let triple = Target::Wasi.triple();
    let arguments = ["build", "--profile", "component", "--target", triple];
    cargo::build(layout, "Constant component", &[FLOOR.to_owned()], &arguments)?;
    let artefact = Path::new(triple).join("component").join(FLOOR.replace('-', "_")).with_extension("wasm");
    write_whole(&layout.target.join("bench/constant.wasm"), &fs::read(layout.target.join(artefact))?)
}
