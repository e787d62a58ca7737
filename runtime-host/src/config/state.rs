//! Where state is kept.

use super::Environment;
use crate::state::Redis;
use gusset_generate::config::Secret;
use serde::{Deserialize, Serialize};
use std::path::{Path, PathBuf};

/// Where state is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum State {
    /// In a SQLite file, which survives.
    File(PathBuf),
    /// On the Redis server of this URL, which several hosts can share.
    Redis(Secret),
    /// In memory, which does not survive.
    Memory,
}

/// `[state]` as it is written.
#[derive(Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(super) struct Section {
    path: Option<PathBuf>,
    redis: Option<String>,
    redis_env: Option<String>,
    memory: bool,
    pub(super) responses_kept: u32,
}

/// Relative to the configuration file, so that a project keeps its state with itself.
const FILE: &str = ".gusset/state.db";

// === impl Section ===

impl Default for Section {
    /// Ten thousand responses of some 10 kB each are 100 MB a tenant.
    fn default() -> Self {
        Self { path: None, redis: None, redis_env: None, memory: false, responses_kept: 10_000 }
    }
}

impl Section {
    /// The place, with a path relative to `base`.
    ///
    /// # Errors
    /// The key of the configuration, and what is wrong with it.
    pub(super) fn resolve(self, base: &Path, environment: &Environment) -> Result<State, (String, String)> {
        let places = [
            ("`path`", self.path.is_some()),
            ("`redis`", self.redis.is_some()),
            ("`redis_env`", self.redis_env.is_some()),
            ("`memory = true`", self.memory),
        ];
        let mut set = places.into_iter().filter(|(_, is_set)| *is_set).map(|(name, _)| name);
        if let (Some(first), Some(second)) = (set.next(), set.next()) {
            return Err(("state".into(), format!("has both {first} and {second}; keep one of them")));
        }
        if let Some(url) = &self.redis {
            return redis("state.redis", url);
        }
        if let Some(variable) = &self.redis_env {
            let url = environment.get(variable).ok_or_else(|| {
                let problem = format!("names {variable}, which is not set; export it first");
                ("state.redis_env".to_owned(), problem)
            })?;
            return redis("state.redis_env", url);
        }
        Ok(if self.memory { State::Memory } else { State::File(base.join(self.path.unwrap_or(FILE.into()))) })
    }
}

fn redis(key: &str, url: &str) -> Result<State, (String, String)> {
    match Redis::server(url) {
        Ok(_) => Ok(State::Redis(Secret::new(url))),
        Err(problem) => Err((key.to_owned(), format!("is not usable: {problem}"))),
    }
}

#[cfg(test)]
impl Section {
    /// Every key written.
    pub(super) fn complete() -> Self {
        Self {
            path: Some("state.db".into()),
            redis: Some("redis://127.0.0.1".into()),
            redis_env: Some("REDIS_URL".into()),
            ..Self::default()
        }
    }
}
