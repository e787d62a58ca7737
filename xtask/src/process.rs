//! Child processes whose failure is an error that names them.

use std::process::{Command, Stdio};

use anyhow::{Context, bail};

/// Runs a command and turns its failure into an error.
pub(crate) trait Checked {
    /// Runs with inherited output. `what` names it in errors.
    fn checked(&mut self, what: &str) -> anyhow::Result<()>;
    /// Runs with captured standard output.
    fn stdout_of(&mut self, what: &str) -> anyhow::Result<Vec<u8>>;
}

impl Checked for Command {
    fn checked(&mut self, what: &str) -> anyhow::Result<()> {
        let status = self.status().with_context(|| format!("starting {what}"))?;
        if !status.success() {
            bail!("{what} failed: {status}");
        }
        Ok(())
    }

    fn stdout_of(&mut self, what: &str) -> anyhow::Result<Vec<u8>> {
        let output = self.stderr(Stdio::inherit()).output().with_context(|| format!("starting {what}"))?;
        if !output.status.success() {
            bail!("{what} failed: {}", output.status);
        }
        Ok(output.stdout)
    }
}
