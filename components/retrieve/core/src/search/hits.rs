//! Postings of a query's terms, by passage.

use std::collections::BTreeSet;

use super::candidate::Scorer;
use crate::lexical::Length;
use crate::tier::postings::Found;

/// Passages that have any of the terms, by their rows.
#[derive(Debug, Default)]
pub(super) struct Hits {
    terms: usize,
    /// By a hash of the row, each in the first free place from there: the passage's place below, plus one.
    slots: Vec<u32>,
    passages: Vec<Passage>,
    /// Occurrences, as many a passage as there are terms.
    counts: Vec<u8>,
}

#[derive(Debug)]
struct Passage {
    row: u32,
    length: Length,
    /// Whether it was read.
    seen: bool,
}

impl Hits {
    /// From what tiers say of so many terms, each named by its place in the query.
    pub(super) fn new(terms: usize, found: &[(usize, Found<'_>)]) -> Self {
        let most: usize = found.iter().map(|(_, found)| found.len()).sum();
        let mut hits = Self { terms, ..Self::default() };
        if most == 0 {
            return hits;
        }
        hits.slots = vec![0; (most * 2).next_power_of_two()];
        for (term, found) in found {
            for (row, count, length) in found.postings() {
                let slot = hits.slot(row);
                let Some(place) = hits.slots.get_mut(slot) else { continue };
                if *place == 0 {
                    hits.passages.push(Passage { row, length, seen: false });
                    hits.counts.resize(hits.counts.len() + terms, 0);
                    *place = hits.passages.len() as u32;
                }
                if let Some(seen) = hits.counts.get_mut((*place as usize - 1) * terms + term) {
                    *seen = count;
                }
            }
        }
        hits
    }

    /// Where a row is, or would be.
    fn slot(&self, row: u32) -> usize {
        let mask = self.slots.len().wrapping_sub(1);
        let mut slot = (u64::from(row).wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 32) as usize & mask;
        while let Some(&place) = self.slots.get(slot)
            && let Some(place) = (place as usize).checked_sub(1)
            && self.passages.get(place).is_some_and(|passage| passage.row != row)
        {
            slot = (slot + 1) & mask;
        }
        slot
    }

    /// Occurrences of the terms in a passage that is read now; `None` where it has none.
    pub(super) fn see(&mut self, row: u32) -> Option<&[u8]> {
        let at = (*self.slots.get(self.slot(row))? as usize).checked_sub(1)?;
        self.passages.get_mut(at)?.seen = true;
        self.counts.get(at * self.terms..(at + 1) * self.terms)
    }

    /// Rows of the passages with the highest scores that were not read yet, and whether some of lower scores were left out.
    pub(super) fn best(&self, scorer: &Scorer, most: usize) -> (BTreeSet<u32>, bool) {
        let counts = self.counts.chunks_exact(self.terms.max(1));
        let mut scored: Vec<(f32, u32, bool)> = self
            .passages
            .iter()
            .zip(counts)
            .map(|(passage, counts)| (scorer.lexical(counts, passage.length), passage.row, passage.seen))
            .collect();
        let left_out = scored.len() > most;
        if left_out {
            scored.select_nth_unstable_by(most, |a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)));
            scored.truncate(most);
        }
        (scored.into_iter().filter(|&(.., seen)| !seen).map(|(_, row, _)| row).collect(), left_out)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lexical::bm25::Corpus;
    use crate::search::Mode;
    use crate::tier::postings::{Blocks, Read};

    #[test]
    fn passages_collect_their_terms_and_the_best_come_first() {
        let corpus = Corpus { passages: 5000, length: 100_000 };
        let mut blocks = Blocks::new(&corpus);
        blocks.push(1, 3000, (0..3000).map(|n| (n * 7, 1, 20)).collect());
        blocks.push(2, 3, vec![(14, 2, 20), (1, 1, 20), (70_000, 1, 20)]);
        let blocks = blocks.finish();
        let read = Read::new("k", &blocks[0].1).unwrap();
        let mut hits = Hits::new(2, &[(0, read.find(1)), (1, read.find(2))]);
        assert_eq!(hits.see(7), Some([1, 0].as_slice()));
        assert_eq!(hits.see(1), Some([0, 1].as_slice()));
        assert_eq!(hits.see(70_000), Some([0, 1].as_slice()));
        assert_eq!(hits.see(3), None);
        let scorer = Scorer::new(Mode::Lexical, corpus, &[1, 1], &[3000, 3]);
        let (best, left_out) = hits.best(&scorer, 3);
        assert!(left_out);
        // The others of the three were read.
        assert_eq!(best, BTreeSet::from([14]));
        assert_eq!(Hits::new(2, &[]).best(&scorer, 3), (BTreeSet::new(), false));
    }
}
