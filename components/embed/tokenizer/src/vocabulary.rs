//! The known pieces, and the search for the longest one that a word starts with.
//!
//! An open-addressing table over one buffer of text: two allocations for 30,000 tokens, and the hash of a prefix grows
//! with the prefix, so that trying all prefixes of a piece costs one pass over it.

use std::hash::Hasher;

use crate::error::Error;

/// What marks a piece that continues a word.
const CONTINUATION: &str = "##";

/// Tokens by text. Ids are line numbers of the vocabulary.
#[derive(Clone)]
pub(crate) struct Vocabulary {
    text: Box<str>,
    tokens: Box<[Entry]>,
    /// Id plus one, zero where empty. A power of two, at most half full.
    slots: Box<[u32]>,
    longest: usize,
}

/// Byte range of `text`, without the mark of continuation.
#[derive(Clone, Copy)]
struct Entry {
    start: u32,
    end: u32,
    continues: bool,
}

impl Vocabulary {
    /// One token a line.
    pub(crate) fn parse(text: &str) -> Result<Self, Error> {
        let mut tokens = Vec::new();
        let mut end = 0;
        for line in text.split_inclusive('\n') {
            let start = end;
            end += line.len();
            let token = line.trim_end_matches(['\r', '\n']);
            let continues = token.len() > CONTINUATION.len() && token.starts_with(CONTINUATION);
            let skipped = if continues { CONTINUATION.len() } else { 0 };
            tokens.push(Entry {
                start: narrow(start + skipped)?,
                end: narrow(start + token.len())?,
                continues,
            });
        }
        let longest = tokens.iter().map(Entry::len).max().unwrap_or(0);
        let slots = vec![0; (tokens.len() * 2).next_power_of_two()].into_boxed_slice();
        let mut vocabulary = Self { text: text.into(), tokens: tokens.into(), slots, longest };
        for id in 0..narrow(vocabulary.tokens.len())? {
            vocabulary.insert(id)?;
        }
        Ok(vocabulary)
    }

    pub(crate) fn len(&self) -> usize {
        self.tokens.len()
    }

    /// The id of a whole word.
    pub(crate) fn find(&self, word: &str) -> Option<u32> {
        self.longest_prefix(word, false).filter(|&(_, length)| length == word.len()).map(|(id, _)| id)
    }

    /// The longest token that `rest` starts with and its length in bytes; `continues` says whether `rest` stands inside a
    /// word.
    pub(crate) fn longest_prefix(&self, rest: &str, continues: bool) -> Option<(u32, usize)> {
        let mut hash = Fnv::new(continues);
        let mut found = None;
        let mut hashed = 0;
        for (at, c) in rest.char_indices() {
            let end = at + c.len_utf8();
            if end > self.longest {
                break;
            }
            hash.write(rest.as_bytes().get(hashed..end).unwrap_or_default());
            hashed = end;
            let prefix = rest.get(..end).unwrap_or_default();
            if let Ok(id) = self.probe(hash.finish(), prefix, continues) {
                found = Some((id, end));
            }
        }
        found
    }

    fn insert(&mut self, id: u32) -> Result<(), Error> {
        let Some(&entry) = self.tokens.get(id as usize) else { return Ok(()) };
        let token = self.token(entry);
        let mut hash = Fnv::new(entry.continues);
        hash.write(token.as_bytes());
        match self.probe(hash.finish(), token, entry.continues) {
            Ok(_) => Err(Error::DuplicateToken(token.to_owned())),
            Err(free) => {
                if let Some(slot) = self.slots.get_mut(free) {
                    *slot = id + 1;
                }
                Ok(())
            }
        }
    }

    /// The id of `token`, or the slot where it would stand.
    fn probe(&self, hash: u64, token: &str, continues: bool) -> Result<u32, usize> {
        let mask = self.slots.len() - 1;
        let mut slot = hash as usize & mask;
        loop {
            let Some(id) = self.slots.get(slot).copied().unwrap_or(0).checked_sub(1) else {
                return Err(slot);
            };
            let entry = self.tokens.get(id as usize);
            if entry.is_some_and(|&entry| entry.continues == continues && self.token(entry) == token) {
                return Ok(id);
            }
            slot = (slot + 1) & mask;
        }
    }

    fn token(&self, entry: Entry) -> &str {
        self.text.get(entry.start as usize..entry.end as usize).unwrap_or_default()
    }
}

impl Entry {
    fn len(&self) -> usize {
        (self.end - self.start) as usize
    }
}

fn narrow(value: usize) -> Result<u32, Error> {
    u32::try_from(value).ok().filter(|&value| value < 1 << 31).ok_or(Error::TooLarge)
}

/// FNV-1a, 64 bits: a prefix's hash is the state after its last byte. The high half is folded in, because slots are
/// chosen by the low bits.
struct Fnv(u64);

impl Fnv {
    fn new(continues: bool) -> Self {
        let mut hash = Self(0xcbf2_9ce4_8422_2325);
        hash.write(&[u8::from(continues)]);
        hash
    }
}

impl Hasher for Fnv {
    fn finish(&self) -> u64 {
        self.0 ^ (self.0 >> 32)
    }

    fn write(&mut self, bytes: &[u8]) {
        for &byte in bytes {
            self.0 = (self.0 ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
        }
    }
}
