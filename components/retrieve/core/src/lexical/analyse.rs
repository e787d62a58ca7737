//! Texts to terms: Unicode words in lower case, without stop words, English ones stemmed.
//!
//! Words are those of Unicode's UAX 29; the stemmer is Porter's second ("Snowball English"); stop words are Lucene's. A term is kept as a hash
//! of 32 bits, so that an index has no strings: of a vocabulary of a million words one query term in four thousand meets another's postings.

use rust_stemmers::{Algorithm, Stemmer};
use unicode_segmentation::UnicodeSegmentation;

/// What says nothing about a passage. Ascending.
const STOP: [&str; 33] = [
    "a", "an", "and", "are", "as", "at", "be", "but", "by", "for", "if", "in", "into", "is", "it", "no",
    "not", "of", "on", "or", "such", "that", "the", "their", "then", "there", "these", "they", "this", "to",
    "was", "will", "with",
];

/// Words beyond this many bytes are noise (encoded data, mostly) and are cut.
const LONGEST: usize = 64;

/// The terms of a text.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Terms {
    /// Hashes, ascending, each once, with how often it occurs: 1 to 255.
    pub counts: Vec<(u32, u8)>,
    /// Words that are not stop words, repetitions counted.
    pub length: u32,
}

/// The terms of a text.
#[must_use]
pub fn analyse(text: &str) -> Terms {
    let stemmer = Stemmer::create(Algorithm::English);
    let mut hashes = Vec::new();
    let mut word = String::new();
    for found in text.unicode_words() {
        word.clear();
        // "U.S." and "US", "1,000" and "1000" are the same word.
        word.extend(found.chars().filter(|c| !matches!(c, '.' | ',' | '’')).flat_map(char::to_lowercase));
        if STOP.binary_search(&word.as_str()).is_ok() || word.is_empty() {
            continue;
        }
        if let Some((end, _)) = word.char_indices().find(|&(at, c)| at + c.len_utf8() > LONGEST) {
            word.truncate(end);
        }
        hashes.push(hash(&stemmer.stem(&word)));
    }
    let length = hashes.len() as u32;
    hashes.sort_unstable();
    let mut counts: Vec<(u32, u8)> = Vec::new();
    for hash in hashes {
        match counts.last_mut() {
            Some((last, count)) if *last == hash => *count = count.saturating_add(1),
            _ => counts.push((hash, 1)),
        }
    }
    Terms { counts, length }
}

/// FNV-1a with 64 bits, folded.
fn hash(word: &str) -> u32 {
    let hash = word.bytes().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    });
    (hash ^ (hash >> 32)) as u32
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn forms_of_a_word_are_one_term() {
        for (a, b) in [
            ("Connections", "connected"),
            ("U.S.", "US"),
            ("1,000", "1000"),
            ("STRASSE", "strasse"),
            ("the cat's tail", "Cat tail"),
        ] {
            assert_eq!(analyse(a).counts, analyse(b).counts, "{a} and {b}");
        }
        for (a, b) in [("cat", "dog"), ("3.5", "3"), ("東京", "京都")] {
            assert_ne!(analyse(a).counts, analyse(b).counts, "{a} and {b}");
        }
    }

    #[test]
    fn counts_are_ascending_and_stop_words_are_left_out() {
        let terms = analyse("The cat and the other cat sat on a mat, and that was it.");
        assert_eq!(terms.length, 5);
        assert!(terms.counts.is_sorted_by(|a, b| a.0 < b.0));
        assert_eq!(terms.counts.iter().map(|&(_, count)| count).max(), Some(2));
        assert_eq!(analyse("the of and"), Terms::default());
        assert_eq!(analyse(&"x".repeat(100_000)).length, 1);
        assert_eq!(analyse(&"word ".repeat(1000)).counts.first().map(|&(_, count)| count), Some(255));
    }

    #[test]
    fn stop_words_are_in_order() {
        assert!(STOP.is_sorted());
    }
}
