//! `wasmtime serve`, a host that knows nothing of Gusset.
//!
//! Its key-value store lives and dies with one instance, so one instance serves the whole test.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::artefacts;
use crate::client::Client;
use crate::process::Process;

/// A `wasmtime` that serves an application.
pub struct Serve {
    _process: Process,
    client: Client,
}

/// The binary: what `GUSSET_WASMTIME` says, else `wasmtime` from the PATH; `None`, with a line that says so, where there is
/// none of version 48.
#[must_use]
pub fn binary() -> Option<PathBuf> {
    let binary = std::env::var_os("GUSSET_WASMTIME").map_or_else(|| PathBuf::from("wasmtime"), PathBuf::from);
    let output = Command::new(&binary).arg("--version").output().ok();
    if output.is_some_and(|output| output.stdout.starts_with(b"wasmtime 48.")) {
        return Some(binary);
    }
    println!("skipped: no wasmtime 48 (`cargo xtask serve-wasmtime --wasmtime FILE` names one)");
    None
}

impl Serve {
    /// Starts it with `target/gusset-full.wasm` and guest configuration.
    ///
    /// # Errors
    /// When it does not come up; with all that it said.
    pub fn start(binary: &Path, variables: &[(String, String)]) -> anyhow::Result<Self> {
        Self::of(binary, &artefacts::built("gusset-full.wasm")?, variables)
    }

    /// The same with another application.
    ///
    /// # Errors
    /// As [`Self::start`].
    pub fn of(binary: &Path, application: &Path, variables: &[(String, String)]) -> anyhow::Result<Self> {
        let mut command = Command::new(binary);
        command
            .arg("serve")
            .args(["-S", "cli,keyvalue,config", "--addr", "127.0.0.1:0"])
            .args(["--max-instance-reuse-count", "1000000"])
            .args(["--max-instance-concurrent-reuse-count", "1000000"])
            .args(["--idle-instance-timeout", "3600s"]);
        for (name, value) in variables {
            command.args(["-S", &format!("config-var={name}={value}")]);
        }
        command.arg(application);
        let mut process = Process::start(&mut command)?;
        let url = process.wait_for(|line| {
            let address = line.split_once("http://")?.1;
            Some(format!("http://{}", address.trim_end_matches('/')))
        })?;
        Ok(Self { _process: process, client: Client::new(&url) })
    }

    /// A caller of it.
    #[must_use]
    pub fn client(&self) -> &Client {
        &self.client
    }
}
