//! What this machine is to do: `gusset.toml`, the environment and the flags, in one typed value.
//!
//! Parsed once and validated before a port is bound, so that nothing behind this module meets a wrong setting. Flags win
//! over the file, the file over the defaults. Only `environment` reads the environment.

mod engine;
mod environment;
mod error;
mod file;
mod guest;
mod keys;
mod limits;
mod metering;
mod schema;
mod settings;
mod state;
#[cfg(test)]
mod tests;

pub use engine::{Engine, EngineKind};
pub use environment::Environment;
pub use error::Error;
pub use guest::guest_values;
pub use keys::Key;
pub use limits::Limits;
pub use metering::Metering;
pub use state::State;

use gusset_gateway::chunking::Chunkings;
use gusset_generate::Node;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// The file that is read where no other is named, if it is there.
pub const DEFAULT_FILE: &str = "gusset.toml";

/// Everything the host needs to know, validated.
#[derive(Clone, Debug)]
pub struct Config {
    /// Address to serve on; port 0 asks the system for a free one.
    pub listen: SocketAddr,
    /// The composed application, if the configuration names it.
    pub component: Option<PathBuf>,
    /// Who runs the embedding model.
    pub embed: Embed,
    /// Where state is kept.
    pub state: State,
    /// Bounds on what one request, one instance and the whole host may use.
    pub limits: Limits,
    /// Keys that may call; empty is open access.
    pub keys: Vec<Key>,
    /// Generation servers, in the order in which they are asked.
    pub nodes: Vec<Node>,
    /// Passages to retrieve for an answer.
    pub passages: u32,
    /// The engine that collections are in, where they are not in the state.
    pub engine: Option<Engine>,
    /// How documents are cut.
    pub chunking: Chunkings,
    /// Token budgets of a prompt and its answer.
    pub generation: Generation,
    /// Traces kept a tenant.
    pub traces_kept: u32,
    /// Of a hundred answers that cite passages, those whose citations are checked afterwards.
    pub judged_percent: u32,
    /// Models, routes and caches, as the JSON text that the guest reads.
    pub settings: String,
    /// Keys with scopes, budgets, and sums of what is used.
    pub metering: Metering,
    /// Responses kept a tenant, to be gone on from.
    pub responses_kept: u32,
    /// Where compiled components are kept, if anywhere.
    pub cache: Option<PathBuf>,
}

/// Who runs the embedding model.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Embed {
    /// The application's own component.
    Component,
    /// The host, for an application that leaves it open.
    Native {
        /// The compiled model; `embed.blob` beside the application if it isn't named.
        model: Option<PathBuf>,
    },
}

/// Token budgets, used where neither the request nor the node says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Generation {
    /// Context window.
    pub context_tokens: u32,
    /// Room left for the completion.
    pub answer_tokens: u32,
}

/// What the command line says; it wins over the file.
#[derive(Clone, Debug, Default)]
pub struct Overrides {
    /// `--config`
    pub file: Option<PathBuf>,
    /// `--listen`
    pub listen: Option<SocketAddr>,
    /// `--component`
    pub component: Option<PathBuf>,
    /// `--embed native`, or not
    pub native_embedding: Option<bool>,
    /// `--state`
    pub state: Option<PathBuf>,
    /// `--memory`
    pub memory: bool,
}

// === impl Config ===

impl Config {
    /// Reads the file that `overrides` names, else `gusset.toml` of the working directory if there is one, else nothing,
    /// and applies `overrides`.
    ///
    /// # Errors
    /// Where a named file can't be read, and where anything in it is unknown or out of its range.
    pub fn load(overrides: Overrides, environment: &Environment) -> Result<Self, Error> {
        let (path, text) = match &overrides.file {
            Some(path) => (path.clone(), read(path)?),
            None if Path::new(DEFAULT_FILE).exists() => (DEFAULT_FILE.into(), read(Path::new(DEFAULT_FILE))?),
            None => (PathBuf::from(DEFAULT_FILE), String::new()),
        };
        let mut config = Self::parse(&text, &path, environment)?;
        config.listen = overrides.listen.unwrap_or(config.listen);
        config.component = overrides.component.or(config.component);
        match overrides.native_embedding {
            Some(true) if config.embed == Embed::Component => {
                config.embed = Embed::Native { model: None };
            }
            Some(false) => config.embed = Embed::Component,
            _ => {}
        }
        if config.engine.is_some() && config.embed == Embed::Component {
            return Err(Error::ComponentOverEngine);
        }
        if let Some(path) = overrides.state {
            config.state = State::File(path);
        }
        if overrides.memory {
            config.state = State::Memory;
        }
        Ok(config)
    }

    /// The configuration in `text`. `path` is named in errors, and its directory is what relative paths are relative to.
    ///
    /// # Errors
    /// As [`Config::load`].
    pub fn parse(text: &str, path: &Path, environment: &Environment) -> Result<Self, Error> {
        schema::check(text, path)?;
        let raw: file::File = toml::from_str(text)
            .map_err(|source| Error::Syntax { path: path.to_owned(), source: source.into() })?;
        raw.validate(path, environment)
    }

    /// Largest request body that the host lets through: the guest's own limits and room for a form around a file. The guest
    /// answers with the exact limit; this bound holds even if the guest forgets.
    #[must_use]
    pub fn body_cap(&self) -> u64 {
        const FORM_BYTES: u64 = 1 << 20;
        self.limits.body_bytes.max(self.limits.file_bytes).saturating_add(FORM_BYTES)
    }

    /// Longest life of a request, or of a streamed response after its head.
    #[must_use]
    pub fn request_timeout(&self) -> Duration {
        Duration::from_secs(self.limits.request_seconds)
    }
}

fn read(path: &Path) -> Result<String, Error> {
    std::fs::read_to_string(path).map_err(|source| Error::Read { path: path.to_owned(), source })
}
