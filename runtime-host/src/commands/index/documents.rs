//! The documents of a folder: which files, under which names, and which can't be read as text.

use super::super::progress;
use anyhow::Context;
use bytes::Bytes;
use sha2::{Digest, Sha256};
use std::path::{Path, PathBuf};

/// What is taken for a document.
pub(super) const EXTENSIONS: [&str; 5] = ["md", "markdown", "txt", "html", "htm"];

/// The same for people.
pub(in super::super) fn listed() -> String {
    EXTENSIONS.map(|extension| format!(".{extension}")).join(", ")
}

/// No server takes more, so no more is read into memory.
const MAX_BYTES: u64 = 1 << 30;

/// A file to index.
#[derive(Debug)]
pub(in super::super) struct Document {
    /// Relative to the folder, `/` between its parts: the same name on every system.
    pub(in super::super) path: String,
    pub(in super::super) bytes: u64,
    file: PathBuf,
}

/// A file's text.
pub(in super::super) struct Content {
    pub(in super::super) text: Bytes,
    /// In lower-case hexadecimal.
    pub(in super::super) sha256: String,
}

/// Why a file is no document, for people.
pub(in super::super) struct Unreadable(pub(in super::super) String);

/// The documents in `directory` and below it, in the order of their paths. Hidden files and links to directories are left out.
pub(in super::super) fn find(directory: &Path) -> anyhow::Result<Vec<Document>> {
    let spinner = progress::spinner(&format!("looking through {}", directory.display()));
    let mut documents = Vec::new();
    walk(directory, "", &mut documents)?;
    documents.sort_by(|a, b| a.path.cmp(&b.path));
    spinner.finish_and_clear();
    Ok(documents)
}

fn walk(directory: &Path, prefix: &str, documents: &mut Vec<Document>) -> anyhow::Result<()> {
    let entries =
        std::fs::read_dir(directory).with_context(|| format!("{} can't be read", directory.display()))?;
    for entry in entries {
        let entry = entry.with_context(|| format!("{} can't be read", directory.display()))?;
        let file = entry.path();
        let name = entry.file_name().to_string_lossy().into_owned();
        if name.starts_with('.') {
            continue;
        }
        let path = if prefix.is_empty() { name } else { format!("{prefix}/{name}") };
        if entry.file_type().is_ok_and(|kind| kind.is_dir()) {
            walk(&file, &path, documents)?;
        } else if is_document(&file)
            && let Ok(metadata) = std::fs::metadata(&file)
            && metadata.is_file()
        {
            documents.push(Document { path, bytes: metadata.len(), file });
        }
    }
    Ok(())
}

fn is_document(file: &Path) -> bool {
    let extension = file.extension().and_then(|extension| extension.to_str()).unwrap_or_default();
    EXTENSIONS.iter().any(|known| extension.eq_ignore_ascii_case(known))
}

// === impl Document ===

impl Document {
    /// The file's text, checked before anything is sent.
    pub(in super::super) async fn read(&self) -> Result<Content, Unreadable> {
        if self.bytes > MAX_BYTES {
            return Err(Unreadable(format!("it has {} bytes, more than any server takes", self.bytes)));
        }
        let bytes = tokio::fs::read(&self.file).await.map_err(|error| Unreadable(error.to_string()))?;
        if bytes.is_empty() {
            return Err(Unreadable("it is empty".into()));
        }
        let text = match String::from_utf8(bytes) {
            Ok(text) => text,
            Err(error) => {
                let at = error.utf8_error().valid_up_to();
                return Err(Unreadable(format!(
                    "it is not UTF-8 (byte {at}); convert it, with iconv for example"
                )));
            }
        };
        Ok(Content { sha256: hex::encode(Sha256::digest(&text)), text: text.into() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn documents_are_found_by_extension_below_the_folder() {
        let folder = tempfile::tempdir().unwrap();
        for file in ["b.MD", "a.txt", "deep/er/c.html", ".git/d.md", ".hidden.md", "image.png", "README"] {
            let file = folder.path().join(file);
            std::fs::create_dir_all(file.parent().unwrap()).unwrap();
            std::fs::write(file, "text").unwrap();
        }
        let paths: Vec<String> =
            find(folder.path()).unwrap().into_iter().map(|document| document.path).collect();
        assert_eq!(paths, ["a.txt", "b.MD", "deep/er/c.html"]);
    }

    #[tokio::test]
    async fn what_is_no_text_is_named() {
        let folder = tempfile::tempdir().unwrap();
        for (name, content, expected) in [
            ("empty.md", &b""[..], "empty"),
            ("latin.md", b"caf\xe9", "not UTF-8 (byte 3)"),
            (
                "fine.md",
                "café".as_bytes(),
                "850f7dc43910ff890f8879c0ed26fe697c93a067ad93a7d50f466a7028a9bf4e",
            ),
        ] {
            let file = folder.path().join(name);
            std::fs::write(&file, content).unwrap();
            let read = Document { path: name.into(), bytes: content.len() as u64, file }.read().await;
            let said = read.map_or_else(|Unreadable(why)| why, |content| content.sha256);
            assert!(said.contains(expected), "{name}: {said}");
        }
    }
}
