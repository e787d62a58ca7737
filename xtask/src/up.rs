//! `cargo xtask up`: build, then become the host, serving Gusset's own documentation as the example collection.

use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::Context;
use clap::Args;

use crate::build;
use crate::layout::Layout;

/// Documents that answer questions about this repository.
const DOCUMENTS: [&str; 4] = ["README.md", "ARCHITECTURE.md", "wit/README.md", "models/README.md"];

/// The collection that they become, and what the printed request asks of it.
const COLLECTION: &str = "docs";
const QUESTION: &str = "What happens when a stream breaks?";

#[derive(Args)]
pub(crate) struct Options {
    #[command(flatten)]
    build: build::Options,
    /// Passed on to `gusset up`.
    #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
    arguments: Vec<OsString>,
}

/// Does not return when all goes well.
pub(crate) fn run(layout: &Layout, options: &Options) -> anyhow::Result<()> {
    build::run(layout, &options.build)?;
    let documents = stage(layout)?;
    let mut host = Command::new(layout.host());
    host.arg("up").arg("--component").arg(layout.composition());
    host.arg("--index").arg(&documents).args(["--collection", COLLECTION, "--question", QUESTION]);
    become_process(host.args(&options.arguments))
}

/// Copies the documents into one folder under the target directory, so that one `--index` names them all and nothing
/// else of the repository is read.
pub(crate) fn stage(layout: &Layout) -> anyhow::Result<PathBuf> {
    let folder = layout.scratch("docs");
    // What an earlier version of the repository had there is no document of this one.
    if folder.is_dir() {
        fs::remove_dir_all(&folder).with_context(|| format!("emptying {}", folder.display()))?;
    }
    let mut documents: Vec<PathBuf> = DOCUMENTS.iter().map(PathBuf::from).collect();
    for model in fs::read_dir(layout.root.join("models"))? {
        // Beside the models' folders stands what holds for all of them.
        let card = Path::new("models").join(model?.file_name()).join("README.md");
        if layout.root.join(&card).is_file() {
            documents.push(card);
        }
    }
    for document in documents {
        let from = layout.root.join(&document);
        let to = folder.join(&document);
        if let Some(parent) = to.parent() {
            fs::create_dir_all(parent)?;
        }
        fs::copy(&from, &to).with_context(|| format!("copying {}", from.display()))?;
    }
    Ok(folder)
}

/// Signals then reach the host itself, and its exit status is ours.
#[cfg(unix)]
fn become_process(command: &mut Command) -> anyhow::Result<()> {
    use std::os::unix::process::CommandExt as _;
    Err(command.exec()).context("starting gusset")
}

#[cfg(not(unix))]
fn become_process(command: &mut Command) -> anyhow::Result<()> {
    use crate::process::Checked as _;
    command.checked("gusset up")
}
