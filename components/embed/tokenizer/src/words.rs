//! A text as words: cleaned, lower-cased, without accents, each byte knowing where in the text it came from.
//!
//! Words are handed on one at a time; what pieces they fall into is decided in [`super::vocabulary`].

use unicode_normalization::char::{canonical_combining_class, decompose_canonical};

use crate::classify::{is_ideograph, is_mark, is_punctuation, is_removed};

/// Words of more characters than this are unknown as a whole. Published with the models.
const MAX_WORD_CHARS: usize = 100;

/// One word. Reused from word to word, so that a text costs no allocation a word.
#[derive(Default)]
pub(crate) struct Word {
    text: String,
    /// For each byte of `text`, the byte offset in the original of the character it came from.
    origins: Vec<usize>,
    chars: usize,
}

/// Calls `each` with every word of `text`, in order.
pub(crate) fn for_each_word(text: &str, each: impl FnMut(&Word)) {
    let mut splitter = Splitter { word: Word::default(), pending: Vec::new(), each };
    for (origin, c) in text.char_indices() {
        splitter.clean(c, origin);
    }
    splitter.flush_pending();
    splitter.end_word();
}

impl Word {
    /// The word's characters; only the first 101 of a word that [is too long](Self::is_too_long).
    pub(crate) fn text(&self) -> &str {
        &self.text
    }

    pub(crate) fn is_too_long(&self) -> bool {
        self.chars > MAX_WORD_CHARS
    }

    /// Byte offset in the original text of the character that gave byte `at` of the word.
    pub(crate) fn origin(&self, at: usize) -> usize {
        self.origins.get(at).copied().unwrap_or_default()
    }

    fn push(&mut self, c: char, origin: usize) {
        if self.is_too_long() {
            return;
        }
        self.chars += 1;
        self.text.push(c);
        self.origins.resize(self.text.len(), origin);
    }
}

struct Splitter<F> {
    word: Word,
    /// Combining characters that are no accents, waiting to be put into canonical order: class, character, origin.
    pending: Vec<(u8, char, usize)>,
    each: F,
}

impl<F: FnMut(&Word)> Splitter<F> {
    fn clean(&mut self, c: char, origin: usize) {
        if is_removed(c) {
            return;
        }
        if c.is_ascii() {
            self.flush_pending();
            self.split(c.to_ascii_lowercase(), origin);
        } else if c.is_whitespace() {
            self.flush_pending();
            self.end_word();
        } else if is_ideograph(c) {
            self.flush_pending();
            self.end_word();
            self.decompose(c, origin);
            self.flush_pending();
            self.end_word();
        } else {
            self.decompose(c, origin);
        }
    }

    fn decompose(&mut self, c: char, origin: usize) {
        decompose_canonical(c, |part| {
            let class = canonical_combining_class(part);
            if class == 0 {
                self.flush_pending();
            }
            if is_mark(part) {
                return;
            }
            if class == 0 {
                self.lower(part, origin);
            } else {
                self.pending.push((class, part, origin));
            }
        });
    }

    fn flush_pending(&mut self) {
        if self.pending.is_empty() {
            return;
        }
        let mut pending = std::mem::take(&mut self.pending);
        pending.sort_by_key(|&(class, ..)| class);
        for (_, c, origin) in pending.drain(..) {
            self.lower(c, origin);
        }
        self.pending = pending;
    }

    fn lower(&mut self, c: char, origin: usize) {
        for lower in c.to_lowercase() {
            self.split(lower, origin);
        }
    }

    fn split(&mut self, c: char, origin: usize) {
        if c.is_whitespace() {
            self.end_word();
        } else if is_punctuation(c) {
            self.end_word();
            self.word.push(c, origin);
            self.end_word();
        } else {
            self.word.push(c, origin);
        }
    }

    fn end_word(&mut self) {
        if self.word.chars > 0 {
            (self.each)(&self.word);
            self.word.text.clear();
            self.word.origins.clear();
            self.word.chars = 0;
        }
    }
}
