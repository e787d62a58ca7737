//! Whether a step's inputs have changed since its output was made.
//!
//! A stamp is the sha256 of everything a step reads, kept beside the step's output. Contents, not times: a fresh
//! checkout or a rebuilt but equal component repeats nothing.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::Context;
use sha2::{Digest, Sha256};

use crate::layout::Layout;

/// The inputs of one step, hashed.
pub(crate) struct Stamp {
    file: PathBuf,
    digest: String,
}

impl Stamp {
    /// Hashes `inputs` (files, and folders with all that is in them) and `words` (options that matter).
    pub(crate) fn of(
        layout: &Layout,
        step: &str,
        inputs: &[PathBuf],
        words: &[&str],
    ) -> anyhow::Result<Self> {
        let mut hasher = Sha256::new();
        for word in words {
            hasher.update(word.len().to_le_bytes());
            hasher.update(word);
        }
        for input in inputs {
            add(&mut hasher, input).with_context(|| format!("reading {}", input.display()))?;
        }
        let digest = hasher.finalize().iter().map(|byte| format!("{byte:02x}")).collect();
        Ok(Self { file: layout.scratch("stamps").join(step), digest })
    }

    /// Whether `output` exists and was made from these inputs.
    pub(crate) fn is_fresh(&self, output: &Path) -> bool {
        output.exists() && fs::read_to_string(&self.file).is_ok_and(|kept| kept == self.digest)
    }

    /// Says that the output was made from these inputs.
    pub(crate) fn keep(&self) -> anyhow::Result<()> {
        if let Some(folder) = self.file.parent() {
            fs::create_dir_all(folder)?;
        }
        fs::write(&self.file, &self.digest).with_context(|| format!("writing {}", self.file.display()))
    }
}

fn add(hasher: &mut Sha256, path: &Path) -> std::io::Result<()> {
    if path.is_dir() {
        let mut entries =
            fs::read_dir(path)?.map(|entry| Ok(entry?.path())).collect::<std::io::Result<Vec<_>>>()?;
        entries.sort();
        return entries.iter().try_for_each(|entry| add(hasher, entry));
    }
    let content = fs::read(path)?;
    hasher.update(content.len().to_le_bytes());
    hasher.update(&content);
    Ok(())
}

/// Writes `content` so that a reader sees the old file or the new one, never a part.
pub(crate) fn write_whole(path: &Path, content: &[u8]) -> anyhow::Result<()> {
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder)?;
    }
    let partial = path.with_extension("partial");
    fs::write(&partial, content)
        .and_then(|()| fs::rename(&partial, path))
        .with_context(|| format!("writing {}", path.display()))
}
