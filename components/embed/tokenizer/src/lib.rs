//! BERT WordPiece tokenizer: exact, allocation-light, without a regular expression.
//!
//! A text is cleaned, lower-cased and stripped of accents (`classify`), cut into words at white space and around
//! punctuation and CJK ideographs (`words`), and each word is cut greedily into the longest known pieces
//! (`vocabulary`). All three run in one pass over the text, in time linear in its length, without a copy of it.
//!
//! Where this differs from the published tokenizers: a text that spells `[SEP]` is tokenized as text, not as a special
//! token, so that no document can end its own sequence.
//!
//! The algorithm is that of *BERT: Pre-training of Deep Bidirectional Transformers* (Devlin et al., 2018). No I/O
//! here, and nothing about models.

mod classify;
mod error;
mod tables;
mod tokenizer;
mod vocabulary;
mod words;

pub use error::Error;
pub use tokenizer::{Encoding, Token, Tokenizer};
