//! `cargo xtask eval …`: quality, on data that is not part of the repository.

use std::ffi::OsString;
use std::process::Command;

use clap::Args;

use crate::build;
use crate::layout::{Layout, cargo};
use crate::process::Checked as _;

/// What is measured by a part's own tool, without a server: name, package, the tool's verb.
const TOOLS: [(&str, &str, &str); 9] = [
    ("retrieval", "gusset-quality", "retrieval"),
    ("chunking", "gusset-quality", "chunking"),
    ("ranking", "gusset-quality", "ranking"),
    ("floor", "gusset-quality", "floor"),
    ("query", "gusset-quality", "query"),
    ("groundedness", "gusset-quality", "groundedness"),
    ("scale", "gusset-quality", "scale"),
    ("routing", "gusset-router-trainer", "eval"),
    ("cache", "gusset-cache-calibration", "eval"),
];

#[derive(Args)]
pub(crate) struct Options {
    /// `retrieval`, which is `chunking`, `ranking`, `floor`, `query`, `groundedness` and `scale`; each of these; `routing`, `cache`; or a measure through the served system, of which `gusset-eval` (try `-- --help`) has the list.
    /// What follows is passed on.
    #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
    arguments: Vec<OsString>,
}

pub(crate) fn run(layout: &Layout, options: &Options) -> anyhow::Result<()> {
    build::run(layout, &build::Options::default())?;
    let mut command = Command::new(cargo());
    command.current_dir(&layout.root).args(["run", "--quiet"]);
    if let Some((what, rest)) = options.arguments.split_first()
        && let Some((_, package, verb)) = TOOLS.iter().find(|(name, ..)| what == name)
    {
        return command.args(["-p", package, "--", verb]).args(rest).checked(package);
    }
    command
        .args(["-p", "gusset-benches", "--bin", "gusset-eval", "--"])
        .args(&options.arguments)
        .env("GUSSET_BIN", layout.host())
        .env("GUSSET_COMPONENT", layout.composition())
        .checked("gusset-eval")
}
