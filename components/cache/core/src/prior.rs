//! What is known before a route has taught anything: fitted weights, tested cuts, and the map of neighbourhoods.
//!
//! One value, read in place: nothing large is copied, because an instance may live for a single request.

use gusset_words::{Difference, content, difference, words};
use serde::{Deserialize, Serialize};

use crate::features::{self, FEATURES, Pair};
use crate::{Error, vector};

/// The fitted prior. Write it with postcard.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Prior<'a> {
    /// Name of the embedding model whose similarities it was fitted to.
    pub model: &'a str,
    /// One weight a feature.
    pub weights: Vec<f32>,
    /// Wrong share, and the log-odds from which a hit keeps it: ascending in the share.
    pub cuts: Vec<(f32, f32)>,
    /// Length of a centroid.
    pub dimension: u32,
    /// Of each neighbourhood, `dimension` values in 127ths of its largest.
    #[serde(borrow)]
    pub centroids: &'a [u8],
    /// Inverse document frequency by a stem's hash, 255 for the rarest.
    #[serde(borrow)]
    pub idf: &'a [u8],
}

/// What the prior says of two questions.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Judgement {
    /// Forbids a hit.
    pub blocked: Option<Difference>,
    /// What was weighed.
    pub row: [f64; FEATURES],
    /// Log-odds that the two ask the same.
    pub odds: f64,
}

/// Neighbourhoods that a lookup searches. A question near a border has its like on the other side.
pub(crate) const PROBES: usize = 2;

impl<'a> Prior<'a> {
    /// The prior that `gusset-cache-calibration fit` wrote.
    ///
    /// # Errors
    /// The bytes are not what this version reads.
    pub fn read(bytes: &'a [u8]) -> Result<Self, Error> {
        let prior: Self = postcard::from_bytes(bytes).map_err(|error| Error::Weights(error.to_string()))?;
        let dimension = prior.dimension as usize;
        let whole =
            dimension > 0 && prior.centroids.len().is_multiple_of(dimension) && !prior.centroids.is_empty();
        if prior.weights.len() != FEATURES || prior.idf.is_empty() || !whole {
            return Err(Error::Weights("their lengths don't fit together".to_owned()));
        }
        Ok(prior)
    }

    /// Weighs two questions, given the cosine of their vectors.
    #[must_use]
    pub fn judge(&self, asked: &str, answered: &str, similarity: f64) -> Judgement {
        let (asked, answered) = (words(asked), words(answered));
        let idf = |stem: &str| self.idf(stem);
        let pair = Pair { asked: &asked, answered: &answered, similarity };
        let row = features::row(&pair, &idf);
        let odds = row.iter().zip(&self.weights).map(|(value, weight)| value * f64::from(*weight)).sum();
        Judgement { blocked: difference(&asked, &answered), row, odds }
    }

    /// Log-odds from which hits keep a wrong share: the tested cut of the largest share that is not above it, and where none passed a test,
    /// those at which half of the share is expected to be wrong.
    #[must_use]
    pub fn cut(&self, wrong_share: f64) -> f64 {
        let tested = self.cuts.iter().rev().find(|(share, _)| f64::from(*share) <= wrong_share + 1e-9);
        let half = wrong_share / 2.0;
        tested.map_or_else(|| ((1.0 - half) / half).ln(), |&(_, cut)| f64::from(cut))
    }

    /// The neighbourhoods nearest to a vector, nearest first.
    #[must_use]
    pub fn neighbourhoods(&self, vector: &[i8]) -> Vec<u32> {
        let mut all: Vec<(i32, u32)> = self
            .centroids
            .chunks_exact(self.dimension as usize)
            .zip(0..)
            .map(|(centroid, number)| (vector::dot_bytes(vector, centroid), number))
            .collect();
        all.sort_unstable_by_key(|&(dot, number)| (-dot, number));
        all.into_iter().take(PROBES).map(|(_, number)| number).collect()
    }

    fn idf(&self, stem: &str) -> f64 {
        let at = slot(stem, self.idf.len());
        self.idf.get(at).map_or(1.0, |&value| f64::from(value) / 255.0)
    }
}

/// A stem's place in a table of so many: FNV-1a, 64 bits.
#[must_use]
pub fn slot(stem: &str, slots: usize) -> usize {
    let hash = stem.bytes().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3)
    });
    (hash % slots.max(1) as u64) as usize
}

/// The stems of a question's content words, as the table of frequencies counts them.
#[must_use]
pub fn stems(question: &str) -> Vec<String> {
    content(&words(question)).into_iter().map(str::to_owned).collect()
}
