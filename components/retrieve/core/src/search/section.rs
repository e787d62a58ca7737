//! Sections: what is returned where small chunks are only what is looked for.
//!
//! The text of a section is that of its passages, one after the other, so that it is kept once; what is not in the part of the record that was read for the
//! passage itself takes another read.

use std::collections::BTreeMap;

use gusset_types::Passage;

use super::candidate::Candidate;
use super::{Hit, Search};
use crate::Error;
use crate::directory::Entry;
use crate::record::{self, Section};

/// The sections of passages that were found, by document and first byte of the passage.
#[derive(Default)]
pub(super) struct Sections(BTreeMap<(String, u32), Place>);

/// Where a section is.
#[derive(Clone)]
struct Place {
    generation: u64,
    section: Section,
    /// The parts of the record that hold it, and the number of the first passage of the first part.
    parts: std::ops::RangeInclusive<u32>,
    from: u32,
}

impl Sections {
    /// Remembers the section of a passage, if it is in one.
    pub(super) fn add(&mut self, entry: &Entry, candidate: &Candidate, found: &record::Passage) {
        let Some(section) = found.section else { return };
        let last = section.first + section.count.saturating_sub(1);
        let (Some((first, index)), Some((last, _))) = (entry.part_of(section.first), entry.part_of(last))
        else {
            return;
        };
        let place = Place {
            generation: candidate.found.generation,
            section,
            parts: first..=last,
            from: section.first - index as u32,
        };
        self.0.insert((candidate.found.document.clone(), found.start), place);
    }

    fn of(&self, hit: &Hit) -> Option<&Place> {
        self.0.get(&(hit.passage.document.clone(), hit.passage.start))
    }

    fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl Search<'_> {
    /// The hits with their sections in the place of passages, each section once, where its best passage was; at most `most`. `None` if a document changed.
    pub(super) fn widened(&self, mut hits: Vec<Hit>, most: usize) -> Result<Option<Vec<Hit>>, Error> {
        if self.sections.is_empty() {
            return Ok(Some(hits));
        }
        let mut seen = std::collections::BTreeSet::new();
        hits.retain(|hit| {
            self.sections
                .of(hit)
                .is_none_or(|place| seen.insert((hit.passage.document.clone(), place.section.first)))
        });
        hits.truncate(most);
        for hit in &mut hits {
            let Some(place) = self.sections.of(hit).filter(|place| place.section.count > 1) else { continue };
            let keys: Vec<String> =
                place.parts.clone().map(|part| self.place.keys.passages(place.generation, part)).collect();
            let mut passages = Vec::new();
            for (key, value) in keys.iter().zip(self.retrieve.store.get_many(&keys)?) {
                let Some(value) = value else { return Ok(None) };
                passages.extend(record::read_part(key, &value)?);
            }
            let skipped = (place.section.first - place.from) as usize;
            let inside = passages.into_iter().skip(skipped).take(place.section.count as usize);
            join(&mut hit.passage, inside);
        }
        Ok(Some(hits))
    }
}

/// Makes a passage of all passages of its section, in order. Its headings are those that all of them have.
fn join(passage: &mut Passage, section: impl Iterator<Item = record::Passage>) {
    let mut whole: Option<record::Passage> = None;
    for next in section {
        let Some(whole) = &mut whole else {
            whole = Some(next);
            continue;
        };
        whole.end = next.end;
        whole.tokens += next.tokens;
        whole.text.push_str(&next.text);
        let common = whole.headings.iter().zip(&next.headings).take_while(|(a, b)| a == b).count();
        whole.headings.truncate(common);
    }
    if let Some(whole) = whole {
        let record::Passage { start, end, tokens, headings, text, .. } = whole;
        (passage.start, passage.end, passage.tokens) = (start, end, tokens);
        (passage.headings, passage.text) = (headings, text);
    }
}
