//! What models gave for texts, kept in files between runs: records of a key of 16 bytes and a fixed number of `f32`.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::Mutex;

use anyhow::Context;
use sha2::{Digest, Sha256};

/// Digest of what a record is for.
pub type Key = [u8; 16];

/// Key of texts that belong together.
pub fn key(texts: &[&str]) -> Key {
    let mut digest = Sha256::new();
    for text in texts {
        digest.update((text.len() as u64).to_le_bytes());
        digest.update(text);
    }
    let digest = <[u8; 32]>::from(digest.finalize());
    let (key, _) = digest.as_chunks::<16>();
    key.first().copied().unwrap_or_default()
}

/// Records by key, in memory and in a file.
pub struct Cache {
    path: PathBuf,
    width: usize,
    known: HashMap<Key, Vec<f32>>,
    added: Mutex<Vec<(Key, Vec<f32>)>>,
}

impl Cache {
    /// Opens `folder/name`, whose records have `width` numbers. A record cut off by a kill is dropped.
    ///
    /// # Errors
    /// The folder can't be made or the file not be read.
    pub fn open(folder: &Path, name: &str, width: usize) -> anyhow::Result<Self> {
        fs::create_dir_all(folder).with_context(|| format!("making {}", folder.display()))?;
        let path = folder.join(name);
        let bytes = if path.exists() { fs::read(&path)? } else { Vec::new() };
        let record = 16 + 4 * width;
        let known = bytes
            .chunks_exact(record)
            .filter_map(|record| {
                let (key, values) = record.split_first_chunk::<16>()?;
                Some((
                    *key,
                    values.as_chunks::<4>().0.iter().map(|&value| f32::from_le_bytes(value)).collect(),
                ))
            })
            .collect();
        if bytes.len() % record != 0 {
            fs::write(&path, bytes.get(..bytes.len() - bytes.len() % record).unwrap_or_default())?;
        }
        Ok(Self { path, width, known, added: Mutex::default() })
    }

    /// The record of a key that was there when the cache was opened or saved.
    pub fn get(&self, key: &Key) -> Option<&[f32]> {
        self.known.get(key).map(Vec::as_slice)
    }

    /// Adds a record, for [`Self::save`].
    pub fn add(&self, key: Key, values: Vec<f32>) {
        debug_assert_eq!(values.len(), self.width);
        if let Ok(mut added) = self.added.lock() {
            added.push((key, values));
        }
    }

    /// Writes what was added.
    ///
    /// # Errors
    /// The file can't be written.
    pub fn save(&mut self) -> anyhow::Result<()> {
        let added = std::mem::take(self.added.get_mut().unwrap_or_else(std::sync::PoisonError::into_inner));
        let mut bytes = Vec::with_capacity(added.len() * (16 + 4 * self.width));
        for (key, values) in added {
            if let Entry::Vacant(vacant) = self.known.entry(key) {
                bytes.extend(key);
                bytes.extend(values.iter().flat_map(|value| value.to_le_bytes()));
                vacant.insert(values);
            }
        }
        let mut file = fs::OpenOptions::new().create(true).append(true).open(&self.path)?;
        file.write_all(&bytes).with_context(|| format!("writing {}", self.path.display()))
    }
}
