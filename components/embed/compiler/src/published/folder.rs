//! The files of a published model, and which of them were read.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};

use crate::error::Error;

/// A folder that remembers what was read from it: that is the model's provenance.
#[derive(Debug)]
pub struct Folder {
    files: Files,
    sources: RefCell<Vec<Source>>,
}

#[derive(Debug)]
enum Files {
    /// On disk.
    Below(PathBuf),
    /// In memory, by their paths in the folder.
    Fetched(BTreeMap<String, Vec<u8>>),
}

/// A file that something was taken from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Source {
    /// Its path in the folder.
    pub name: String,
    /// Its size.
    pub bytes: usize,
    /// Hexadecimal.
    pub sha256: String,
}

impl Folder {
    /// A folder, which nothing is read of yet.
    pub fn new(path: &Path) -> Self {
        Self { files: Files::Below(path.to_owned()), sources: RefCell::default() }
    }

    /// A folder that was fetched: files by their paths in it.
    pub fn fetched(files: BTreeMap<String, Vec<u8>>) -> Self {
        Self { files: Files::Fetched(files), sources: RefCell::default() }
    }

    /// What was read so far, in that order.
    pub fn sources(&self) -> Vec<Source> {
        self.sources.borrow().clone()
    }

    /// A file that must be there.
    ///
    /// # Errors
    /// [`Error::Missing`] with that remedy, or a file that can't be read.
    pub fn required(&self, name: &str, remedy: &'static str) -> Result<Vec<u8>, Error> {
        self.optional(name)?.ok_or_else(|| Error::Missing { file: name.to_owned(), remedy })
    }

    /// A file that may be there.
    ///
    /// # Errors
    /// A file that is there and can't be read.
    pub fn optional(&self, name: &str) -> Result<Option<Vec<u8>>, Error> {
        let file = match &self.files {
            Files::Fetched(files) => files.get(name).cloned(),
            Files::Below(folder) => read(&folder.join(name))?,
        };
        if let Some(file) = &file {
            let sha256 = hex::encode(Sha256::digest(file));
            let source = Source { name: name.to_owned(), bytes: file.len(), sha256 };
            let mut sources = self.sources.borrow_mut();
            if !sources.contains(&source) {
                sources.push(source);
            }
        }
        Ok(file)
    }
}

fn read(path: &Path) -> Result<Option<Vec<u8>>, Error> {
    match std::fs::read(path) {
        Ok(file) => Ok(Some(file)),
        Err(source) if source.kind() == ErrorKind::NotFound => Ok(None),
        Err(source) => Err(Error::File { path: path.display().to_string(), source }),
    }
}
