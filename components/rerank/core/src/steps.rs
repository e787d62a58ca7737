//! One query and its passages, scored step by step, whatever the model is.

use crate::error::Error;
use crate::score::Terms;
use crate::{cross, late};

/// Tokens of a step, at most, unless a single passage has more. With six layers a step is some ten milliseconds of one core.
const TOKENS_A_STEP: usize = 256;

/// How far a passage has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Depth {
    /// Not read yet: its score says nothing.
    Unread,
    /// Through the lower layers.
    Coarse,
    /// Through all of them.
    Full,
}

/// A passage's score.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Score {
    /// Higher is better; scores of one query compare, whatever their depths, except with those that are unread.
    pub value: f32,
    /// That the passage answers the query, by the curve that was fitted in training: 0 to 1; 0 for what is unread.
    pub probability: f32,
    /// What the score rests on.
    pub depth: Depth,
    /// Whether the passage's end was cut off.
    pub truncated: bool,
}

/// A reranking that is under way.
pub struct Session<'a>(pub(crate) Kind<'a>);

pub(crate) enum Kind<'a> {
    Late(late::Session<'a>),
    Cross(cross::Session<'a>),
}

impl Session<'_> {
    /// Does the next piece of work; whether there is more.
    ///
    /// # Errors
    /// [`Error::Encode`], which no text can cause.
    pub fn step(&mut self) -> Result<bool, Error> {
        match &mut self.0 {
            Kind::Late(session) => session.step(),
            Kind::Cross(session) => session.step(),
        }
    }

    /// Scores as they stand, in the order of the passages.
    pub fn scores(&self) -> Vec<Score> {
        match &self.0 {
            Kind::Late(session) => session.scores(),
            Kind::Cross(session) => session.scores(),
        }
    }

    /// What each score of late interaction is made of, as it stands; `None` for what is unread. A cross-encoder's scores have no parts: it has
    /// an empty list.
    pub fn terms(&self) -> Vec<Option<Terms>> {
        match &self.0 {
            Kind::Late(session) => session.terms(),
            Kind::Cross(_) => Vec::new(),
        }
    }
}

/// How many texts of these lengths make a step: at least one, if there is one.
pub(crate) fn fill(lengths: impl Iterator<Item = usize>) -> usize {
    let mut tokens = 0;
    let fits = |(at, length): &(usize, usize)| {
        tokens += length;
        *at == 0 || tokens <= TOKENS_A_STEP
    };
    lengths.enumerate().take_while(fits).count()
}

pub(crate) fn signed(ids: &[u32]) -> Vec<i32> {
    ids.iter().map(|&id| id as i32).collect()
}

#[cfg(test)]
mod tests {
    use super::fill;

    #[test]
    fn a_step_takes_what_fits_and_at_least_one() {
        for (lengths, expected) in
            [(&[][..], 0), (&[1000], 1), (&[100, 100, 56, 1], 3), (&[100, 100, 57], 2), (&[1000, 1], 1)]
        {
            assert_eq!(fill(lengths.iter().copied()), expected, "{lengths:?}");
        }
    }
}
