//! Postings: for each term the passages that it is in, in blocks of bounded size.
//!
//! A block: number of terms (u32), for each term its hash, in how many passages it is and where its postings end (u32 each), then postings of 6 bytes:
//! number of the passage (u32), how often the term occurs in it, the passage's length (a byte each). All little-endian.
//!
//! Of a term that is in very many passages only those are kept where it weighs most (a champion list: Manning, Raghavan and Schütze,
//! *Introduction to Information Retrieval*, 7.1.3): such a term tells little, and a search reads one block a term whatever the tier's size.

use crate::lexical::bm25::{Corpus, saturation};
use crate::lexical::{Length, length};
use crate::{Error, tier::cluster};

/// Postings that are kept of a term.
const MOST: usize = 4096;

/// A block is closed at this many postings; with a last term that has as many as it may, it has twice that: 50 kB.
const BLOCK: usize = 4096;

const HEADER: usize = 12;
const POSTING: usize = 6;

/// A term in a passage.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Posting {
    pub(crate) hash: u32,
    pub(crate) passage: u32,
    pub(crate) count: u8,
    pub(crate) length: Length,
}

/// A passage of a tier as postings name it: the list, and its place there.
pub(crate) fn passage(list: u32, place: usize) -> u32 {
    list * cluster::LONGEST as u32 + place as u32
}

/// The list of a passage, and its place there.
pub(crate) fn place(passage: u32) -> (u32, usize) {
    (passage / cluster::LONGEST as u32, passage as usize % cluster::LONGEST)
}

/// All postings as blocks: the hash of the first term and the bytes.
pub(crate) fn blocks(mut postings: Vec<Posting>, corpus: &Corpus) -> Vec<(u32, Vec<u8>)> {
    postings.sort_unstable_by_key(|posting| (posting.hash, posting.passage));
    let mut blocks = Vec::new();
    let mut block = Block::default();
    for term in postings.chunk_by_mut(|a, b| a.hash == b.hash) {
        block.push(term, corpus);
        if block.postings.len() >= BLOCK * POSTING {
            blocks.extend(std::mem::take(&mut block).finish());
        }
    }
    blocks.extend(block.finish());
    blocks
}

#[derive(Default)]
struct Block {
    terms: Vec<[u32; 3]>,
    postings: Vec<u8>,
}

impl Block {
    fn push(&mut self, term: &mut [Posting], corpus: &Corpus) {
        let frequency = term.len() as u32;
        if term.len() > MOST {
            let weight =
                |posting: &Posting| saturation(posting.count, corpus.damping(length::decode(posting.length)));
            term.sort_by(|a, b| weight(b).total_cmp(&weight(a)));
        }
        let kept = term.get(..MOST).unwrap_or(term);
        for posting in kept {
            self.postings.extend(posting.passage.to_le_bytes());
            self.postings.extend([posting.count, posting.length]);
        }
        if let Some(first) = kept.first() {
            self.terms.push([first.hash, frequency, (self.postings.len() / POSTING) as u32]);
        }
    }

    fn finish(self) -> Option<(u32, Vec<u8>)> {
        let &[first, ..] = self.terms.first()?;
        let mut bytes = (self.terms.len() as u32).to_le_bytes().to_vec();
        bytes.extend(self.terms.iter().flatten().flat_map(|number| number.to_le_bytes()));
        bytes.extend(self.postings);
        Some((first, bytes))
    }
}

/// What a block says of a term.
#[derive(Debug, Default, PartialEq)]
pub(crate) struct Found {
    /// Passages of the tier that it is in.
    pub(crate) frequency: u32,
    /// Passage, how often it occurs there, the passage's length.
    pub(crate) postings: Vec<(u32, u8, Length)>,
}

/// The postings of a term, none if the block hasn't got it.
pub(crate) fn find(key: &str, block: &[u8], hash: u32) -> Result<Found, Error> {
    let corrupt = || Error::Corrupt { key: key.to_owned(), reason: "its length is wrong".to_owned() };
    let (count, rest) = block.split_first_chunk::<4>().ok_or_else(corrupt)?;
    let headers = (u32::from_le_bytes(*count) as usize).checked_mul(HEADER).ok_or_else(corrupt)?;
    let (headers, postings) = rest.split_at_checked(headers).ok_or_else(corrupt)?;
    let (headers, _) = headers.as_chunks::<HEADER>();
    let Ok(at) = headers.binary_search_by_key(&hash, |header| number(header, 0)) else {
        return Ok(Found::default());
    };
    let end = |at: usize| headers.get(at).map_or(0, |header| number(header, 8) as usize);
    let start = at.checked_sub(1).map_or(0, end);
    let (postings, _) = postings.as_chunks::<POSTING>();
    let own = postings.get(start..end(at)).ok_or_else(corrupt)?;
    Ok(Found {
        frequency: headers.get(at).map_or(0, |header| number(header, 4)),
        postings: own
            .iter()
            .map(|&[a, b, c, d, count, length]| (u32::from_le_bytes([a, b, c, d]), count, length))
            .collect(),
    })
}

fn number(header: &[u8; HEADER], at: usize) -> u32 {
    header.get(at..).and_then(<[u8]>::first_chunk).map_or(0, |&bytes| u32::from_le_bytes(bytes))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn postings_come_back_and_frequent_terms_are_cut() {
        let mut all = Vec::new();
        for n in 0..10_000_u32 {
            all.push(Posting { hash: 7, passage: n, count: 1 + (n % 3) as u8, length: 20 });
            all.push(Posting { hash: 100 + n, passage: n, count: 1, length: 20 });
        }
        let blocks = blocks(all, &Corpus { passages: 10_000, length: 200_000 });
        assert!(blocks.len() > 2 && blocks.iter().all(|(_, block)| block.len() < 150_000));
        let find = |hash| {
            let at = blocks.partition_point(|(first, _)| *first <= hash);
            find("k", &blocks[at.saturating_sub(1)].1, hash).unwrap()
        };
        let frequent = find(7);
        assert_eq!((frequent.frequency, frequent.postings.len()), (10_000, MOST));
        assert!(frequent.postings[..3000].iter().all(|posting| posting.1 == 3), "the weightiest are kept");
        for n in [0, 1, 5000, 9999] {
            assert_eq!(find(100 + n), Found { frequency: 1, postings: vec![(n, 1, 20)] });
        }
        assert_eq!(find(3), Found::default());
        assert_eq!(find(50_000), Found::default());
        assert!(super::find("k", &[1, 0, 0, 0, 9], 1).is_err());
        assert_eq!(place(passage(1000, 255)), (1000, 255));
    }
}
