//! The text of a PDF, page after page, taken in a process of its own.
//!
//! A PDF is a program by whoever made it: a kilobyte of it can inflate to gigabytes, refer to itself, or meet a bug of the library that reads it. So `child` reads
//! it, in this executable under a hidden verb, with limits on memory and time that the system enforces, and here is only read what it says.

pub(in crate::commands) mod child;

use std::fs::File;
use std::io::Read as _;
use std::process::{Child, Command, ExitStatus, Stdio};

/// Memory that reading a PDF may take. Those of thousands of pages take a tenth of it.
const MEMORY: u64 = 1 << 30;

/// Processor seconds that it may take: hundreds of pages take one.
const SECONDS: u64 = 60;

/// What is read of a failure's description.
const SAID: u64 = 4096;

/// The text of a PDF: pages with form feeds between them.
#[derive(Debug)]
pub(super) struct Text {
    pub(super) text: String,
    /// What is missing of it.
    pub(super) note: Option<String>,
}

/// Reads the PDF from where `file` stands.
///
/// # Errors
/// Why it has no text, or none that can be had, and what to do about it; also where the text has more than `limit` bytes.
pub(super) fn text(file: File, limit: u64) -> Result<Text, String> {
    let unable = |error: std::io::Error| format!("the process that reads PDFs can't be started ({error})");
    let executable = std::env::current_exe().map_err(unable)?;
    let mut child = Command::new(executable)
        .arg(child::VERB)
        // What it says is read after its text: a log that fills the pipe would never end.
        .env("GUSSET_LOG", "off")
        .stdin(file)
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .map_err(unable)?;
    let outcome = read(&mut child, limit);
    // Ended already, unless there was too much to read.
    let _ = child.kill();
    let status = child.wait().map_err(|error| format!("the process that reads PDFs got lost ({error})"))?;
    let (text, said) = outcome.map_err(|error| format!("the process that reads PDFs broke off ({error})"))?;
    if text.len() as u64 > limit {
        return Err(format!("its text has more than {limit} bytes; split it"));
    }
    if !status.success() {
        return Err(failure(status, &said));
    }
    let text = String::from_utf8(text).map_err(|_| "its text can't be read".to_owned())?;
    if text.trim().is_empty() {
        return Err(
            "it has no text, as a scan has none; recognise its text first, with ocrmypdf for example".into(),
        );
    }
    Ok(Text { text, note: Some(said.trim().to_owned()).filter(|said| !said.is_empty()) })
}

/// All of its text up to one byte beyond the limit, and the beginning of what it says about it: the child says nothing before its text is out.
fn read(child: &mut Child, limit: u64) -> std::io::Result<(Vec<u8>, String)> {
    let (mut text, mut said) = (Vec::new(), Vec::new());
    if let Some(stdout) = &mut child.stdout {
        stdout.take(limit.saturating_add(1)).read_to_end(&mut text)?;
    }
    if text.len() as u64 <= limit
        && let Some(stderr) = &mut child.stderr
    {
        stderr.take(SAID).read_to_end(&mut said)?;
    }
    Ok((text, String::from_utf8_lossy(&said).into_owned()))
}

/// Why the child failed: what it says itself, or what the system did to it.
fn failure(status: ExitStatus, said: &str) -> String {
    if status.code() == Some(child::REFUSED) {
        return said.trim().to_owned();
    }
    match signal(status) {
        Some(posix::XCPU | posix::KILL) => {
            format!(
                "reading it takes more than {SECONDS} seconds; print it to a new PDF, or convert it to text"
            )
        }
        Some(posix::ABRT) if said.contains("memory allocation") => format!(
            "reading it takes more than {} MiB of memory, as a stream that inflates without end does; print it to a new PDF, or convert it to text",
            MEMORY >> 20
        ),
        _ => {
            let line = said.lines().map(str::trim).find(|line| !line.is_empty()).unwrap_or("it says nothing");
            format!("the PDF reader fails at it ({line}); print it to a new PDF, or convert it to text")
        }
    }
}

fn signal(status: ExitStatus) -> Option<i32> {
    std::os::unix::process::ExitStatusExt::signal(&status)
}

/// Numbers that POSIX systems agree on.
mod posix {
    pub(super) const ABRT: i32 = 6;
    pub(super) const KILL: i32 = 9;
    pub(super) const XCPU: i32 = 24;
}
