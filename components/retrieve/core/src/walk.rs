//! All documents of a collection in the key-value store with all that is kept of them: what a migration reads.
//!
//! Vectors of compacted passages lie in the order of their arrival, not by document. So a walk first reads all of them into memory, some `dimension + 8` bytes a passage (400 MB for
//! a million at 384), and then goes through the directory. What changes meanwhile is in it as it was or as it is, and a document whose vectors moved in between ends the walk.

use std::collections::{BTreeMap, VecDeque};

use crate::directory::{self, Entry};
use crate::documents::describe;
use crate::engine::{Kept, Record, Settings, Vector};
use crate::manifest::{self, Live, Place};
use crate::record::{self, Head};
use crate::segment::Segment;
use crate::store::get_all;
use crate::tier::rows;
use crate::{Error, Retrieve, codec, names};

/// Segments or lists read at once.
const AT_ONCE: usize = 32;

/// Passages by their place, with their vectors.
type Vectors = BTreeMap<(/* generation */ u64, /* passage */ u32), Vector>;

/// The documents of a collection, one after the other.
pub struct Walk<'a> {
    retrieve: Retrieve<'a>,
    live: Live,
    place: Place,
    vectors: Vectors,
    /// The next shard of the directory; 256 at the end.
    next: u16,
    entries: VecDeque<(String, Entry)>,
}

impl<'a> Retrieve<'a> {
    /// Begins to read a whole collection. The model that is running doesn't matter.
    ///
    /// # Errors
    /// No such collection; a name can't be one; the store failed.
    pub fn walk(&self, tenant: &str, collection: &str) -> Result<Walk<'a>, Error> {
        names::collection(tenant, collection)?;
        let live = manifest::live(self.store, tenant, collection)?;
        let place = Place::new(tenant, collection, live.incarnation);
        let mut walk =
            Walk { retrieve: *self, live, place, vectors: Vectors::new(), next: 0, entries: VecDeque::new() };
        walk.read_vectors()?;
        Ok(walk)
    }
}

impl Walk<'_> {
    /// What the collection was created with.
    #[must_use]
    pub fn settings(&self) -> Settings {
        self.live.clone().into()
    }

    /// The next document; `None` after the last.
    ///
    /// # Errors
    /// The store failed, or the document was replaced since the walk began.
    pub fn next_record(&mut self) -> Result<Option<Record>, Error> {
        while self.entries.is_empty() {
            let Ok(shard) = u8::try_from(self.next) else { return Ok(None) };
            self.next += 1;
            let shard = directory::read(self.retrieve.store, &self.place.keys, shard)?;
            self.entries.extend(shard.entries);
        }
        let Some((id, entry)) = self.entries.pop_front() else { return Ok(None) };
        let parts = entry.parts.len() as u32;
        let keys: Vec<_> = self.place.keys.generation(entry.generation, parts).collect();
        let values = get_all(self.retrieve.store, &keys)?;
        let moved = || Error::Conflict(format!("document {id:?}"));
        let mut values =
            keys.iter().zip(values).map(|(key, value)| value.map(|value| (key, value)).ok_or_else(moved));
        let (key, head) = values.next().ok_or_else(moved)??;
        let info = describe(&id, &entry, codec::decode::<Head>(key, &head)?);
        let mut passages = Vec::with_capacity(entry.passages as usize);
        for value in values {
            let (key, part) = value?;
            for passage in record::read_part(key, &part)? {
                let number = passages.len() as u32;
                let vector = self.vectors.remove(&(entry.generation, number)).ok_or_else(moved)?;
                passages.push(Kept::analysed(passage, vector));
            }
        }
        Ok(Some(Record { info, content: entry.content, passages }))
    }

    fn read_vectors(&mut self) -> Result<(), Error> {
        let Place { keys, .. } = &self.place;
        let mut values: Vec<String> = self.live.scanned().map(|number| keys.segment(number)).collect();
        if let Some(last) = self.live.next_row.checked_sub(1) {
            values.extend((0..=rows::chunk(last)).map(|chunk| keys.rows(chunk)));
        }
        for batch in values.chunks(AT_ONCE) {
            for (key, value) in batch.iter().zip(self.retrieve.store.get_many(batch)?) {
                let segment = Segment::read(key, value.as_deref())?;
                for (run, numbers) in segment.runs() {
                    let vectors = numbers.values.chunks_exact(segment.dimension().max(1));
                    for ((values, scale), passage) in vectors.zip(numbers.scales).zip(run.first..) {
                        let values = values.iter().map(|&value| value as i8).collect();
                        let vector = Vector { scale: f32::from_le_bytes(*scale), values };
                        self.vectors.insert((run.generation, passage), vector);
                    }
                }
            }
        }
        Ok(())
    }
}
