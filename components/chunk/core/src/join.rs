//! Joins slivers to their neighbours: what is left where two levels of division meet.

use crate::boundary::Boundaries;
use crate::divide::Piece;
use crate::options::Budget;
use crate::tokens::is_safe;

/// A piece below this share of the budget is not left alone if a neighbour has room. A heading whose section was divided is the usual case.
const SLIVER: u32 = 8;

/// Joins each sliver to the neighbour from which the finer boundary separates it, or to the one that has room.
pub(crate) fn join(text: &str, boundaries: &Boundaries, budget: &Budget, pieces: Vec<Piece>) -> Vec<Piece> {
    let fit = |a: &Piece, b: &Piece| is_safe(text, b.range.start) && a.with(b).fits(budget);
    let sliver = |piece: &Piece| piece.tokens == 0 || piece.tokens * SLIVER < budget.tokens;
    let mut joined: Vec<Piece> = Vec::with_capacity(pieces.len());
    let mut rest = pieces.into_iter().peekable();
    let mut carried = None;
    while let Some(piece) = carried.take().or_else(|| rest.next()) {
        if !sliver(&piece) {
            joined.push(piece);
            continue;
        }
        let before = joined.last().is_some_and(|before| fit(before, &piece));
        let after = rest.peek().is_some_and(|after| fit(&piece, after));
        let nearer_before = !after || boundaries.finer(piece.range.start, piece.range.end);
        match (joined.last_mut(), before && nearer_before) {
            (Some(last), true) => *last = last.with(&piece),
            _ => match rest.next_if(|_| after) {
                Some(next) => carried = Some(piece.with(&next)),
                None => joined.push(piece),
            },
        }
    }
    joined
}
