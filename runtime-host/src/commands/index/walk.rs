//! A folder as a stream of documents: what is in it is told as it is found, so a million files take no more memory than one.

use super::kinds::Kinds;
use std::fs::{FileType, ReadDir};
use std::path::{Path, PathBuf};
use std::time::SystemTime;

/// Folders inside each other, at most: each is open while those in it are read. Nobody nests documents this deep; a folder that is mounted
/// inside itself does.
const DEPTH: usize = 256;

/// A file to index.
#[derive(Clone, Debug)]
pub(in crate::commands) struct Document {
    /// Relative to the folder, `/` between its parts: the same name on every system.
    pub(in crate::commands) path: String,
    pub(in crate::commands) file: PathBuf,
    pub(in crate::commands) stamp: Stamp,
}

/// What tells a file that was written to, without reading it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::commands) struct Stamp {
    pub(in crate::commands) bytes: u64,
    /// Nanoseconds since 1970; `None` where the file system doesn't keep it.
    pub(in crate::commands) modified: Option<i64>,
}

/// What a walk comes across.
#[derive(Debug)]
pub(in crate::commands) enum Found {
    Document(Document),
    /// A file that is no document, though its name says so.
    Unreadable(Problem),
    /// A folder that can't be looked into: what is in it isn't known, which is not the same as gone.
    Closed(Problem),
}

/// Something that is not indexed: what, why, and what to do about it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::commands) struct Problem {
    /// As [`Document::path`], as far as it is text.
    pub(in crate::commands) path: String,
    pub(in crate::commands) why: String,
}

/// A walk through a folder, in the order in which the file system lists it. Hidden files and links to folders are left out.
pub(in crate::commands) struct Walk {
    open: Vec<Folder>,
    kinds: Kinds,
}

struct Folder {
    entries: ReadDir,
    prefix: String,
}

// === impl Walk ===

impl Walk {
    pub(in crate::commands) fn new(directory: &Path, kinds: Kinds) -> std::io::Result<Self> {
        let entries = std::fs::read_dir(directory)?;
        Ok(Self { open: vec![Folder { entries, prefix: String::new() }], kinds })
    }

    /// What an entry is; `None` for what nobody would index.
    fn look(&mut self, entry: &std::fs::DirEntry, prefix: &str) -> Option<Found> {
        let raw = entry.file_name();
        let name = raw.to_string_lossy();
        if name.starts_with('.') {
            return None;
        }
        let path = format!("{prefix}{name}");
        let file = entry.path();
        let kind = match entry.file_type() {
            Ok(kind) => kind,
            // Gone since it was listed.
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return None,
            Err(error) => return Some(Found::Unreadable(Problem::new(&path, &error))),
        };
        if kind.is_dir() {
            return self.enter(&file, path);
        }
        if !self.kinds.has(&file) {
            return None;
        }
        if raw.to_str().is_none() {
            let why = "its name is not UTF-8; rename it";
            return Some(Found::Unreadable(Problem {
                path: format!("{prefix}{}", raw.display()),
                why: why.into(),
            }));
        }
        document(path, file, kind)
    }

    fn enter(&mut self, directory: &Path, path: String) -> Option<Found> {
        if directory.file_name().is_some_and(|name| name.to_str().is_none()) {
            let why = "its name is not UTF-8; rename it, and what is in it is indexed";
            return Some(Found::Closed(Problem { path, why: why.into() }));
        }
        if self.open.len() >= DEPTH {
            let why = format!("it is more than {DEPTH} folders deep; move it up");
            return Some(Found::Closed(Problem { path, why }));
        }
        match std::fs::read_dir(directory) {
            Ok(entries) => {
                self.open.push(Folder { entries, prefix: format!("{path}/") });
                None
            }
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => None,
            Err(error) => Some(Found::Closed(Problem::new(&path, &error))),
        }
    }
}

impl Iterator for Walk {
    type Item = Found;

    fn next(&mut self) -> Option<Found> {
        loop {
            let folder = self.open.last_mut()?;
            let found = match folder.entries.next() {
                None => {
                    self.open.pop();
                    continue;
                }
                Some(Ok(entry)) => {
                    let prefix = folder.prefix.clone();
                    self.look(&entry, &prefix)
                }
                // The rest of the folder can't be listed.
                Some(Err(error)) => {
                    let path = folder.prefix.trim_end_matches('/').to_owned();
                    self.open.pop();
                    Some(Found::Closed(Problem::new(&path, &error)))
                }
            };
            if found.is_some() {
                return found;
            }
        }
    }
}

