//! Vectors into segments and out of them, across the segments of a collection.

use crate::Error;
use crate::manifest::Place;
use crate::segment::{Attempt, FULL, Pruned, Run, Segment, Vectors};
use crate::store::{Change, Store, delete_all, update};

/// Where the vectors of an attempt are.
#[derive(Debug, Default)]
pub(crate) struct Stored {
    pub(crate) generation: u64,
    pub(crate) segments: Vec<u32>,
    /// Those among them that hold vectors of other attempts at the same document.
    pub(crate) crowded: Vec<u32>,
}

/// Appends all vectors of an attempt: one swap a segment, whatever their number. Nobody sees them before their generation is in the directory. `stored` says
/// what was done even if it ends with an error.
pub(crate) fn append(
    store: &dyn Store,
    place: &Place,
    attempt: &mut Attempt<'_>,
    vectors: &Vectors,
    stored: &mut Stored,
) -> Result<(), Error> {
    let mut from = 0;
    loop {
        let number = place.open_segment(store)?;
        let key = place.keys.segment(number);
        let appended = update(store, &key, |current| {
            let segment = Segment::read(&key, current)?;
            if segment.len() >= FULL || segment.is_sealed() {
                return Ok(Change::Keep(Err(segment.len() as u32)));
            }
            let (bytes, appended) = segment.append(number, attempt, vectors, from)?;
            Ok(Change::Write(bytes, Ok(appended)))
        })?;
        let appended = match appended {
            Ok(appended) => appended,
            Err(passages) => {
                place.close_segment(store, number, passages)?;
                continue;
            }
        };
        attempt.generation = Some(appended.generation);
        stored.generation = appended.generation;
        stored.segments.push(number);
        if appended.has_others {
            stored.crowded.push(number);
        }
        from += appended.count;
        if from >= vectors.scales.len() {
            return Ok(());
        }
    }
}

/// Takes dead runs out of segments, and deletes what is kept under their generations. A sealed segment stays as it is: the compaction that sealed it
/// sees for itself what is dead.
pub(crate) fn retire(
    store: &dyn Store,
    place: &Place,
    segments: &[u32],
    dead: impl Fn(&Run) -> bool,
) -> Result<(), Error> {
    for &number in segments {
        let key = place.keys.segment(number);
        // Their records first: once the runs are gone, nobody knows of these.
        let value = store.get(&key)?;
        let records: Vec<_> = Segment::read(&key, value.as_deref())?
            .runs()
            .filter(|(run, _)| dead(run))
            .flat_map(|(run, _)| place.keys.generation(run.generation, run.parts))
            .collect();
        delete_all(store, &records)?;
        let (taken, left) = update(store, &key, |current| {
            let segment = Segment::read(&key, current)?;
            Ok(match segment.without(&dead)? {
                None => Change::Keep((Vec::new(), segment.len())),
                Some(Pruned { bytes, taken }) => {
                    let left = segment.len() - taken.iter().map(|run| run.count as usize).sum::<usize>();
                    Change::Write(bytes, (taken, left))
                }
            })
        })?;
        let records: Vec<_> =
            taken.iter().flat_map(|run| place.keys.generation(run.generation, run.parts)).collect();
        delete_all(store, &records)?;
        if !taken.is_empty() && left < FULL / 2 {
            place.reopen_segment(store, number)?;
        }
    }
    Ok(())
}
