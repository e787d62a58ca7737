//! Files of one tenant: put, get, list, delete.

use super::directory::Directory;
use super::record::File;
use super::store::{Store, Swap};
use super::upload::Upload;
use crate::id::{self, Entropy};
use crate::page::Page;
use crate::{Error, page};
use sha2::{Digest as _, Sha256};

/// Bytes of a part. Stores are at their best with values of up to 1 MB, and some take no larger ones.
const PART: usize = 1_000_000;

/// What a file's id begins with.
const FILE: &str = "file-";

/// The files of one tenant.
#[derive(Debug)]
pub struct Registry<'a, S> {
    store: &'a S,
    tenant: &'a str,
}

impl<'a, S: Store> Registry<'a, S> {
    /// The files of `tenant`, a name without `/`.
    pub fn new(store: &'a S, tenant: &'a str) -> Self {
        Self { store, tenant }
    }

    /// Stores a file. `now` is Unix time in seconds.
    ///
    /// # Errors
    /// [`Error::Store`] and [`Error::Overloaded`]; the file is then not in any list, and its content is removed as far as
    /// the store still obeys.
    pub fn put(&self, upload: Upload<'_>, entropy: Entropy, now: u64) -> Result<File, Error> {
        let mut file = describe(upload, entropy, now);
        let written = self.write(&file, upload);
        written.and_then(|()| self.publish(&mut file)).inspect_err(|_| {
            // The first error says what happened; an orphan left behind is never seen.
            let _ = self.store.delete_many(&self.keys(&file));
        })?;
        Ok(file)
    }

    /// The same for an upload that its sender names, so that sending it again, after a failure or at the same time, has the same effect as sending it once: the
    /// file's id follows from the name.
    ///
    /// # Errors
    /// As [`Self::put`], and [`Error::InvalidField`] where another file was uploaded under that name.
    pub fn put_once(&self, upload: Upload<'_>, name: &[u8], now: u64) -> Result<File, Error> {
        let [digest, _] = halves(Sha256::digest(name).into());
        let mut file = describe(upload, digest, now);
        if let Some(known) = self.get(&file.id)? {
            return self.same(known, upload);
        }
        // What this leaves if it breaks off is written over by the next attempt, and may be that of one that goes on: nothing is cleaned up.
        self.write(&file, upload)?;
        file.number = self.directory().next_number()?;
        let record = serde_json::to_vec(&file).map_err(|e| Error::Internal(e.to_string()))?;
        let cas = self.store.look(&self.key(&file.id)).map_err(Error::Store)?;
        let is_first = self.store.seen(&cas).map_err(Error::Store)?.is_none()
            && matches!(self.store.swap(cas, &record).map_err(Error::Store)?, Swap::Done);
        if is_first {
            return self.directory().add(&file).map(|()| file);
        }
        let known = self.require(&file.id)?;
        self.same(known, upload)
    }

    /// The file that is known under an upload's name, if it is that upload.
    fn same(&self, known: File, upload: Upload<'_>) -> Result<File, Error> {
        let same = (&*known.filename, &*known.purpose) == (upload.filename, upload.purpose)
            && known.bytes == upload.content.len() as u64
            && self.content(&known)? == upload.content;
        if !same {
            let message = "Another file was uploaded with this key; use a new one for each file.";
            return Err(Error::invalid("Idempotency-Key", message));
        }
        // Makes up for one that broke off before it could.
        self.directory().add(&known)?;
        Ok(known)
    }

    /// What is known of a file; `None` where there is none of that id.
    ///
    /// # Errors
    /// [`Error::Store`].
    pub fn get(&self, id: &str) -> Result<Option<File>, Error> {
        if !id::has_prefix(id, FILE) {
            return Ok(None);
        }
        let key = self.key(id);
        let Some(bytes) = self.store.get(&key).map_err(Error::Store)? else { return Ok(None) };
        let file = serde_json::from_slice(&bytes);
        file.map(Some).map_err(|e| Error::Store(format!("`{key}` is not a file's record: {e}")))
    }

    /// What is known of a file.
    ///
    /// # Errors
    /// [`Error::NotFound`] and [`Error::Store`].
    pub fn require(&self, id: &str) -> Result<File, Error> {
        self.get(id)?.ok_or_else(|| Error::NotFound { kind: "file", id: id.to_owned() })
    }

