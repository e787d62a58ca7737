//! Cuts what has no boundary left: words longer than the budget, scripts without spaces, endless white space.
//!
//! A cut inside a word changes the tokens of both sides, so here the index over the whole text says nothing: each piece
//! is tokenised by itself, in a window no longer than the byte cap, until it is known to fit. That keeps the work linear, with
//! the cap as its factor.

use std::ops::Range;

use crate::divide::Piece;
use crate::options::Budget;
use crate::segment::last_word_boundary;
use crate::tokens::Tokens;

/// Cuts a range at character boundaries into pieces that fit. A single character that is more tokens than the whole budget (a Hangul
/// syllable is up to three) is a piece by itself: there is nothing smaller that is still text.
pub(crate) fn cut(tokens: &Tokens<'_>, range: Range<usize>, budget: &Budget) -> Vec<Piece> {
    let mut pieces = Vec::new();
    let mut start = range.start;
    while start < range.end {
        let window = start..tokens.text.floor_char_boundary((start + budget.bytes).min(range.end));
        let piece = largest_prefix(tokens, window, budget, range.end);
        start = piece.range.end;
        pieces.push(piece);
    }
    pieces
}

/// The first piece of a window. Cutting where the first token beyond the budget starts is nearly always right at once; after a few attempts halving makes
/// sure of an end.
fn largest_prefix(tokens: &Tokens<'_>, window: Range<usize>, budget: &Budget, end: usize) -> Piece {
    let start = window.start;
    let mut candidate = window;
    for attempt in 0.. {
        let offsets = tokens.own_offsets(&candidate);
        let Some(&over) = offsets.get(budget.tokens as usize) else {
            let whole = Piece { tokens: offsets.len() as u32, range: candidate };
            return Some(&whole)
                .filter(|whole| whole.range.end < end)
                .and_then(|whole| back_off(tokens, &whole.range, budget))
                .unwrap_or(whole);
        };
        let over = over as usize;
        let length = if attempt < 4 { over } else { over.min(candidate.len() / 2) };
        candidate.end = tokens.text.floor_char_boundary(start + length);
        if candidate.is_empty() {
            break;
        }
    }
    let first = start..tokens.text.ceil_char_boundary(start + 1);
    Piece { tokens: tokens.own_offsets(&first).len() as u32, range: first }
}

/// The same piece up to its last word by UAX #29, if that is well inside it and fits by itself.
fn back_off(tokens: &Tokens<'_>, candidate: &Range<usize>, budget: &Budget) -> Option<Piece> {
    let boundary = last_word_boundary(tokens.text.get(candidate.clone())?)?;
    let range = candidate.start..candidate.start + boundary;
    let tokens = tokens.own_offsets(&range).len() as u32;
    Some(Piece { range, tokens }).filter(|piece| piece.fits(budget))
}