fn document(path: String, file: PathBuf, kind: FileType) -> Option<Found> {
    // A link counts as what it leads to.
    let metadata = match std::fs::metadata(&file) {
        Ok(metadata) => metadata,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound && !kind.is_symlink() => return None,
        Err(error) => return Some(Found::Unreadable(Problem::new(&path, &error))),
    };
    if metadata.is_dir() {
        return None;
    }
    if !metadata.is_file() {
        let why = "it is a pipe, socket or device and no file; rename it".to_owned();
        return Some(Found::Unreadable(Problem { path, why }));
    }
    Some(Found::Document(Document { path, file, stamp: Stamp::of(&metadata) }))
}

// === impl Stamp ===

impl Stamp {
    pub(super) fn of(metadata: &std::fs::Metadata) -> Self {
        let since = |time: SystemTime| time.duration_since(SystemTime::UNIX_EPOCH).ok();
        let modified = metadata.modified().ok().and_then(since);
        Self {
            bytes: metadata.len(),
            modified: modified.and_then(|time| i64::try_from(time.as_nanos()).ok()),
        }
    }
}

// === impl Problem ===

impl Problem {
    pub(super) fn new(path: &str, error: &std::io::Error) -> Self {
        Self { path: path.to_owned(), why: reason(error) }
    }
}

/// What the system says, and what to do about it.
pub(super) fn reason(error: &std::io::Error) -> String {
    use std::io::ErrorKind::{NotFound, PermissionDenied};
    let is_loop = error.raw_os_error() == Some(rustix::io::Errno::LOOP.raw_os_error());
    let remedy = match error.kind() {
        _ if is_loop => "it is a link that leads back to itself; remove it",
        PermissionDenied => "let the user who runs this read it",
        NotFound => "it is a link to nothing; remove it",
        _ => "see to it and run this again",
    };
    format!("it can't be read ({error}); {remedy}")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn walk(folder: &Path) -> (Vec<String>, Vec<(String, String)>) {
        let (mut documents, mut problems) = (Vec::new(), Vec::new());
        for found in Walk::new(folder, Kinds::default()).unwrap() {
            match found {
                Found::Document(document) => documents.push(document.path),
                Found::Unreadable(problem) | Found::Closed(problem) => {
                    problems.push((problem.path, problem.why))
                }
            }
        }
        documents.sort();
        problems.sort();
        (documents, problems)
    }

    #[test]
    fn documents_are_found_by_extension_below_the_folder() {
        let folder = tempfile::tempdir().unwrap();
        for file in
            ["b.MD", "a.txt", "deep/er/c.html", ".git/d.md", ".hidden.md", "image.png", "README", "x.pdf"]
        {
            let file = folder.path().join(file);
            std::fs::create_dir_all(file.parent().unwrap()).unwrap();
            std::fs::write(file, "text").unwrap();
        }
        assert_eq!(
            walk(folder.path()),
            (["a.txt", "b.MD", "deep/er/c.html", "x.pdf"].map(str::to_owned).into(), Vec::new())
        );
    }

    #[cfg(unix)]
    #[test]
    fn what_is_no_file_is_named() {
        use std::os::unix::ffi::OsStrExt as _;
        use std::os::unix::fs::symlink;
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        std::fs::write(at("fine.md"), "text").unwrap();
        std::fs::create_dir(at("sub")).unwrap();
        symlink(folder.path(), at("sub/up.md")).unwrap();
        symlink(at("loop.md"), at("loop.md")).unwrap();
        symlink(at("nowhere"), at("broken.md")).unwrap();
        symlink(at("fine.md"), at("link.md")).unwrap();
        std::fs::write(folder.path().join(std::ffi::OsStr::from_bytes(b"caf\xe9.md")), "text").unwrap();
        let _socket = std::os::unix::net::UnixListener::bind(at("socket.md")).unwrap();
        let (documents, problems) = walk(folder.path());
        assert_eq!(documents, ["fine.md", "link.md"]);
        let expected = [
            ("broken.md", "nothing"),
            ("caf\u{fffd}.md", "UTF-8"),
            ("loop.md", "itself"),
            ("socket.md", "no file"),
        ];
        assert_eq!(problems.len(), expected.len(), "{problems:?}");
        for ((path, why), (expected, part)) in problems.iter().zip(expected) {
            assert!(path == expected && why.contains(part), "{path}: {why}");
        }
    }

    #[test]
    fn a_folder_nested_without_end_is_named() {
        let folder = tempfile::tempdir().unwrap();
        let deep = folder.path().join("d/".repeat(300));
        std::fs::create_dir_all(&deep).unwrap();
        std::fs::write(deep.join("deep.md"), "text").unwrap();
        std::fs::write(folder.path().join("fine.md"), "text").unwrap();
        let (documents, problems) = walk(folder.path());
        assert_eq!(documents, ["fine.md"]);
        assert!(problems.len() == 1 && problems[0].1.contains("256 folders deep"), "{problems:?}");
    }
}
