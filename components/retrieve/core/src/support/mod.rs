//! Whether a text says what a statement says that cites it.
//!
//! Four things are looked at. The reranker reads statement and text as it reads question and passage; a share of the statement's words is in the text or isn't; every number,
//! date and name of the statement has to be there; and the sentence of the text that is nearest to it must not deny what it says, nor say what it denies. What this can't see: a late-interaction
//! reranker compares words in their contexts one by one, so a statement that turns its text round without a negation (two things changed about, another relation
//! between the same names) looks supported.

mod curve;
mod denial;
mod facts;
#[cfg(test)]
mod tests;

use crate::lexical::analyse;
use crate::{Error, Reranker, Reranking, names};
pub use curve::Evidence;
pub use denial::denied;
pub use facts::missing;

/// Statements of a call, at most: more than an answer has.
const MAX_CLAIMS: usize = 256;

/// Texts of a statement, at most.
const MAX_TEXTS: usize = 16;

/// A statement, and the texts that it cites.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Claim {
    /// One sentence; what is too long for a query of the reranker is cut off.
    pub statement: String,
    /// At least one, 16 at most. Names and numbers may come from any of them, the rest from the one that supports it best.
    pub texts: Vec<String>,
}

/// A judging under way: a claim is a step, and one step more for each piece of work of the reranker.
pub struct Support<'a> {
    reranker: &'a dyn Reranker,
    claims: std::vec::IntoIter<Claim>,
    current: Option<(Claim, Box<dyn Reranking + 'a>)>,
    judged: Vec<f32>,
}

impl<'a> Support<'a> {
    /// The probability from which a statement counts as supported.
    pub const LEAST: f32 = 0.5;

    /// Begins to judge.
    ///
    /// # Errors
    /// [`Error::InvalidRequest`], which names the claim.
    pub fn new(reranker: &'a dyn Reranker, claims: Vec<Claim>) -> Result<Self, Error> {
        let count = claims.len();
        names::check(count <= MAX_CLAIMS, || format!("claims has {count} items; send {MAX_CLAIMS} at most"))?;
        for (at, claim) in claims.iter().enumerate() {
            names::check(!claim.statement.trim().is_empty(), || {
                format!("claims[{at}].statement is empty; say what is to be supported")
            })?;
            names::check((1..=MAX_TEXTS).contains(&claim.texts.len()), || {
                format!("claims[{at}].texts has {} items; send 1 to {MAX_TEXTS}", claim.texts.len())
            })?;
        }
        Ok(Self { reranker, claims: claims.into_iter(), current: None, judged: Vec::with_capacity(count) })
    }

    /// Judges on. `Some` has a probability for each claim, in their order.
    ///
    /// # Errors
    /// [`Error::Reranking`].
    pub fn step(&mut self) -> Result<Option<Vec<f32>>, Error> {
        let Some((claim, mut session)) = self.current.take() else {
            let Some(claim) = self.claims.next() else { return Ok(Some(std::mem::take(&mut self.judged))) };
            let session = self.reranker.begin(&claim.statement, &claim.texts).map_err(Error::Reranking)?;
            self.current = Some((claim, session));
            return Ok(None);
        };
        if session.step().map_err(Error::Reranking)? {
            self.current = Some((claim, session));
            return Ok(None);
        }
        let scores = session.scores();
        let read = claim.texts.iter().zip(scores).filter_map(|(text, score)| Some((text, score?)));
        let missing = missing(&claim.statement, &claim.texts);
        let supports = |(text, rerank): (&String, f32)| {
            Evidence::of(&claim.statement, text, rerank).probability(missing)
        };
        self.judged.push(read.map(supports).fold(0.0, f32::max));
        Ok(None)
    }

    /// All steps at once.
    ///
    /// # Errors
    /// As [`Self::step`].
    pub fn finish(mut self) -> Result<Vec<f32>, Error> {
        loop {
            if let Some(judged) = self.step()? {
                return Ok(judged);
            }
        }
    }
}

/// Share of a statement's distinct words that a text has; 1 for a statement without any.
#[must_use]
pub fn coverage(statement: &str, text: &str) -> f32 {
    let (asked, there) = (analyse(statement).counts, analyse(text).counts);
    let held = asked.iter().filter(|(hash, _)| there.binary_search_by_key(hash, |&(hash, _)| hash).is_ok());
    if asked.is_empty() { 1.0 } else { held.count() as f32 / asked.len() as f32 }
}
