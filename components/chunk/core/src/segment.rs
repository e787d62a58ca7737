//! Sentences and words, found only inside ranges that nothing coarser could divide.

use std::ops::Range;

use unicode_segmentation::UnicodeSegmentation;

use crate::tokens::{is_safe, is_space};

/// Starts of sentences strictly inside a range, by UAX #29. Line ends count as spaces here: in prose that is wrapped they say nothing
/// about sentences, and where they do say something the range has been divided at them before.
pub(crate) fn sentences(text: &str, range: &Range<usize>) -> Vec<usize> {
    let part = text.get(range.clone()).unwrap_or_default();
    // One ASCII byte for another, so that offsets stay.
    let unwrapped = part.replace(['\n', '\r'], " ");
    unwrapped
        .split_sentence_bound_indices()
        .map(|(offset, _)| range.start + offset)
        .filter(|&position| position > range.start && is_safe(text, position))
        .collect()
}

/// Starts of what follows a full stop or semicolon and white space, strictly inside a range. By UAX #29 a sentence doesn't end before a small letter, so
/// that text without capitals would be one sentence. A stop after fewer than four letters or digits is taken for an abbreviation's or an initial's.
pub(crate) fn stops(text: &str, range: &Range<usize>) -> Vec<usize> {
    let mut starts = Vec::new();
    let (mut word, mut stopped, mut spaced) = (0, false, false);
    for (offset, c) in text.get(range.clone()).unwrap_or_default().char_indices() {
        if is_space(c) {
            spaced = stopped;
            word = 0;
            continue;
        }
        if spaced && offset > 0 {
            starts.push(range.start + offset);
        }
        stopped = matches!(c, '.' | ';' | '?' | '!') && (word >= 4 || c != '.');
        spaced = false;
        word = if c.is_alphanumeric() || matches!(c, ')' | '"' | '%') { word + 1 } else { 0 };
    }
    starts
}

/// Starts of words strictly inside a range: where white space ends.
pub(crate) fn words(text: &str, range: &Range<usize>) -> Vec<usize> {
    let mut starts = Vec::new();
    let mut after_space = false;
    for (offset, c) in text.get(range.clone()).unwrap_or_default().char_indices() {
        let space = is_space(c);
        if after_space && !space {
            starts.push(range.start + offset);
        }
        after_space = space;
    }
    starts
}

/// The last boundary of a word by UAX #29 in the second half of a text, for scripts that put no spaces between words.
pub(crate) fn last_word_boundary(text: &str) -> Option<usize> {
    text.split_word_bound_indices().map(|(offset, _)| offset).rfind(|&offset| offset > text.len() / 2)
}
