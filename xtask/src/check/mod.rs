//! `cargo xtask check`: what a reviewer should never have to say.
//!
//! One check a file where it is ours; formatting, lints and documentation are cargo's.

use std::process::Command;

use crate::cargo;
use crate::layout::{self, Layout};
use crate::parts::{PARTS, Part, Target};
use crate::process::Checked as _;
use crate::up;

mod duplicates;
mod licences;
mod world;

/// What needs a build: the compositions against their worlds, lints, documentation.
///
/// # Errors
/// The first that fails, with what to do.
pub(crate) fn run(layout: &Layout) -> anyhow::Result<()> {
    eprintln!("World of the composition …");
    world::check(layout)?;
    lint(layout, "Lints, native", &layout.native_packages(), &["--all-targets"])?;
    for target in Target::ALL {
        let packages: Vec<String> =
            PARTS.iter().filter(|part| part.target == target).map(Part::package).collect();
        lint(layout, &format!("Lints, {}", target.triple()), &packages, &["--target", target.triple()])?;
    }
    document(layout)
}

/// What compiles nothing; to be run before anything is built, so that it is known at once.
///
/// # Errors
/// The first that fails, with what to do.
pub(crate) fn quick(layout: &Layout) -> anyhow::Result<()> {
    eprintln!("Formatting …");
    cargo::plain(layout, "cargo fmt", &["fmt", "--all", "--check"])?;
    eprintln!("Licences and duplicate dependencies …");
    licences::check(layout)?;
    duplicates::check(layout)?;
    eprintln!("Documents of `cargo xtask up` …");
    up::stage(layout).map(drop)
}

fn lint(layout: &Layout, title: &str, packages: &[String], extra: &[&str]) -> anyhow::Result<()> {
    eprintln!("{title} …");
    let mut command = Command::new(layout::cargo());
    command.current_dir(&layout.root).args(["clippy", "--quiet"]).args(extra);
    for package in packages {
        command.args(["-p", package]);
    }
    // Components include their models by these paths; any build left them there.
    command.envs(layout.models());
    command.args(["--", "-D", "warnings"]).checked(title)
}

/// Private items too: nothing here is published, and a crate's map names its own modules.
fn document(layout: &Layout) -> anyhow::Result<()> {
    eprintln!("Documentation …");
    let mut command = Command::new(layout::cargo());
    command.current_dir(&layout.root).args(["doc", "--quiet", "--no-deps", "--document-private-items"]);
    for package in layout.native_packages() {
        command.args(["-p", &package]);
    }
    command.env("RUSTDOCFLAGS", "-D warnings -A rustdoc::private-intra-doc-links").checked("cargo doc")
}
