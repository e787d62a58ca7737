//! The verbs of the `gusset` binary, one file a verb. What they print is for people; what they do is elsewhere.

mod api;
mod index;
mod models;
mod precompile;
mod progress;
mod serving;
mod traces;
mod up;

use crate::config::{Config, Environment, Overrides};
use anyhow::Context;
use clap::{Args, Parser, Subcommand};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

/// AI infrastructure cut into WebAssembly components, served natively.
#[derive(Parser)]
#[command(name = "gusset", version, max_term_width = 100)]
pub struct Command {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Subcommand)]
enum Verb {
    /// Serve the application.
    Up(up::Up),
    /// Put a folder of documents into a collection.
    Index(index::Index),
    /// List the models that can be asked for.
    Models(models::Models),
    /// Show what requests did, step by step.
    Traces(traces::Traces),
    /// Compile the application now, so that the next start is quick.
    Precompile(precompile::Precompile),
}

/// Where the configuration comes from, for the verbs that run the application.
#[derive(Args)]
struct Setup {
    /// Configuration file [default: gusset.toml, if there is one]
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// The composed application
    #[arg(long, value_name = "WASM")]
    component: Option<PathBuf>,
    /// Address to serve on; port 0 takes a free one
    #[arg(long, value_name = "ADDRESS:PORT")]
    listen: Option<SocketAddr>,
    /// SQLite file to keep state in
    #[arg(long, value_name = "FILE", conflicts_with = "memory")]
    state: Option<PathBuf>,
    /// Keep state in memory only
    #[arg(long)]
    memory: bool,
}

/// Which server to talk to, for the verbs that talk to one.
#[derive(Args)]
struct Target {
    /// The server [default: GUSSET_URL, else http://127.0.0.1:8080]
    #[arg(long, value_name = "URL")]
    url: Option<String>,
    /// Bearer key [default: GUSSET_API_KEY]
    #[arg(long, value_name = "KEY")]
    key: Option<String>,
}

// === impl Command ===

impl Command {
    /// Does what the command line asks for.
    ///
    /// # Errors
    /// With everything that a person needs to know in the error's text.
    pub fn run(self, environment: &Environment) -> anyhow::Result<()> {
        let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build();
        let runtime = runtime.context("no threads to run on")?;
        match self.verb {
            Verb::Up(up) => runtime.block_on(up.run(environment)),
            Verb::Index(index) => runtime.block_on(index.run(environment)),
            Verb::Models(models) => runtime.block_on(models.run(environment)),
            Verb::Traces(traces) => runtime.block_on(traces.run(environment)),
            Verb::Precompile(precompile) => runtime.block_on(precompile.run(environment)),
        }
    }
}

// === impl Setup ===

impl Setup {
    fn load(self, environment: &Environment) -> anyhow::Result<Config> {
        let Self { config, component, listen, state, memory } = self;
        Ok(Config::load(Overrides { file: config, listen, component, state, memory }, environment)?)
    }
}

/// The application's file: the configured one, else what a build leaves in `target`, else what lies beside the executable.
fn component(config: &Config) -> anyhow::Result<PathBuf> {
    let name = Path::new("gusset.wasm");
    if let Some(path) = &config.component {
        anyhow::ensure!(
            path.exists(),
            "there is no component at {}; `cargo xtask build` makes target/gusset.wasm",
            path.display()
        );
        return Ok(path.clone());
    }
    let beside = std::env::current_exe().ok().and_then(|executable| Some(executable.parent()?.to_owned()));
    let candidates = [Some(Path::new("target").join(name)), beside.map(|directory| directory.join(name))];
    candidates.into_iter().flatten().find(|path| path.exists()).context(
        "there is no target/gusset.wasm, and no gusset.wasm beside the executable; \
         build it with `cargo xtask build`, or name one with --component",
    )
}
