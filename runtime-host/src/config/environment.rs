//! The one file that reads the environment.
//!
//! Read once, in `main`; everything else gets the values as arguments, so that a test can say what the environment is.

use std::collections::HashMap;
use std::path::PathBuf;

/// The environment as it was when the process started.
#[derive(Clone, Debug, Default)]
pub struct Environment {
    variables: HashMap<String, String>,
}

impl Environment {
    /// The process's own. Variables that aren't UTF-8 are as good as absent: none that is looked for may be.
    #[must_use]
    pub fn of_process() -> Self {
        let text = |(name, value): (std::ffi::OsString, std::ffi::OsString)| {
            Some((name.into_string().ok()?, value.into_string().ok()?))
        };
        Self { variables: std::env::vars_os().filter_map(text).collect() }
    }

    /// The value of a variable; an empty one is absent.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&str> {
        self.variables.get(name).map(String::as_str).filter(|value| !value.is_empty())
    }

    /// `GUSSET_API_KEY`: the bearer key that `index`, `traces` and `models` send.
    #[must_use]
    pub fn api_key(&self) -> Option<&str> {
        self.get("GUSSET_API_KEY")
    }

    /// `GUSSET_URL`: the server that `index`, `traces` and `models` talk to.
    #[must_use]
    pub fn url(&self) -> Option<&str> {
        self.get("GUSSET_URL")
    }

    /// `HF_ENDPOINT`: the hub that `models add` fetches from, as other programs call it too.
    #[must_use]
    pub fn hub(&self) -> Option<&str> {
        self.get("HF_ENDPOINT")
    }

    /// `GUSSET_LOG`: what is logged, in `tracing-subscriber`'s filter syntax.
    #[must_use]
    pub fn log(&self) -> Option<&str> {
        self.get("GUSSET_LOG")
    }

    /// Directory of compiled components: `GUSSET_CACHE`, or `gusset` in the user's cache directory. Never inside the working
    /// directory: what lies there is run as machine code, and a directory that came with somebody's repository isn't to be
    /// trusted that far.
    #[must_use]
    pub fn cache(&self) -> Option<PathBuf> {
        let user = || self.get("XDG_CACHE_HOME").map(PathBuf::from);
        let home = || self.get("HOME").map(|home| PathBuf::from(home).join(".cache"));
        self.get("GUSSET_CACHE").map(PathBuf::from).or_else(|| Some(user().or_else(home)?.join("gusset")))
    }
}

impl<N: Into<String>, V: Into<String>> FromIterator<(N, V)> for Environment {
    fn from_iter<I: IntoIterator<Item = (N, V)>>(variables: I) -> Self {
        Self { variables: variables.into_iter().map(|(name, value)| (name.into(), value.into())).collect() }
    }
}
