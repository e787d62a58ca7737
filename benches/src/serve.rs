//! `wasmtime serve`: a host that knows nothing of Gusset, for comparison. `WASMTIME` names the binary.

use anyhow::Context;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};

/// It at work; gone when dropped.
pub struct Serve {
    url: String,
    process: Child,
}

impl Serve {
    /// Serves a component; `None`, with a line that says so, where `WASMTIME` names no binary.
    ///
    /// # Errors
    /// Where it ends before it listens.
    pub fn start(component: &Path, options: &[&str]) -> anyhow::Result<Option<Self>> {
        let Some(wasmtime) = std::env::var_os("WASMTIME") else {
            println!("without `wasmtime serve`: WASMTIME names no binary");
            return Ok(None);
        };
        let mut process = Command::new(wasmtime)
            .args(["serve", "-S", "cli,keyvalue,config", "--addr", "127.0.0.1:0"])
            .args(options)
            .arg(component)
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()?;
        let stderr = process.stderr.take().context("its stderr is piped")?;
        let mut serve = Self { url: String::new(), process };
        let mut lines = BufReader::new(stderr).lines().map_while(Result::ok);
        let address = lines.find_map(|line| Some(line.split_once("http://")?.1.trim().to_owned()));
        let address = address.context("`wasmtime serve` ended before it listened")?;
        serve.url = format!("http://{}", address.trim_end_matches('/'));
        // Read to its end, so that what it says later finds room.
        std::thread::spawn(move || lines.for_each(drop));
        Ok(Some(serve))
    }

    /// Where it listens: scheme, host and port.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.url
    }
}

impl Drop for Serve {
    fn drop(&mut self) {
        // Best effort: a process that already ended can't be ended again.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
