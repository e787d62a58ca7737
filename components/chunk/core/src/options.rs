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

/// A chunk's context has one in so many tokens of its budget.
const CONTEXT: u32 = 4;

/// How a document is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Format {
    /// Text without markup.
    Plain,
    /// CommonMark with tables and front matter.
    Markdown,
    /// HTML, well-formed or not.
    Html,
    /// Source code of a language that is indented as it is nested.
    Code,
    /// Records of fields with commas, semicolons or tabs between them, names in the first.
    Csv,
    /// JSON values, one or many.
    Json,
}

/// Where a document is cut.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Strategy {
    /// Paragraphs, then lines, then sentences, then words: the coarsest boundary that fits the budget.
    Recursive,
    /// As `Recursive`, but headings come first, and fenced code, tables and lists stay whole while they fit.
    Structural,
    /// As many words as the budget holds, whatever they mean.
    Fixed,
    /// Sentences, joined where neighbours mean the same and cut where they don't, headings kept as cuts.
    Semantic,
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
    /// Upper bound of tokens of the section that each chunk belongs to: above `max_tokens`, with no overlap. Zero: chunks belong to none.
    pub parent_tokens: u32,
    /// Whether each chunk has [context](crate::Chunk::context), which then is up to a quarter of its budget.
    pub context: bool,
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
        if self.overlap_tokens >= self.max_tokens - self.context_tokens() {
            return Err(Error::Overlap {
                overlap: self.overlap_tokens,
                max: self.max_tokens - self.context_tokens(),
            });
        }
        if self.parent_tokens > 0 {
            if !(self.max_tokens + 1..=MAX_TOKENS).contains(&self.parent_tokens) {
                return Err(Error::Parent { parent: self.parent_tokens, max: self.max_tokens });
            }
            if self.overlap_tokens > 0 {
                return Err(Error::ParentOverlap(self.overlap_tokens));
            }
        }
        Ok(())
    }

    /// The most bytes of readable text that a chunk may have, its overlap included.
    pub(crate) fn max_bytes(&self) -> usize {
        (self.max_tokens as usize * BYTES_PER_TOKEN).max(MIN_BYTES)
    }

    pub(crate) fn budget(&self) -> Budget {
        let tokens = self.max_tokens - self.overlap_tokens - self.context_tokens();
        Budget { tokens, bytes: self.max_bytes() }
    }

    /// What a section may hold; `None` where there are none.
    pub(crate) fn parent_budget(&self) -> Option<Budget> {
        let tokens = self.parent_tokens;
        (tokens > 0).then(|| Budget { tokens, bytes: (tokens as usize * BYTES_PER_TOKEN).max(MIN_BYTES) })
    }

    /// Tokens of a chunk's budget that are its context's.
    pub(crate) fn context_tokens(&self) -> u32 {
        if self.context { self.max_tokens / CONTEXT } else { 0 }
    }
}

impl Budget {
    pub(crate) fn holds(&self, tokens: u32, bytes: usize) -> bool {
        tokens <= self.tokens && bytes <= self.bytes
    }
}
