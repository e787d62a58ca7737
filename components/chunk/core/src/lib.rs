//! Documents to chunks: byte ranges within a token budget.
//!
//! The map: [`split()`] first lets `outline` find the structure of a document (`plain`, `markdown`, `html`: each gives
//! boundary positions by [`Level`](boundary::Level) and the headings; so do `code` and `records`), then `divide` goes down from the coarsest level until everything fits and
//! packs siblings as evenly as they go, `word` cuts what has no boundary left, `join` gets rid of tiny leftovers, and `overlap` repeats
//! the end of each chunk at the start of the next. `semantic` divides by meaning instead, which an [`Embedder`] knows, and `context` says what a chunk is
//! about. Sentences and words are looked for only where nothing coarser fits.
//!
//! Pure, and linear in the document's length whatever the input. Tokens are the business of whoever calls: a
//! [`Tokenizer`] is asked once a document, and again only about words that are longer than a whole budget.

mod boundary;
mod code;
mod context;
mod divide;
mod embedder;
mod error;
mod html;
mod join;
mod lines;
mod markdown;
mod options;
mod outline;
mod overlap;
mod plain;
mod records;
mod segment;
mod semantic;
mod split;
mod tokens;
mod word;

#[cfg(test)]
mod tests;

pub use embedder::Embedder;
pub use error::Error;
pub use options::{Format, MAX_TOKENS, Options, Strategy};
pub use split::{Chunk, split, split_with};
pub use tokens::Tokenizer;
