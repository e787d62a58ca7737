//! From the coarsest boundary down: what fits stays whole, what doesn't is divided at the next finer level.
//!
//! Parts that fit are packed with their siblings of the same level into the fewest chunks that hold them, as even as they
//! go. Fewest, because a chunk's neighbourhood is what makes it understandable; even, because full chunks followed by a
//! sliver make the sliver a bad search result. Packing never reaches across levels: the end of one section is
//! not filled up with the beginning of the next.

use std::ops::Range;

use crate::boundary::{Boundaries, Level};
use crate::options::Budget;
use crate::tokens::{Tokens, is_safe};
use crate::{segment, word};

/// A range and the tokens it has as a text of its own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Piece {
    pub(crate) range: Range<usize>,
    pub(crate) tokens: u32,
}

impl Piece {
    /// Both together; right only where the cut between them is safe.
    pub(crate) fn with(&self, next: &Self) -> Self {
        Self { range: self.range.start..next.range.end, tokens: self.tokens + next.tokens }
    }

    pub(crate) fn fits(&self, budget: &Budget) -> bool {
        budget.holds(self.tokens, self.range.len())
    }
}

/// Divides a range into pieces that fit the budget, in order, without a gap.
pub(crate) fn divide(
    tokens: &Tokens<'_>,
    boundaries: &Boundaries,
    budget: Budget,
    range: Range<usize>,
) -> Vec<Piece> {
    let mut divider = Divider { tokens, boundaries, budget, pieces: Vec::new() };
    divider.descend(range, &Level::ALL);
    divider.pieces
}

/// Divides a range between words alone, each piece as full as it goes.
pub(crate) fn fill(tokens: &Tokens<'_>, budget: Budget, range: Range<usize>) -> Vec<Piece> {
    let mut pieces: Vec<Piece> = Vec::new();
    let mut start = range.start;
    for end in segment::words(tokens.text, &range).into_iter().chain([range.end]) {
        let word = Piece { tokens: tokens.count(&(start..end)), range: start..end };
        start = end;
        match pieces.last_mut().map(|last| (last.with(&word), last)) {
            Some((both, last)) if both.fits(&budget) && is_safe(tokens.text, word.range.start) => {
                *last = both
            }
            _ if word.fits(&budget) => pieces.push(word),
            _ => pieces.extend(word::cut(tokens, word.range, &budget)),
        }
    }
    pieces
}

struct Divider<'a> {
    tokens: &'a Tokens<'a>,
    boundaries: &'a Boundaries,
    budget: Budget,
    pieces: Vec<Piece>,
}

impl Divider<'_> {
    /// Recursion is as deep as there are levels.
    fn descend(&mut self, range: Range<usize>, mut levels: &[Level]) {
        let piece = self.measure(range.clone());
        if piece.fits(&self.budget) {
            return self.pieces.push(piece);
        }
        while let Some((&level, finer)) = levels.split_first() {
            let cuts = self.cuts(&range, level);
            if !cuts.is_empty() {
                return self.siblings(range, &cuts, finer);
            }
            levels = finer;
        }
        self.pieces.extend(word::cut(self.tokens, range, &self.budget));
    }

    fn siblings(&mut self, range: Range<usize>, cuts: &[usize], finer: &[Level]) {
        let mut group = Vec::new();
        let mut start = range.start;
        for &end in cuts.iter().chain(std::iter::once(&range.end)) {
            let piece = self.measure(start..end);
            if piece.fits(&self.budget) {
                group.push(piece);
            } else {
                self.pack(&group);
                group.clear();
                self.descend(start..end, finer);
            }
            start = end;
        }
        self.pack(&group);
    }

    fn measure(&self, range: Range<usize>) -> Piece {
        Piece { tokens: self.tokens.count(&range), range }
    }

    fn cuts(&self, range: &Range<usize>, level: Level) -> Vec<usize> {
        match level {
            Level::Sentence => segment::sentences(self.tokens.text, range),
            Level::Stop => segment::stops(self.tokens.text, range),
            Level::Word => segment::words(self.tokens.text, range),
            structural => self.boundaries.inside(range, structural).to_vec(),
        }
    }

    /// Merges siblings into the fewest pieces there can be, and among those into the ones whose largest is smallest.
    fn pack(&mut self, group: &[Piece]) {
        let fewest = merged(group, &self.budget).count();
        let total: u32 = group.iter().map(|piece| piece.tokens).sum();
        let (mut low, mut high) = (total.div_ceil(fewest.max(1) as u32), self.budget.tokens);
        while low < high {
            let middle = low + (high - low) / 2;
            if merged(group, &Budget { tokens: middle, ..self.budget }).count() <= fewest {
                high = middle;
            } else {
                low = middle + 1;
            }
        }
        self.pieces.extend(merged(group, &Budget { tokens: high, ..self.budget }));
    }
}

/// Fills each piece with as many siblings as the budget holds. A sibling beyond the budget stays by itself.
fn merged(group: &[Piece], budget: &Budget) -> impl Iterator<Item = Piece> {
    let mut rest = group.iter().peekable();
    std::iter::from_fn(move || {
        let mut piece = rest.next()?.clone();
        while let Some(next) = rest.next_if(|next| piece.with(next).fits(budget)) {
            piece = piece.with(next);
        }
        Some(piece)
    })
}
