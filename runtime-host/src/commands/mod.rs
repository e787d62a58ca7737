//! The verbs of the `gusset` binary, one file a verb. What they print is for people; what they do is elsewhere.

mod api;
mod bake;
mod index;
mod migrate;
mod models;
mod precompile;
mod progress;
mod serving;
mod snapshot;
mod traces;
mod up;

use crate::config::{Config, Embed, Environment, Overrides};
use crate::engine;
use anyhow::Context;
use clap::{Args, Parser, Subcommand, ValueEnum};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

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
    /// Put folders of documents into a component, which then searches them without a database.
    Bake(bake::Bake),
    /// Copy a collection to another place, and verify the copy.
    Migrate(migrate::Migrate),
    /// List the models that can be asked for, or add one to embed or rerank with.
    Models(models::Models),
    /// Show what requests did, step by step.
    Traces(traces::Traces),
    /// Compile the application now, so that the next start is quick.
    Precompile(precompile::Precompile),
    /// Initialise a component and save it as it then stands.
    #[command(hide = true)]
    Snapshot(snapshot::Snapshot),
    /// Read a PDF from standard input and write its text.
    #[command(hide = true, name = index::pdf::child::VERB)]
    PdfText,
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
    /// Who runs the embedding model: the component, or the host on all cores
    #[arg(long, value_name = "WHO")]
    embed: Option<Who>,
    /// SQLite file to keep state in
    #[arg(long, value_name = "FILE", conflicts_with = "memory")]
    state: Option<PathBuf>,
    /// Keep state in memory only
    #[arg(long)]
    memory: bool,
}

/// Who runs the embedding model.
#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Who {
    Component,
    Native,
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
    pub fn run(self, environment: &Environment) -> anyhow::Result<ExitCode> {
        // Its limits hold for the whole process: before there is any thread.
        if matches!(self.verb, Verb::PdfText) {
            return Ok(index::pdf::child::run());
        }
        let work = async {
            match self.verb {
                Verb::Up(up) => up.run(environment).await,
                Verb::Index(index) => index.run(environment).await,
                Verb::Bake(bake) => bake.run(environment).await,
                Verb::Migrate(migrate) => migrate.run(environment).await,
                Verb::Models(models) => models.run(environment).await,
                Verb::Traces(traces) => traces.run(environment).await,
                Verb::Precompile(precompile) => precompile.run(environment).await,
                Verb::Snapshot(snapshot) => snapshot.run().await,
                Verb::PdfText => Ok(()),
            }
        };
        engine::executor().context("no threads to run on")?.block_on(work)?;
        Ok(ExitCode::SUCCESS)
    }
}

// === impl Setup ===

impl Setup {
    fn load(self, environment: &Environment) -> anyhow::Result<Config> {
        let Self { config, component, listen, embed, state, memory } = self;
        let native_embedding = embed.map(|who| who == Who::Native);
        let overrides = Overrides { file: config, listen, component, native_embedding, state, memory };
        Ok(Config::load(overrides, environment)?)
    }
}

/// An error with its causes, those left out that the text before them says already.
#[must_use]
pub fn explain(error: &anyhow::Error) -> String {
    error.chain().skip(1).fold(error.to_string(), |text, cause| {
        let cause = cause.to_string();
        if text.contains(cause.trim()) { text } else { format!("{text}: {cause}") }
    })
}

/// The application's file: the configured one, else what a build leaves in `target`, else what lies beside the executable.
fn component(config: &Config) -> anyhow::Result<PathBuf> {
    let name = match (&config.engine, &config.embed) {
        (Some(_), _) => "gusset-host.wasm",
        (None, Embed::Component) => "gusset.wasm",
        (None, Embed::Native { .. }) => "gusset-open.wasm",
    };
    if let Some(path) = &config.component {
        anyhow::ensure!(
            path.exists(),
            "there is no component at {}; `cargo xtask build` makes target/{name}",
            path.display()
        );
        return Ok(path.clone());
    }
    built(name, "--component")
}

/// What a build leaves in `target`, else what lies beside the executable; `argument` names another.
fn built(name: &str, argument: &str) -> anyhow::Result<PathBuf> {
    let beside = std::env::current_exe().ok().and_then(|executable| Some(executable.parent()?.to_owned()));
    let candidates = [Some(Path::new("target").join(name)), beside.map(|directory| directory.join(name))];
    candidates.into_iter().flatten().find(|path| path.exists()).with_context(|| {
        format!(
            "there is no target/{name}, and no {name} beside the executable; \
             build it with `cargo xtask build`, or name one with {argument}"
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_says_each_thing_once() {
        let io = || std::io::Error::other("disk on fire");
        let error = crate::state::Error::Setup { path: "state.db".into(), source: io() };
        let error = anyhow::Error::from(crate::runtime::Error::State(error));
        assert_eq!(explain(&error), "the state can't be opened: state.db can't be set up: disk on fire");
        assert_eq!(explain(&anyhow::Error::from(io()).context("no luck")), "no luck: disk on fire");
    }
}
