//! A real `redis-server` for the tests, on a socket in a folder of its own.

use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};
use tempfile::TempDir;

/// A server that fsyncs before it acknowledges; ends when dropped.
pub(in crate::state) struct Server {
    folder: TempDir,
    process: Child,
}

// === impl Server ===

impl Server {
    /// Starts one; `None`, with a line that says why, where the program isn't installed.
    pub(in crate::state) fn start() -> Option<Self> {
        let installed = Command::new("redis-server").arg("--version").stdout(Stdio::null()).status();
        if installed.is_err() {
            println!("skipped: there is no redis-server (Debian's package redis-server has it)");
            return None;
        }
        let folder = tempfile::tempdir().unwrap();
        let process = spawn(&folder);
        Some(Self { folder, process })
    }

    pub(in crate::state) fn url(&self) -> String {
        format!("unix://{}", self.socket().display())
    }

    /// SIGKILL.
    pub(super) fn kill(&mut self) {
        self.process.kill().unwrap();
        self.process.wait().unwrap();
    }

    /// Starts it again, over what it has left.
    pub(super) fn restart(&mut self) {
        self.process = spawn(&self.folder);
    }

    fn socket(&self) -> PathBuf {
        self.folder.path().join("s")
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

fn spawn(folder: &TempDir) -> Child {
    let socket = folder.path().join("s");
    let _ = std::fs::remove_file(&socket);
    let child = Command::new("redis-server")
        .args(["--port", "0", "--unixsocket"])
        .arg(&socket)
        .arg("--dir")
        .arg(folder.path())
        .args(["--save", "", "--appendonly", "yes", "--appendfsync", "always"])
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let begun = Instant::now();
    while std::os::unix::net::UnixStream::connect(&socket).is_err() {
        assert!(begun.elapsed() < Duration::from_secs(20), "redis-server doesn't answer");
        std::thread::sleep(Duration::from_millis(10));
    }
    child
}
