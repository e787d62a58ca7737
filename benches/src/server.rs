//! A host of our own: an empty state in a temporary folder, a free port, gone when dropped.

use anyhow::{Context, ensure};
use std::io::{BufRead, BufReader};
use std::net::TcpListener;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// Where state is kept that is kept in a file.
const FILE: &str = "state.db";

/// A host at work.
pub struct Server {
    url: String,
    process: Option<Child>,
    // The state goes when the process has gone.
    state: Option<tempfile::TempDir>,
}

/// Where a host keeps its state.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// In a file, as it does unless it is told otherwise.
    File,
    /// In its memory.
    Memory,
}

impl Server {
    /// Starts a host, or points at the one at `url`.
    ///
    /// # Errors
    /// Where the binary or the component is missing, or the host does not become healthy.
    pub fn start(gusset: &Path, component: &Path, url: Option<&str>) -> anyhow::Result<Self> {
        match url {
            Some(url) => Ok(Self { url: url.trim_end_matches('/').to_owned(), process: None, state: None }),
            None => Self::with(gusset, component, State::File, ""),
        }
    }

    /// Starts a host with these sections in its `gusset.toml`.
    ///
    /// # Errors
    /// As [`Self::start`].
    pub fn with(gusset: &Path, component: &Path, kept: State, sections: &str) -> anyhow::Result<Self> {
        ensure!(gusset.is_file(), "no host at {}: run `cargo xtask build`", gusset.display());
        ensure!(component.is_file(), "no component at {}: run `cargo xtask build`", component.display());
        let state = tempfile::tempdir()?;
        let port = TcpListener::bind("127.0.0.1:0")?.local_addr()?.port();
        let config = state.path().join("gusset.toml");
        std::fs::write(
            &config,
            format!(
                "listen = \"127.0.0.1:{port}\"\n[state]\n{}\n[limits]\nrequest_seconds = 3600\n{sections}",
                match kept {
                    State::File => format!("path = \"{FILE}\""),
                    State::Memory => "memory = true".to_owned(),
                }
            ),
        )?;
        let mut process = Command::new(gusset)
            .arg("up")
            .arg("--config")
            .arg(&config)
            .arg("--component")
            .arg(component)
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .with_context(|| format!("starting {}", gusset.display()))?;
        let stderr = process.stderr.take().context("the host's stderr is piped")?;
        let log = std::thread::spawn(move || {
            BufReader::new(stderr).lines().map_while(Result::ok).collect::<Vec<_>>()
        });
        let server =
            Self { url: format!("http://127.0.0.1:{port}"), process: Some(process), state: Some(state) };
        if let Err(error) = server.wait_until_healthy() {
            drop(server);
            let said = log.join().unwrap_or_default().join("\n");
            return Err(error.context(said));
        }
        Ok(server)
    }

    /// Where it listens: scheme, host and port.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.url
    }

    /// CPU that the host has used, of all its threads, to 10 ms.
    ///
    /// # Errors
    /// Where there is no host of our own, or no `/proc`.
    pub fn cpu(&self) -> anyhow::Result<Duration> {
        // Clock ticks a second, on every Linux that Rust runs on.
        const TICKS: u64 = 100;
        let process = self.process.as_ref().context("the host is not ours")?;
        let stat = std::fs::read_to_string(format!("/proc/{}/stat", process.id()))?;
        // Behind the name, which may have spaces: state is the first field, user and system time are the 12th and 13th.
        let (_, fields) = stat.rsplit_once(')').context("no name in /proc/<pid>/stat")?;
        let ticks: u64 =
            fields.split_whitespace().skip(11).take(2).map(|field| field.parse().unwrap_or(0)).sum();
        Ok(Duration::from_millis(ticks * 1000 / TICKS))
    }

    /// Memory of the host that is its own, in bytes: what it has written to, not the files that it has mapped.
    ///
    /// # Errors
    /// As [`Self::cpu`].
    pub fn memory(&self) -> anyhow::Result<u64> {
        self.status("RssAnon:").map(|kilobytes| kilobytes * 1024)
    }

    /// Bytes of the file that the host keeps its state in, with what is written ahead of it; zero where it is in memory.
    ///
    /// # Errors
    /// Where there is no host of our own.
    pub fn stored(&self) -> anyhow::Result<u64> {
        let state = self.state.as_ref().context("the host is not ours")?;
        let mut bytes = 0;
        for entry in std::fs::read_dir(state.path())? {
            let entry = entry?;
            if entry.file_name().to_string_lossy().starts_with(FILE) {
                bytes += entry.metadata()?.len();
            }
        }
        Ok(bytes)
    }

    /// Threads of the host.
    ///
    /// # Errors
    /// As [`Self::cpu`].
    pub fn threads(&self) -> anyhow::Result<u64> {
        self.status("Threads:")
    }

    fn status(&self, name: &str) -> anyhow::Result<u64> {
        let process = self.process.as_ref().context("the host is not ours")?;
        let status = std::fs::read_to_string(format!("/proc/{}/status", process.id()))?;
        let line = status.lines().find_map(|line| line.strip_prefix(name));
        let value = line.and_then(|line| line.split_whitespace().next()).context("no such line")?;
        Ok(value.parse()?)
    }

    fn wait_until_healthy(&self) -> anyhow::Result<()> {
        // A cold machine compiles the whole application first.
        let deadline = Instant::now() + Duration::from_secs(300);
        while ureq::get(&format!("{}/healthz", self.url)).call().is_err() {
            ensure!(Instant::now() < deadline, "the host did not answer on {}/healthz", self.url);
            std::thread::sleep(Duration::from_millis(50));
        }
        Ok(())
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        if let Some(process) = &mut self.process {
            // Best effort: a process that already ended can't be ended again.
            let _ = process.kill();
            let _ = process.wait();
        }
    }
}
