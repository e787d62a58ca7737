//! Starts each chunk inside its predecessor.

use crate::divide::Piece;
use crate::options::Options;
use crate::tokens::{Tokens, is_safe, is_space};

/// Moves the start of every piece but the first back by at most `overlap_tokens`, to the start of a word. Pieces were divided by what the overlap
/// leaves of the budget, so their tokens stay within it. A piece that starts inside a word gets no overlap.
pub(crate) fn overlap(tokens: &Tokens<'_>, options: &Options, pieces: &mut [Piece]) {
    if options.overlap_tokens == 0 {
        return;
    }
    let mut previous = 0;
    for piece in pieces {
        let start = std::mem::replace(&mut previous, piece.range.start);
        let (own, room) = (piece.range.start, options.max_bytes().saturating_sub(piece.range.len()));
        let earliest = tokens.back(own, options.overlap_tokens).max(start).max(own.saturating_sub(room));
        let earliest = tokens.text.ceil_char_boundary(earliest);
        if !is_safe(tokens.text, own) {
            continue;
        }
        if let Some(word) = word_start(tokens.text, earliest, own) {
            piece.tokens += tokens.count(&(word..own));
            piece.range.start = word;
        }
    }
}

/// The first word that starts at or after `from` and before `to`.
fn word_start(text: &str, from: usize, to: usize) -> Option<usize> {
    let mut after_space = from == 0 || text.get(..from).is_some_and(|before| before.ends_with(is_space));
    for (offset, c) in text.get(from..to)?.char_indices() {
        let space = is_space(c);
        if after_space && !space {
            return Some(from + offset);
        }
        after_space = space;
    }
    None
}
