//! Traces that have ended, in a key-value store.
//!
//! Each trace of a tenant gets the next number of the tenant's counter, and two records under it: its spans, and a small
//! one for lists and look-ups. Writers share nothing but the counter, so no two of them can lose each other's trace. The
//! newest record says how far back its writer remembers; what is older is invisible at once, and deleted in sweeps.

use serde::{Deserialize, Serialize};

use crate::buffer::Recorded;
use crate::span::{self, Span, Summary, Value};
use crate::{Error, Store};

/// Retention, least to most.
pub const KEEP: std::ops::RangeInclusive<u32> = 1..=100_000;
/// Records read in one call of the store: some 10 kB.
const BATCH: u64 = 64;

/// The traces of one tenant.
#[derive(Debug)]
pub struct Archive<'a, S> {
    store: &'a S,
    tenant: &'a str,
}

/// The small record of a trace.
#[derive(Debug, Serialize, Deserialize)]
struct Entry {
    summary: Summary,
    /// The oldest number that the writer of this record remembered.
    oldest: u64,
}

impl<'a, S: Store> Archive<'a, S> {
    /// The traces of `tenant`, a name without `/`.
    pub fn new(store: &'a S, tenant: &'a str) -> Self {
        Self { store, tenant }
    }

    /// Writes a trace and forgets those beyond the newest `keep`, which is brought into [`KEEP`]. A trace without a span is
    /// not written.
    ///
    /// # Errors
    /// [`Error::Store`]; the trace may then be lost, older ones are not.
    pub fn write(&self, mut trace: Recorded, keep: u32) -> Result<(), Error> {
        let keep = u64::from(keep.clamp(*KEEP.start(), *KEEP.end()));
        let Some(summary) = summarise(&mut trace) else { return Ok(()) };
        let number = self.counter(1)?;
        let entry = Entry { summary, oldest: number.saturating_sub(keep - 1).max(1) };
        // At once: on a store that writes through to a disk, what counts is how often.
        let spans = encode(self.spans_key(number), &trace.spans)?;
        let entry = encode(self.entry_key(number), &entry)?;
        self.store.set_many(vec![spans, entry]).map_err(Error::Store)?;
        self.sweep(number, keep)
    }

    /// The newest traces, newest first, at most `limit`.
    ///
    /// # Errors
    /// [`Error::Store`]. A record of another version is passed over.
    pub fn list(&self, limit: u32) -> Result<Vec<Summary>, Error> {
        let mut found = Vec::new();
        self.scan(|_, summary| {
            if (found.len() as u64) < u64::from(limit) {
                found.push(summary);
            }
            (found.len() as u64) < u64::from(limit)
        })?;
        Ok(found)
    }

    /// Spans of a trace in order of their start: of all its parts, where several requests belonged to it. `None` where it is
    /// unknown or was forgotten.
    ///
    /// # Errors
    /// [`Error::Store`], and [`Error::Malformed`] for spans of another version.
    pub fn get(&self, trace_id: &str) -> Result<Option<Vec<Span>>, Error> {
        let mut numbers = Vec::new();
        self.scan(|number, summary| {
            if summary.trace_id == trace_id {
                numbers.push(number);
            }
            true
        })?;
        let mut spans: Vec<Span> = Vec::new();
        let mut found = false;
        for number in numbers {
            let key = self.spans_key(number);
            if let Some(bytes) = self.store.get(&key).map_err(Error::Store)? {
                let part: Vec<Span> =
                    postcard::from_bytes(&bytes).map_err(|source| Error::Malformed { key, source })?;
                spans.extend(part);
                found = true;
            }
        }
        spans.sort_by_key(|s| s.start);
        Ok(found.then_some(spans))
    }

    /// Calls `visit` with each remembered trace, newest first, until it returns false.
    fn scan(&self, mut visit: impl FnMut(u64, Summary) -> bool) -> Result<(), Error> {
        let mut newest = self.counter(0)?;
        let mut oldest = newest.saturating_sub(u64::from(*KEEP.end()) - 1).max(1);
        let mut seen_newest = false;
        while newest >= oldest {
            let until = oldest.max(newest.saturating_sub(BATCH - 1));
            let numbers: Vec<u64> = (until..=newest).rev().collect();
            let keys: Vec<String> = numbers.iter().map(|n| self.entry_key(*n)).collect();
            let values = self.store.get_many(&keys).map_err(Error::Store)?;
            for (number, value) in numbers.into_iter().zip(values) {
                let Some(entry) = value.and_then(|v| postcard::from_bytes::<Entry>(&v).ok()) else {
                    continue;
                };
                if !seen_newest {
                    (seen_newest, oldest) = (true, oldest.max(entry.oldest));
                }
                if number >= oldest && !visit(number, entry.summary) {
                    return Ok(());
                }
            }
            newest = until - 1;
        }
        Ok(())
    }

    /// Deletes what is beyond `keep`, once in a while, some more than has been written since, so that a retention that was
    /// made shorter is caught up with.
    fn sweep(&self, number: u64, keep: u64) -> Result<(), Error> {
        let stride = (keep / 16).clamp(1, BATCH);
        if !number.is_multiple_of(stride) || number <= keep {
            return Ok(());
        }
        let floor_key = format!("{}/traces/floor", self.tenant);
        let floor = self.store.get(&floor_key).map_err(Error::Store)?;
        let floor = floor.and_then(|v| postcard::from_bytes::<u64>(&v).ok()).unwrap_or(1);
        let end = (number - keep).min(floor.saturating_add(4 * stride - 1));
        if floor > end {
            return Ok(());
        }
        let old: Vec<String> =
            (floor..=end).flat_map(|old| [self.entry_key(old), self.spans_key(old)]).collect();
        self.store.delete_many(&old).map_err(Error::Store)?;
        self.store.set_many(vec![encode(floor_key, &(end + 1))?]).map_err(Error::Store)
    }

    fn counter(&self, delta: i64) -> Result<u64, Error> {
        let value = self.store.increment(&format!("{}/traces/count", self.tenant), delta);
        Ok(u64::try_from(value.map_err(Error::Store)?).unwrap_or(0))
    }

    fn entry_key(&self, number: u64) -> String {
        format!("{}/traces/entry/{number}", self.tenant)
    }

    fn spans_key(&self, number: u64) -> String {
        format!("{}/traces/spans/{number}", self.tenant)
    }
}

/// The trace's line; what was dropped is said on its root.
fn summarise(trace: &mut Recorded) -> Option<Summary> {
    let kept = trace.spans.len();
    let earliest = trace.spans.iter().map(|s| s.start).min()?;
    let latest = trace.spans.iter().map(|s| s.end).max()?;
    // Spans in a circle have no root; any of them may then speak for the trace.
    let at = span::root(&trace.spans).unwrap_or(kept.saturating_sub(1));
    let root = trace.spans.get_mut(at)?;
    if trace.dropped > 0 {
        root.attributes.push(("gusset.spans.dropped".into(), Value::Integer(trace.dropped.into())));
    }
    Some(Summary {
        trace_id: root.trace_id.clone(),
        name: root.name.clone(),
        start: earliest,
        end: latest,
        status: root.status,
        spans: u32::try_from(kept).unwrap_or(u32::MAX).saturating_add(trace.dropped),
    })
}

#[cfg(test)]
mod tests;

fn encode<T: Serialize>(key: String, value: &T) -> Result<(String, Vec<u8>), Error> {
    match postcard::to_allocvec(value) {
        Ok(bytes) => Ok((key, bytes)),
        Err(source) => Err(Error::Malformed { key, source }),
    }
}
