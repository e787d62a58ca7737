//! A child process that serves: started, waited for until it says where, ended when dropped.

use std::io::{BufRead as _, BufReader, Read};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::time::Instant;

use anyhow::{Context, bail};

use crate::DEADLINE;

/// A process, and every line that it prints.
pub struct Process {
    child: Child,
    lines: Receiver<String>,
    /// What was read of it so far, for errors.
    said: Vec<String>,
}

impl Process {
    /// Starts a command with its output read here.
    ///
    /// # Errors
    /// When it can't be started.
    pub fn start(command: &mut Command) -> anyhow::Result<Self> {
        let mut child = command
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .with_context(|| format!("starting {}", command.get_program().display()))?;
        let (sender, lines) = channel();
        let streams: [Option<Box<dyn Read + Send>>; 2] = [
            child.stdout.take().map(|stream| Box::new(stream) as _),
            child.stderr.take().map(|stream| Box::new(stream) as _),
        ];
        for stream in streams.into_iter().flatten() {
            let sender = sender.clone();
            // Reads on when nobody listens any more: a full pipe would stop the process.
            std::thread::spawn(move || {
                BufReader::new(stream).lines().map_while(Result::ok).for_each(|line| drop(sender.send(line)));
            });
        }
        Ok(Self { child, lines, said: Vec::new() })
    }

    /// Waits for a line in which `find` finds something.
    ///
    /// # Errors
    /// When the process ends first, or the deadline passes; with all that it has said.
    pub fn wait_for<T>(&mut self, find: impl Fn(&str) -> Option<T>) -> anyhow::Result<T> {
        let deadline = Instant::now() + DEADLINE;
        loop {
            match self.lines.recv_timeout(deadline.saturating_duration_since(Instant::now())) {
                Ok(line) => {
                    let found = find(&line);
                    self.said.push(line);
                    if let Some(found) = found {
                        return Ok(found);
                    }
                }
                Err(RecvTimeoutError::Timeout) => {
                    bail!("nothing within the deadline; it said:\n{}", self.said.join("\n"))
                }
                Err(RecvTimeoutError::Disconnected) => bail!("it ended; it said:\n{}", self.said.join("\n")),
            }
        }
    }

    /// Waits for the process's own end, and returns all that it said.
    ///
    /// # Errors
    /// When the deadline passes.
    pub fn wait_for_end(mut self) -> anyhow::Result<(ExitStatus, String)> {
        let deadline = Instant::now() + DEADLINE;
        loop {
            match self.lines.recv_timeout(deadline.saturating_duration_since(Instant::now())) {
                Ok(line) => self.said.push(line),
                // Both pipes are closed: the process has ended or is about to.
                Err(RecvTimeoutError::Disconnected) => return Ok((self.child.wait()?, self.said.join("\n"))),
                Err(RecvTimeoutError::Timeout) => bail!("still running; it said:\n{}", self.said.join("\n")),
            }
        }
    }

    /// Its id.
    #[must_use]
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// Ends it at once, as a power cut would: SIGKILL.
    ///
    /// # Errors
    /// When it can't be.
    pub fn kill(mut self) -> anyhow::Result<()> {
        self.child.kill()?;
        self.child.wait()?;
        Ok(())
    }

    /// Asks it to end: SIGTERM.
    ///
    /// # Errors
    /// When it can't be asked.
    pub fn terminate(&self) -> anyhow::Result<()> {
        let status = Command::new("kill").args(["-TERM", &self.id().to_string()]).status()?;
        anyhow::ensure!(status.success(), "kill: {status}");
        Ok(())
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // Already ended is as good.
        drop(self.child.kill());
        drop(self.child.wait());
    }
}
