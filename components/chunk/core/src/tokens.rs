//! Token counts of ranges, from one tokenisation of the whole text.
//!
//! A count is a difference of ranks in the ascending offsets. That equals the range's own count as long as both of its
//! ends are safe: at white space or punctuation, where a tokenizer of words never looks across (see [`is_safe`]).

use std::ops::Range;

/// The tokenizer of the embedding model.
pub trait Tokenizer {
    /// Byte offset in `text` at which each token starts, ascending; special tokens not included. A cut at white space
    /// or punctuation must not change the tokens of either side.
    fn token_offsets(&self, text: &str) -> Vec<u32>;
}

/// A text with its tokens.
pub(crate) struct Tokens<'a> {
    pub(crate) text: &'a str,
    tokenizer: &'a dyn Tokenizer,
    offsets: Vec<u32>,
}

impl<'a> Tokens<'a> {
    pub(crate) fn new(text: &'a str, tokenizer: &'a dyn Tokenizer) -> Self {
        Self { text, tokenizer, offsets: tokenizer.token_offsets(text) }
    }

    /// Tokens of a range as a text of its own.
    pub(crate) fn count(&self, range: &Range<usize>) -> u32 {
        if is_safe(self.text, range.start) && is_safe(self.text, range.end) {
            (self.rank(range.end) - self.rank(range.start)) as u32
        } else {
            // Sections are cut inside words that are longer than they may be.
            self.own_offsets(range).len() as u32
        }
    }

    /// The earliest place from which there are at most `n` tokens to `position`. One character may be several tokens.
    pub(crate) fn back(&self, position: usize, n: u32) -> usize {
        let first = self.rank(position).saturating_sub(n as usize);
        let excluded = first.checked_sub(1).and_then(|last| self.offsets.get(last));
        let offset = self.offsets.iter().skip(first).find(|&offset| Some(offset) != excluded);
        offset.map_or(position, |&offset| (offset as usize).min(position))
    }

    /// Token offsets of a range as a text of its own, relative to its start.
    pub(crate) fn own_offsets(&self, range: &Range<usize>) -> Vec<u32> {
        self.tokenizer.token_offsets(self.text.get(range.clone()).unwrap_or_default())
    }

    fn rank(&self, position: usize) -> usize {
        self.offsets.partition_point(|&offset| (offset as usize) < position)
    }
}

/// White space to a tokenizer. Control characters such as the form feed are not: BERT's normaliser drops them, which
/// joins the words on both sides.
pub(crate) fn is_space(c: char) -> bool {
    matches!(c, '\t' | '\n' | '\r') || (c.is_whitespace() && !c.is_control())
}

/// Whether a cut at `position` leaves the tokens on both sides as they are.
pub(crate) fn is_safe(text: &str, position: usize) -> bool {
    let separates = |c: char| is_space(c) || c.is_ascii_punctuation() || is_cjk(c);
    let (Some(before), Some(after)) = (text.get(..position), text.get(position..)) else { return false };
    match (before.chars().next_back(), after.chars().next()) {
        (Some(before), Some(after)) => separates(before) || separates(after),
        _ => true,
    }
}

/// Ideographs and their punctuation, which tokenizers of words treat as words by themselves.
fn is_cjk(c: char) -> bool {
    matches!(c, '\u{3001}' | '\u{3002}' | '\u{ff01}' | '\u{ff0c}' | '\u{ff1f}' | '\u{3400}'..='\u{4dbf}' | '\u{4e00}'..='\u{9fff}')
}