    /// A file's content.
    ///
    /// # Errors
    /// [`Error::Store`], also where the content is no longer whole.
    pub fn content(&self, file: &File) -> Result<String, Error> {
        let mut content = Vec::with_capacity(usize::try_from(file.bytes).unwrap_or(0));
        for at in 0..file.parts {
            let part = self.store.get(&self.part_key(&file.id, at)).map_err(Error::Store)?;
            let broken = || Error::Store(format!("the content of `{}` is not whole", file.id));
            content.extend_from_slice(&part.ok_or_else(broken)?);
        }
        String::from_utf8(content).map_err(|e| Error::Store(format!("`{}` is damaged: {e}", file.id)))
    }

    /// Removes a file, and says whether there was one. Documents made of it stay in their vector stores.
    ///
    /// # Errors
    /// [`Error::Store`] and [`Error::Overloaded`]; the file may then still be there, whole, or be in no list.
    pub fn delete(&self, id: &str) -> Result<bool, Error> {
        let Some(file) = self.get(id)? else { return Ok(false) };
        self.directory().remove(&file)?;
        self.store.delete_many(&self.keys(&file)).map_err(Error::Store)?;
        Ok(true)
    }

    /// A page of the files, of one purpose if one is named, and whether there is more.
    ///
    /// # Errors
    /// [`Error::Store`], and [`Error::InvalidField`] for a cursor that is no file.
    pub fn list(&self, page: &Page, purpose: Option<&str>) -> Result<(Vec<File>, bool), Error> {
        if page.before.is_some() {
            return Err(Error::unsupported("before", "files are listed forward, by `after`"));
        }
        let cursor = |id: &String| {
            let none = || Error::invalid("after", format!("There is no `{id}` in this list."));
            self.get(id)?.map(|file| file.number).ok_or_else(none)
        };
        let after = page.after.as_ref().map(cursor).transpose()?;
        let wanted = |file: &File| purpose.is_none_or(|p| file.purpose == p);
        let mut files = self.directory().list(page.order, after, page.limit.saturating_add(1), wanted)?;
        let has_more = files.len() > page.limit;
        files.truncate(page.limit);
        Ok((files, has_more))
    }

    /// The query string's page of a list of files.
    ///
    /// # Errors
    /// As [`Page::parse`].
    pub fn page(query: &str) -> Result<Page, Error> {
        // OpenAI's bounds. A line of the directory is some 200 bytes.
        page::Page::parse(query, 10_000, 10_000)
    }

    fn write(&self, file: &File, upload: Upload<'_>) -> Result<(), Error> {
        upload.content.as_bytes().chunks(PART).zip(0..).try_for_each(|(part, at)| {
            self.store.set(&self.part_key(&file.id, at), part).map_err(Error::Store)
        })
    }

    fn publish(&self, file: &mut File) -> Result<(), Error> {
        file.number = self.directory().next_number()?;
        let record = serde_json::to_vec(&file).map_err(|e| Error::Internal(e.to_string()))?;
        self.store.set(&self.key(&file.id), &record).map_err(Error::Store)?;
        self.directory().add(file)
    }

    fn directory(&self) -> Directory<'a, S> {
        Directory { store: self.store, tenant: self.tenant }
    }

    fn key(&self, id: &str) -> String {
        format!("{}/files/{id}", self.tenant)
    }

    fn part_key(&self, id: &str, at: u32) -> String {
        format!("{}/files/{id}/{at}", self.tenant)
    }

    /// Record first, so that a deletion that breaks off leaves no record without content.
    fn keys(&self, file: &File) -> Vec<String> {
        let parts = (0..file.parts).map(|at| self.part_key(&file.id, at));
        std::iter::once(self.key(&file.id)).chain(parts).collect()
    }
}

/// An upload's record, but for its number.
fn describe(upload: Upload<'_>, id: [u8; 16], now: u64) -> File {
    File {
        id: id::with_prefix(FILE, id),
        filename: upload.filename.to_owned(),
        purpose: upload.purpose.to_owned(),
        bytes: upload.content.len() as u64,
        created_at: now,
        number: 0,
        parts: u32::try_from(upload.content.len().div_ceil(PART)).unwrap_or(u32::MAX),
    }
}

fn halves(digest: [u8; 32]) -> [[u8; 16]; 2] {
    let mut halves = [[0; 16]; 2];
    halves.as_flattened_mut().copy_from_slice(&digest);
    halves
}
