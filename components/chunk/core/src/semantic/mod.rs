//! Cuts where the meaning changes.
//!
//! `atoms` cuts the text into sentences; each is embedded; `runs` joins neighbours to chunks so that what is in a chunk is as alike as it can be, which is the
//! objective of the *cluster semantic* chunker of Chroma's report *Evaluating Chunking Strategies for Retrieval* (2024), here under a budget of tokens
//! instead of a number of segments. Sentences are taken window by window, so that vectors of a bounded number of them are held at once; the last
//! chunk of a window is decided in the next.

mod atoms;
mod runs;

use crate::Error;
use crate::boundary::Boundaries;
use crate::divide::Piece;
use crate::embedder::Embedder;
use crate::options::Budget;
use crate::tokens::Tokens;

/// Sentences of a window: three megabytes of vectors at 384 dimensions. Long enough for its mean to be that of a document.
const WINDOW: usize = 2048;

/// Sentences embedded at once.
const BATCH: usize = 32;

/// Divides the whole text. No piece reaches across a wall, of which there is one at each heading and each of `walls`, ascending.
pub(crate) fn divide(
    tokens: &Tokens<'_>,
    boundaries: &Boundaries,
    budget: Budget,
    walls: &[usize],
    embedder: &dyn Embedder,
) -> Result<Vec<Piece>, Error> {
    let all = atoms::atoms(tokens, boundaries, budget, walls);
    let mut pieces = Vec::new();
    let mut held: Vec<(atoms::Atom, Vec<f32>)> = Vec::new();
    let mut rest = all.into_iter().peekable();
    while rest.peek().is_some() {
        while held.len() < WINDOW && rest.peek().is_some() {
            let batch: Vec<atoms::Atom> = rest.by_ref().take(BATCH).collect();
            let vectors = embed(tokens, &batch, embedder)?;
            held.extend(batch.into_iter().zip(vectors));
        }
        let mut runs = runs::runs(&held, &budget);
        let last = if rest.peek().is_some() && runs.len() > 1 { runs.pop() } else { None };
        pieces.extend(runs.iter().filter_map(|run| {
            let mut parts = held.get(run.clone())?.iter().map(|(atom, _)| &atom.piece);
            let first = parts.next()?.clone();
            Some(parts.fold(first, |piece, next| piece.with(next)))
        }));
        held = last.map_or_else(Vec::new, |last| held.split_off(last.start));
    }
    Ok(pieces)
}

fn embed(
    tokens: &Tokens<'_>,
    atoms: &[atoms::Atom],
    embedder: &dyn Embedder,
) -> Result<Vec<Vec<f32>>, Error> {
    let texts: Vec<&str> = atoms
        .iter()
        .map(|atom| tokens.text.get(atom.piece.range.clone()).unwrap_or_default().trim())
        .collect();
    let values = embedder.embed(&texts).map_err(Error::Embedder)?;
    let dimension = values.len() / texts.len().max(1);
    if dimension == 0 || values.len() != dimension * texts.len() {
        return Err(Error::Embedder(format!("{} values for {} texts", values.len(), texts.len())));
    }
    Ok(values.chunks(dimension).map(<[f32]>::to_vec).collect())
}
