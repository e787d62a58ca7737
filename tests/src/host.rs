//! The native host, as a process of its own, on a free port.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::Context;
use tempfile::TempDir;

use crate::artefacts;
use crate::client::Client;
use crate::process::Process;

/// A host that serves.
pub struct Host {
    process: Process,
    client: Client,
    folder: Folder,
}

/// Configuration and state of a host; outlives the host where a test starts it again.
pub struct Folder {
    folder: TempDir,
    application: PathBuf,
}

impl Folder {
    /// An empty state under `configuration`, in the form of `gusset.toml`.
    ///
    /// # Errors
    /// When there is no room for it.
    pub fn new(configuration: &str) -> anyhow::Result<Self> {
        let folder = tempfile::tempdir()?;
        fs::write(folder.path().join("gusset.toml"), configuration)?;
        Ok(Self { folder, application: "gusset.wasm".into() })
    }

    /// For another composition that the build makes, such as `gusset-open.wasm`, or for one at an absolute path.
    #[must_use]
    pub fn with_application(self, application: impl Into<PathBuf>) -> Self {
        Self { application: application.into(), ..self }
    }

    /// Where it is.
    #[must_use]
    pub fn path(&self) -> &Path {
        self.folder.path()
    }

    /// `gusset up` with this configuration, not started yet.
    ///
    /// # Errors
    /// When it was not built.
    pub fn command(&self) -> anyhow::Result<Command> {
        let mut command = gusset()?;
        command
            .arg("up")
            .arg("--config")
            .arg(self.path().join("gusset.toml"))
            .arg("--component")
            .arg(artefacts::built(&self.application)?)
            .args(["--listen", "127.0.0.1:0"])
            .current_dir(self.path());
        Ok(command)
    }

    /// Starts a host and waits until it serves.
    ///
    /// # Errors
    /// When it doesn't; with all that it said.
    pub fn start(self) -> anyhow::Result<Host> {
        let mut process = Process::start(&mut self.command()?)?;
        let url = process.wait_for(|line| line.strip_prefix("serving").map(|url| url.trim().to_owned()))?;
        Ok(Host { process, client: Client::new(&url), folder: self })
    }
}

impl Host {
    /// Starts a host with an empty state.
    ///
    /// # Errors
    /// As [`Folder::start`].
    pub fn start(configuration: &str) -> anyhow::Result<Self> {
        Folder::new(configuration)?.start()
    }

    /// A caller of it.
    #[must_use]
    pub fn client(&self) -> &Client {
        &self.client
    }

    /// Its process.
    pub fn process(&mut self) -> &mut Process {
        &mut self.process
    }

    /// Kills it and keeps what it left on disk.
    ///
    /// # Errors
    /// When it can't be killed.
    pub fn kill(self) -> anyhow::Result<Folder> {
        self.process.kill()?;
        Ok(self.folder)
    }

    /// Asks it to stop, waits until it has, and returns what it left and what it said.
    ///
    /// # Errors
    /// When it does not stop, or not well.
    pub fn stop(self) -> anyhow::Result<(Folder, String)> {
        self.process.terminate()?;
        let (status, said) = self.process.wait_for_end()?;
        anyhow::ensure!(status.success(), "{status}: {said}");
        Ok((self.folder, said))
    }
}

/// The `gusset` command, with compiled components kept beside the build's other results.
///
/// # Errors
/// When it was not built.
pub fn gusset() -> anyhow::Result<Command> {
    let mut command = Command::new(binary()?);
    command.env("GUSSET_CACHE", artefacts::target()?.join("gusset/compiled")).env_remove("GUSSET_API_KEY");
    Ok(command)
}

fn binary() -> anyhow::Result<PathBuf> {
    artefacts::built(format!("debug/gusset{}", std::env::consts::EXE_SUFFIX)).context("the host")
}
