//! The terms of passages as a segment keeps them, found by bisection in place.
//!
//! A passage: number of its terms (u16, little-endian), their hashes (u32 each, ascending), their counts (a byte each).

use super::Terms;

/// Distinct terms of a passage that are kept, at most; a passage of 256 tokens has fewer.
const MAX_TERMS: usize = u16::MAX as usize;

/// A passage's terms as bytes.
pub(crate) fn encode(terms: &Terms) -> Vec<u8> {
    let counts = terms.counts.get(..MAX_TERMS).unwrap_or(&terms.counts);
    let mut bytes = Vec::with_capacity(2 + 5 * counts.len());
    bytes.extend((counts.len() as u16).to_le_bytes());
    bytes.extend(counts.iter().flat_map(|(hash, _)| hash.to_le_bytes()));
    bytes.extend(counts.iter().map(|&(_, count)| count));
    bytes
}

/// The terms of one passage.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Entry<'a> {
    hashes: &'a [[u8; 4]],
    counts: &'a [u8],
}

/// Passage after passage; ends early if the bytes do.
pub(crate) fn entries(mut bytes: &[u8]) -> impl Iterator<Item = Entry<'_>> {
    std::iter::from_fn(move || {
        let (&[low, high], rest) = bytes.split_first_chunk::<2>()?;
        let count = usize::from(u16::from_le_bytes([low, high]));
        let (hashes, rest) = rest.split_at_checked(4 * count)?;
        let (counts, rest) = rest.split_at_checked(count)?;
        bytes = rest;
        Some(Entry { hashes: hashes.as_chunks().0, counts })
    })
}

impl Entry<'_> {
    /// How often a term occurs: 0 where it doesn't.
    pub(crate) fn count(&self, hash: u32) -> u8 {
        match self.hashes.binary_search_by_key(&hash, |&bytes| u32::from_le_bytes(bytes)) {
            Ok(at) => self.counts.get(at).copied().unwrap_or_default(),
            Err(_) => 0,
        }
    }

    /// All terms, ascending, with their counts.
    pub(crate) fn terms(&self) -> impl Iterator<Item = (u32, u8)> + use<'_> {
        self.hashes.iter().map(|&bytes| u32::from_le_bytes(bytes)).zip(self.counts.iter().copied())
    }
}

#[cfg(test)]
mod tests {
    use super::super::analyse;
    use super::*;

    #[test]
    fn what_was_written_is_found() {
        let texts = ["the cat saw another cat", "", "dogs and wolves hunt at night"];
        let terms = texts.map(analyse);
        let bytes: Vec<u8> = terms.iter().flat_map(encode).collect();
        let read: Vec<_> = entries(&bytes).collect();
        assert_eq!(read.len(), 3);
        for (terms, entry) in terms.iter().zip(&read) {
            assert_eq!(entry.terms().collect::<Vec<_>>(), terms.counts);
            for &(hash, count) in &terms.counts {
                assert_eq!(entry.count(hash), count);
                assert_eq!(entry.count(hash.wrapping_add(1)), 0);
            }
        }
    }
}
