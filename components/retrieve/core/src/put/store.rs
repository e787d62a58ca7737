//! The writes, in the order that makes a crash at any point harmless: vectors, then passages, then the entry that makes them count; and taking out what was
//! replaced.

use super::PutDocument;
use crate::directory::{self, Committed, Entry, shard_of};
use crate::documents::describe;
use crate::record::{self, Passage};
use crate::segment::{Attempt, Run, Vectors};
use crate::store::delete_all;
use crate::vectors::Stored;
use crate::{DocumentInfo, Error, codec, totals, vectors};

/// Parts of a record written at once: about half a megabyte.
const PARTS_AT_ONCE: usize = 32;

/// How often a document is stored anew because another writer of the same document was faster.
const ATTEMPTS: usize = 16;

impl PutDocument<'_> {
    pub(super) fn store(&self, passages: &[Passage], vectors: &Vectors) -> Result<DocumentInfo, Error> {
        let parts = record::parts(passages)?;
        for _ in 0..ATTEMPTS {
            if let Some(info) = self.attempt(passages, vectors, &parts)? {
                return Ok(info);
            }
        }
        Err(Error::Conflict(format!("document {:?}", self.document.id)))
    }

    /// `None` if the document changed meanwhile.
    fn attempt(
        &self,
        passages: &[Passage],
        vectors: &Vectors,
        parts: &[(u32, Vec<u8>)],
    ) -> Result<Option<DocumentInfo>, Error> {
        let mut stored = Stored::default();
        let outcome = self.write(passages, vectors, parts, &mut stored);
        if let Err(Error::UnknownCollection(_)) = outcome {
            let (id, parts) = (&self.document.id, parts.len() as u32);
            // Nobody can see what this leaves if it fails.
            let _ = self.retrieve.discard(&self.place, id, stored.generation, parts, &stored.segments);
        }
        outcome
    }

    /// Vectors, then passages, then the entry that makes them count.
    fn write(
        &self,
        passages: &[Passage],
        vectors: &Vectors,
        parts: &[(u32, Vec<u8>)],
        stored: &mut Stored,
    ) -> Result<Option<DocumentInfo>, Error> {
        let (store, place, id) = (self.retrieve.store, &self.place, self.document.id.as_str());
        let based_on = directory::read(store, &place.keys, shard_of(id))?.version;
        let fields = &self.fields;
        let mut attempt =
            Attempt { document: id, based_on, parts: parts.len() as u32, fields, generation: None };
        vectors::append(store, place, &mut attempt, vectors, stored)?;
        let generation = stored.generation;
        self.write_record(generation, parts)?;

        let entry = Entry {
            version: 0,
            generation,
            content: self.content,
            bytes: self.bytes,
            passages: passages.len() as u32,
            tokens: passages.iter().map(|passage| passage.tokens).sum(),
            parts: parts.iter().map(|&(first, _)| first).collect(),
            segments: stored.segments.clone(),
        };
        let Some(committed) = directory::commit(store, &place.keys, id, based_on, &entry)? else {
            vectors::retire(store, place, &stored.segments, |run| run.generation == generation)?;
            // Whoever was faster may have taken out the vectors before the record was written.
            delete_all(store, &place.keys.generation(generation, attempt.parts).collect::<Vec<_>>())?;
            return Ok(None);
        };
        totals::merge(store, &place.keys, shard_of(id), committed.version, committed.sums)?;
        // It counts already; what this leaves if it fails is seen by nobody.
        let _ = self.clean_up(&committed, generation, &stored.crowded);
        let live = place.check(store)?;
        // As above: the next writer tries again.
        let _ = self.retrieve.keep_up(place, &live, entry.passages);
        Ok(Some(describe(id, &entry, self.head())))
    }

    fn write_record(&self, generation: u64, parts: &[(u32, Vec<u8>)]) -> Result<(), Error> {
        let keys = &self.place.keys;
        let head = (keys.head(generation), codec::encode(&self.head())?);
        let parts =
            parts.iter().zip(0..).map(|((_, bytes), part)| (keys.passages(generation, part), bytes.clone()));
        let record: Vec<_> = std::iter::once(head).chain(parts).collect();
        for batch in record.chunks(PARTS_AT_ONCE) {
            self.retrieve.store.set_many(batch.to_vec())?;
        }
        Ok(())
    }

    /// Takes out what this write replaced, and what crashed or slower writers of the document left where it looked. What is compacted already
    /// stays there until it is compacted again.
    fn clean_up(&self, committed: &Committed, generation: u64, crowded: &[u32]) -> Result<(), Error> {
        let mut segments = crowded.to_vec();
        if let Some(replaced) = &committed.replaced {
            segments.extend(&replaced.segments);
        }
        segments.sort_unstable();
        segments.dedup();
        let dead = |run: &Run| {
            run.document == self.document.id
                && run.based_on < committed.version
                && run.generation != generation
        };
        vectors::retire(self.retrieve.store, &self.place, &segments, dead)?;
        match &committed.replaced {
            Some(replaced) => self.retrieve.delete_record(&self.place, replaced),
            None => Ok(()),
        }
    }
}
