//! What `cargo xtask build` made, and where the repository is.

use std::path::{Path, PathBuf};

use anyhow::ensure;

/// The repository.
#[must_use]
pub fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().map_or_else(PathBuf::new, Path::to_path_buf)
}

/// Cargo's target directory: what xtask says, else the one that this test was built in.
///
/// # Errors
/// When neither can be known.
pub fn target() -> anyhow::Result<PathBuf> {
    if let Some(target) = std::env::var_os("GUSSET_TARGET") {
        return Ok(target.into());
    }
    // …/target/debug/deps/<test>
    let test = std::env::current_exe()?;
    let target = test.ancestors().nth(3);
    target
        .map(Path::to_path_buf)
        .ok_or_else(|| anyhow::anyhow!("{} is not in a target directory", test.display()))
}

/// One artefact, by its path below the target directory; an absolute path is itself.
///
/// # Errors
/// When it was not built.
pub fn built(path: impl AsRef<Path>) -> anyhow::Result<PathBuf> {
    let path = target()?.join(path);
    ensure!(path.exists(), "{} is missing: run `cargo xtask build`", path.display());
    Ok(path)
}

/// `target/components/<name>.wasm`.
///
/// # Errors
/// When it was not built.
pub fn component(name: &str) -> anyhow::Result<PathBuf> {
    built(format!("components/{name}.wasm"))
}

/// Data for measuring quality, beside the repository; `None`, with a line that says so, where it is absent.
#[must_use]
pub fn shared_data(path: &str) -> Option<PathBuf> {
    let file = root().join("../shared/data").join(path);
    if file.exists() {
        return Some(file);
    }
    println!("skipped: ../shared/data/{path} is not there");
    None
}
