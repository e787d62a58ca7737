//! The smallest parts that a chunk is made of: sentences, or several very short ones.

use std::ops::Range;

use crate::boundary::{Boundaries, Level};
use crate::divide::{Piece, divide};
use crate::options::Budget;
use crate::segment::{sentences, stops};
use crate::tokens::{Tokens, is_safe};

/// Shorter sentences are joined to the next: their vectors say little.
const SHORT: u32 = 12;

/// A sentence beyond so many tokens is looked at again: see [`stops`].
const LONG: u32 = 48;

/// A part of the text.
pub(super) struct Atom {
    pub(super) piece: Piece,
    /// Whether nothing before it may be in the same chunk.
    pub(super) walled: bool,
}

pub(super) fn atoms(
    tokens: &Tokens<'_>,
    boundaries: &Boundaries,
    budget: Budget,
    walls: &[usize],
) -> Vec<Atom> {
    let mut hard = boundaries.coarse(Level::Heading(6));
    hard.extend(walls);
    hard.sort_unstable();
    let mut blocks = boundaries.coarse(Level::Line);
    blocks.extend(walls);
    blocks.sort_unstable();
    blocks.dedup();
    let short = SHORT.min(budget.tokens / 4);
    let mut atoms: Vec<Atom> = Vec::new();
    let mut start = 0;
    for end in blocks.into_iter().chain([tokens.text.len()]).filter(|&end| end > 0) {
        let walled = hard.binary_search(&start).is_ok();
        for (piece, at) in parts(tokens, boundaries, budget, start..end).into_iter().zip(0..) {
            let walled = walled && at == 0;
            let joins = |last: &&mut Atom| {
                !walled
                    && last.piece.tokens.min(piece.tokens) < short
                    && is_safe(tokens.text, piece.range.start)
                    && last.piece.with(&piece).fits(&budget)
            };
            match atoms.last_mut().filter(joins) {
                Some(last) => last.piece = last.piece.with(&piece),
                None => {
                    atoms.push(Atom { walled: walled || !is_safe(tokens.text, piece.range.start), piece })
                }
            }
        }
        start = end;
    }
    atoms
}

/// A block's sentences, divided further where one is beyond the budget.
fn parts(tokens: &Tokens<'_>, boundaries: &Boundaries, budget: Budget, block: Range<usize>) -> Vec<Piece> {
    let mut pieces = Vec::new();
    for sentence in ranges(&block, sentences(tokens.text, &block)) {
        let long = tokens.count(&sentence) > LONG;
        let cuts = if long { stops(tokens.text, &sentence) } else { Vec::new() };
        for part in ranges(&sentence, cuts) {
            let piece = Piece { tokens: tokens.count(&part), range: part };
            if piece.fits(&budget) {
                pieces.push(piece);
            } else {
                pieces.extend(divide(tokens, boundaries, budget, piece.range));
            }
        }
    }
    pieces
}

/// The ranges between cuts.
fn ranges(range: &Range<usize>, cuts: Vec<usize>) -> impl Iterator<Item = Range<usize>> {
    let mut start = range.start;
    cuts.into_iter().chain([range.end]).map(move |end| std::mem::replace(&mut start, end)..end)
}
