//! English, word by word: what a similarity of vectors does not see.
//!
//! The map: [`words()`] takes a text apart, [`difference`] says what forbids taking one question for another (`differences`), [`turns_round`] whether a
//! statement denies what a sentence says, or says what it denies (`negation`). The cache and the retrieval's citations both ask here. Nothing is looked up and nothing is
//! learned: lists and spelling, blunt on purpose.

mod differences;
mod negation;
mod words;

pub use differences::{Difference, difference};
pub use negation::turns_round;
pub use words::{Kind, Word, content, words};
