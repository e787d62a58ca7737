//! Records of one tenant: put, get, delete, and the way back from one to the first of its conversation.

use super::record::Record;
use crate::Error;
use crate::files::Store;
use crate::id;

/// What identities begin with.
const PREFIX: &str = "resp_";
/// Bytes of a value. Stores are at their best with values of up to 1 MB, and some take no larger ones.
const VALUE: usize = 1_000_000;
/// How long a record is kept, in seconds: 30 days, as OpenAI has it.
const RETENTION: u64 = 30 * 24 * 60 * 60;
/// Records that a conversation goes back, each one a read. Longer than any that people lead; a loop in a damaged store ends here, too.
const LONGEST: usize = 512;

/// The records of one tenant.
#[derive(Debug)]
pub struct Registry<'a, S> {
    store: &'a S,
    tenant: &'a str,
}

impl<'a, S: Store> Registry<'a, S> {
    /// The records of `tenant`, a name without `/`.
    pub fn new(store: &'a S, tenant: &'a str) -> Self {
        Self { store, tenant }
    }

    /// Keeps a record, and forgets the oldest once there are more than `kept`, at least 1.
    ///
    /// # Errors
    /// [`Error::Store`]; the record is then not seen.
    pub fn put(&self, record: &Record, kept: u32) -> Result<(), Error> {
        let bytes = serde_json::to_vec(record).map_err(|e| Error::Internal(e.to_string()))?;
        let (first, rest) = bytes.split_at(bytes.len().min(VALUE));
        let parts = rest.chunks(VALUE);
        let count = u32::try_from(parts.len()).unwrap_or(u32::MAX);
        self.make_room(&record.id, kept)?;
        for (at, part) in parts.enumerate() {
            self.store.set(&format!("{}/{at}", self.key(&record.id)), part).map_err(Error::Store)?;
        }
        let head = [&count.to_le_bytes(), first].concat();
        self.store.set(&self.key(&record.id), &head).map_err(Error::Store)
    }

    /// A record; `None` where there is none of that identity, or it has expired. `now` is Unix time in seconds.
    ///
    /// # Errors
    /// [`Error::Store`].
    pub fn get(&self, id: &str, now: u64) -> Result<Option<Record>, Error> {
        if !id::has_prefix(id, PREFIX) {
            return Ok(None);
        }
        let key = self.key(id);
        let Some(head) = self.store.get(&key).map_err(Error::Store)? else { return Ok(None) };
        let broken = || Error::Store(format!("`{key}` is not a response's record, or not all of one"));
        let (count, first) = head.split_first_chunk().ok_or_else(broken)?;
        let mut bytes = first.to_vec();
        for at in 0..u32::from_le_bytes(*count) {
            let part = self.store.get(&format!("{key}/{at}")).map_err(Error::Store)?;
            bytes.extend(part.ok_or_else(broken)?);
        }
        let record: Record = serde_json::from_slice(&bytes).map_err(|_| broken())?;
        if now.saturating_sub(record.created_at) > RETENTION {
            self.delete(id)?;
            return Ok(None);
        }
        Ok(Some(record))
    }

    /// A record.
    ///
    /// # Errors
    /// [`Error::NotFound`] and [`Error::Store`].
    pub fn require(&self, id: &str, now: u64) -> Result<Record, Error> {
        self.get(id, now)?.ok_or_else(|| Error::NotFound { kind: "response", id: id.to_owned() })
    }

    /// A record and all that it goes on from, oldest first.
    ///
    /// # Errors
    /// [`Error::InvalidField`] names `previous_response_id`, where one of them is not there; [`Error::Store`].
    pub fn conversation(&self, last: &str, now: u64) -> Result<Vec<Record>, Error> {
        let (mut records, mut next) = (Vec::new(), Some(last.to_owned()));
        while let Some(id) = next {
            let Some(record) = self.get(&id, now)?.filter(|_| records.len() < LONGEST) else {
                let message = format!(
                    "There is no response `{id}` to go on from: it was not stored, was deleted, has expired, or lies more than {LONGEST} responses back. Send the conversation as `input`."
                );
                return Err(Error::invalid("previous_response_id", message));
            };
            next = record.previous.clone();
            records.push(record);
        }
        records.reverse();
        Ok(records)
    }

    /// Removes a record, and says whether there was one. Those that go on from it can then not be gone on from.
    ///
    /// # Errors
    /// [`Error::Store`].
    pub fn delete(&self, id: &str) -> Result<bool, Error> {
        if !id::has_prefix(id, PREFIX) {
            return Ok(false);
        }
        let key = self.key(id);
        let Some(head) = self.store.get(&key).map_err(Error::Store)? else { return Ok(false) };
        let count = head.first_chunk().map_or(0, |count| u32::from_le_bytes(*count));
        // The first value first, so that a deletion that breaks off leaves no record in parts.
        let parts = (0..count).map(|at| format!("{key}/{at}"));
        let keys: Vec<String> = std::iter::once(key.clone()).chain(parts).collect();
        self.store.delete_many(&keys).map_err(Error::Store)?;
        Ok(true)
    }

    /// Takes the next place of a ring, and forgets the record that had it.
    fn make_room(&self, id: &str, kept: u32) -> Result<(), Error> {
        let count = self.store.increment(&format!("{}/responses-count", self.tenant), 1);
        let place = count.map_err(Error::Store)?.rem_euclid(i64::from(kept.max(1)));
        let place = format!("{}/responses-ring/{place}", self.tenant);
        if let Some(oldest) = self.store.get(&place).map_err(Error::Store)? {
            self.delete(&String::from_utf8_lossy(&oldest))?;
        }
        self.store.set(&place, id.as_bytes()).map_err(Error::Store)
    }

    fn key(&self, id: &str) -> String {
        format!("{}/responses/{id}", self.tenant)
    }
}
