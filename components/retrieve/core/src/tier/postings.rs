//! Postings: for each term the passages that it is in, in blocks of bounded size.
//!
//! A block: number of terms (u32), for each term its hash, in how many passages it is and where its postings end (u32 each), then postings of 6 bytes, ascending:
//! row of the passage (u32), how often the term occurs in it, the passage's length (a byte each). All little-endian.
//!
//! Of a term that is in very many passages only those are kept where it weighs most (a champion list: Manning, Raghavan and Schütze,
//! *Introduction to Information Retrieval*, 7.1.3): such a term tells little, and a search reads one block a term whatever the tier's size.

use crate::Error;
use crate::lexical::bm25::{Corpus, saturation};
use crate::lexical::{Length, length};

/// Postings that are kept of a term.
const MOST: usize = 4096;

/// A block is closed at this many postings; with a last term that has as many as it may, it has twice that: 50 kB.
const BLOCK: usize = 4096;

const HEADER: usize = 12;
const POSTING: usize = 6;

/// A passage's row, how often the term occurs there, the passage's length.
pub(crate) type Posting = (u32, u8, Length);

/// Terms in order of their hashes to blocks: the hash of the first term and the bytes.
pub(crate) struct Blocks<'a> {
    corpus: &'a Corpus,
    open: Block,
    done: Vec<(u32, Vec<u8>)>,
}

impl<'a> Blocks<'a> {
    pub(crate) fn new(corpus: &'a Corpus) -> Self {
        Self { corpus, open: Block::default(), done: Vec::new() }
    }

    /// Adds a term that is in `frequency` passages, of which some or all are known.
    pub(crate) fn push(&mut self, hash: u32, frequency: u32, mut postings: Vec<Posting>) {
        if postings.is_empty() {
            return;
        }
        if postings.len() > MOST {
            let weight =
                |&(_, count, terms): &Posting| saturation(count, self.corpus.damping(length::decode(terms)));
            postings.sort_by(|a, b| weight(b).total_cmp(&weight(a)).then(a.0.cmp(&b.0)));
            postings.truncate(MOST);
        }
        postings.sort_unstable_by_key(|&(row, ..)| row);
        self.open.push(hash, frequency, &postings);
        if self.open.postings.len() >= BLOCK * POSTING {
            self.done.extend(std::mem::take(&mut self.open).finish());
        }
    }

    pub(crate) fn finish(mut self) -> Vec<(u32, Vec<u8>)> {
        self.done.extend(self.open.finish());
        self.done
    }
}

#[derive(Default)]
struct Block {
    terms: Vec<[u32; 3]>,
    postings: Vec<u8>,
}

impl Block {
    fn push(&mut self, hash: u32, frequency: u32, postings: &[Posting]) {
        for &(row, count, length) in postings {
            self.postings.extend(row.to_le_bytes());
            self.postings.extend([count, length]);
        }
        self.terms.push([hash, frequency, (self.postings.len() / POSTING) as u32]);
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
#[derive(Debug, Default)]
pub(crate) struct Found<'a> {
    /// Passages of the tier that it is in.
    pub(crate) frequency: u32,
    postings: &'a [[u8; POSTING]],
}

impl Found<'_> {
    pub(crate) fn len(&self) -> usize {
        self.postings.len()
    }

    /// Ascending by row.
    pub(crate) fn postings(&self) -> impl Iterator<Item = Posting> {
        self.postings
            .iter()
            .map(|&[a, b, c, d, count, length]| (u32::from_le_bytes([a, b, c, d]), count, length))
    }
}

/// A block, in place.
pub(crate) struct Read<'a> {
    headers: &'a [[u8; HEADER]],
    postings: &'a [[u8; POSTING]],
}

impl<'a> Read<'a> {
    pub(crate) fn new(key: &str, block: &'a [u8]) -> Result<Self, Error> {
        let read = || {
            let (count, rest) = block.split_first_chunk::<4>()?;
            let headers = (u32::from_le_bytes(*count) as usize).checked_mul(HEADER)?;
            let (headers, postings) = rest.split_at_checked(headers)?;
            Some(Self { headers: headers.as_chunks().0, postings: postings.as_chunks().0 })
        };
        read().ok_or_else(|| Error::Corrupt { key: key.to_owned(), reason: "its length is wrong".to_owned() })
    }

    /// The postings of a term, none if the block hasn't got it.
    pub(crate) fn find(&self, hash: u32) -> Found<'a> {
        match self.headers.binary_search_by_key(&hash, |header| number(header, 0)) {
            Ok(at) => self.term(at),
            Err(_) => Found::default(),
        }
    }

    /// All terms, ascending by hash.
    pub(crate) fn terms(&self) -> impl Iterator<Item = (u32, Found<'a>)> {
        self.headers.iter().enumerate().map(|(at, header)| (number(header, 0), self.term(at)))
    }

    fn term(&self, at: usize) -> Found<'a> {
        let end = |at: usize| self.headers.get(at).map_or(0, |header| number(header, 8) as usize);
        let start = at.checked_sub(1).map_or(0, end);
        Found {
            frequency: self.headers.get(at).map_or(0, |header| number(header, 4)),
            postings: self.postings.get(start..end(at)).unwrap_or_default(),
        }
    }
}

fn number(header: &[u8; HEADER], at: usize) -> u32 {
    header.get(at..).and_then(<[u8]>::first_chunk).map_or(0, |&bytes| u32::from_le_bytes(bytes))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn postings_come_back_and_frequent_terms_are_cut() {
        let corpus = Corpus { passages: 10_000, length: 200_000 };
        let mut blocks = Blocks::new(&corpus);
        blocks.push(7, 10_000, (0..10_000).map(|n| (n, 1 + (n % 3) as u8, 20)).collect());
        for n in 0..10_000 {
            blocks.push(100 + n, 1, vec![(n, 1, 20)]);
        }
        let blocks = blocks.finish();
        assert!(blocks.len() > 2 && blocks.iter().all(|(_, block)| block.len() < 150_000));
        let find = |hash| {
            let at = blocks.partition_point(|(first, _)| *first <= hash);
            let found = Read::new("k", &blocks[at.saturating_sub(1)].1).unwrap().find(hash);
            (found.frequency, found.postings().collect::<Vec<_>>())
        };
        let (frequency, frequent) = find(7);
        assert_eq!((frequency, frequent.len()), (10_000, MOST));
        assert!(frequent.is_sorted());
        let weighty = frequent.iter().filter(|posting| posting.1 == 3).count();
        assert_eq!(weighty, 3333, "the weightiest are kept");
        for n in [0, 1, 5000, 9999] {
            assert_eq!(find(100 + n), (1, vec![(n, 1, 20)]));
        }
        assert_eq!(find(3).0, 0);
        assert_eq!(find(50_000).0, 0);
        assert!(Read::new("k", &[1, 0, 0, 0, 9]).is_err());
    }
}
