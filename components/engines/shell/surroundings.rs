//! What an engine's client needs beside its transport: settings from `wasi:config`, and clock, chance and standard error from the standard library.

use crate::Transport;
use crate::bindings::wasi::config::store;
use gusset_engines::{Names, Surroundings};
use std::hash::{BuildHasher as _, Hasher as _, RandomState};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// The keys of the configuration.
pub(crate) const NAMES: Names = Names { url: "engine_url", key: "engine_api_key" };

impl Surroundings for Transport {
    fn unix_time(&self) -> Duration {
        SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default()
    }

    fn draw(&self) -> u64 {
        RandomState::new().build_hasher().finish()
    }

    fn warn(&self, message: &str) {
        eprintln!("{message}");
    }
}

/// Where the engine is, and what it is opened with.
pub(crate) fn settings() -> Result<(String, Option<String>), String> {
    let url = setting(NAMES.url)?;
    let url = url.ok_or_else(|| format!("`{}` is not set: say where the engine is", NAMES.url))?;
    Ok((url, setting(NAMES.key)?))
}

/// A value that is not empty: variables that nobody set are.
fn setting(name: &str) -> Result<Option<String>, String> {
    match store::get(name) {
        Ok(value) => Ok(value.filter(|value| !value.is_empty())),
        Err(store::Error::Upstream(problem) | store::Error::Io(problem)) => {
            Err(format!("`{name}` can't be read: {problem}"))
        }
    }
}
