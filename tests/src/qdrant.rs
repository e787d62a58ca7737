//! The nearest to a Qdrant server that a package brings: the local mode of its Python client, behind its REST interface.

use std::path::PathBuf;
use std::process::Command;

use crate::artefacts;
use crate::process::Process;

/// A server; ends when dropped.
pub struct Qdrant {
    url: String,
    _process: Process,
}

impl Qdrant {
    /// Starts one; `None`, with a line that says why, where there is no package.
    ///
    /// # Errors
    /// When there is one and it doesn't start.
    pub fn start() -> anyhow::Result<Option<Self>> {
        Self::with_arguments(&[])
    }

    /// The same that wants `key` of whoever asks.
    ///
    /// # Errors
    /// As [`Self::start`].
    pub fn start_locked(key: &str) -> anyhow::Result<Option<Self>> {
        Self::with_arguments(&[key])
    }

    fn with_arguments(arguments: &[&str]) -> anyhow::Result<Option<Self>> {
        let Some(python) = std::env::var_os("GUSSET_PYTHON").map(PathBuf::from) else {
            println!("skipped: GUSSET_PYTHON names no interpreter (`cargo xtask test` does)");
            return Ok(None);
        };
        let has_it = Command::new(&python).args(["-c", "import qdrant_client"]).output();
        if !has_it.is_ok_and(|output| output.status.success()) {
            println!("skipped: {} has no qdrant-client", python.display());
            return Ok(None);
        }
        let script = artefacts::root().join("tests/clients/qdrant_server.py");
        let mut process =
            Process::start(Command::new(python).arg("-W").arg("ignore").arg(script).args(arguments))?;
        let url = process.wait_for(|line| line.strip_prefix("serving ").map(str::to_owned))?;
        Ok(Some(Self { url, _process: process }))
    }

    /// Where it is.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.url
    }
}
