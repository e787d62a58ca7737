//! What the caller chooses: format, strategy, budget. Validated once, before anything is read.

use crate::Error;

/// Largest budget, in tokens. Far beyond the context of any embedding model; it bounds memory.
pub const MAX_TOKENS: u32 = 100_000;

/// Readable bytes a chunk may have for each token of its budget. Prose has about five. The cap exists for text whose tokens say nothing about its
/// size: WordPiece counts any word beyond a hundred characters as one `[UNK]`, and white space as nothing, so without a cap ten megabytes
/// of base64 would be one chunk of one token.
const BYTES_PER_TOKEN: usize = 16;

/// The cap of small budgets: below it, long words of few tokens would be cut.
const MIN_BYTES: usize = 256;

/// How a document is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Format {
    /// Text without markup.
    Plain,
    /// CommonMark with tables and front matter.
    Markdown,
    /// HTML, well-formed or not.
    Html,
}

/// Where a document is cut.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Strategy {
    /// Paragraphs, then lines, then sentences, then words: the coarsest boundary that fits the budget.
    Recursive,
    /// As `Recursive`, but headings come first, and fenced code, tables and lists stay whole while they fit.
    Structural,
}

/// Strategy and budget.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Options {
    /// Where a document is cut.
    pub strategy: Strategy,
    /// Upper bound of tokens a chunk. 1 to [`MAX_TOKENS`].
    pub max_tokens: u32,
    /// Tokens that a chunk repeats of its predecessor, at most. Below `max_tokens`.
    pub overlap_tokens: u32,
}

/// What a chunk may hold before its overlap is added.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Budget {
    pub(crate) tokens: u32,
    pub(crate) bytes: usize,
}

impl Options {
    pub(crate) fn validate(&self) -> Result<(), Error> {
        if !(1..=MAX_TOKENS).contains(&self.max_tokens) {
            return Err(Error::MaxTokens(self.max_tokens));
        }
        if self.overlap_tokens >= self.max_tokens {
            return Err(Error::Overlap { overlap: self.overlap_tokens, max: self.max_tokens });
        }
        Ok(())
    }

    /// The most bytes of readable text that a chunk may have, its overlap included.
    pub(crate) fn max_bytes(&self) -> usize {
        (self.max_tokens as usize * BYTES_PER_TOKEN).max(MIN_BYTES)
    }

    pub(crate) fn budget(&self) -> Budget {
        Budget { tokens: self.max_tokens - self.overlap_tokens, bytes: self.max_bytes() }
    }
}

impl Budget {
    pub(crate) fn holds(&self, tokens: u32, bytes: usize) -> bool {
        tokens <= self.tokens && bytes <= self.bytes
    }
}
