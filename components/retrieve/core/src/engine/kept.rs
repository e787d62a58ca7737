//! What is kept of a collection and of a document, whatever keeps it: what engines are given, and what a migration carries.

use gusset_chunk::Options;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::filter::Fields;
use crate::lexical::{length, lexicon};
use crate::manifest::{Chunking, Live};
use crate::record::Passage;
use crate::segment::Vectors;
use crate::{DocumentInfo, analyse, quantise};

/// What a collection is created with. An engine keeps it as one value.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Settings {
    /// Fingerprint of the model that makes its vectors.
    pub fingerprint: String,
    /// That model's name.
    pub model: String,
    /// Length of a vector.
    pub dimension: u32,
    /// How its documents are split.
    pub(crate) chunking: Chunking,
    /// Unix time in seconds.
    pub created_at: u64,
    /// What it was created with, in that order.
    pub metadata: Vec<(String, String)>,
}

/// A vector with 8 bits a value: `scale` times an integer each. Everything that keeps vectors keeps them rounded like this, so a passage's cosine is the same everywhere.
#[derive(Clone, Debug, PartialEq)]
pub struct Vector {
    /// What the integers are multiplied with.
    pub scale: f32,
    /// -127 to 127.
    pub values: Vec<i8>,
}

/// A passage with all that is kept of it.
#[derive(Clone, Debug, PartialEq)]
pub struct Kept {
    /// First byte in the document.
    pub start: u32,
    /// Byte after the last.
    pub end: u32,
    /// Length in tokens.
    pub tokens: u32,
    /// Headings above it, outermost first.
    pub headings: Vec<String>,
    /// What it says.
    pub text: String,
    /// Its vector.
    pub vector: Vector,
    /// Hashes of its terms, ascending, each once, with how often it occurs.
    pub terms: Vec<(u32, u8)>,
    /// Its length in terms as BM25 counts it: rounded like the key-value way's.
    pub length: u32,
}

/// A document with all that is kept of it.
#[derive(Clone, Debug, PartialEq)]
pub struct Record {
    /// What is known of it.
    pub info: DocumentInfo,
    /// Digest of the format and content that its passages were made of.
    pub content: [u8; 16],
    /// Its passages, in order.
    pub passages: Vec<Kept>,
}

impl Settings {
    /// How its documents are split.
    #[must_use]
    pub fn chunking(&self) -> Options {
        self.chunking.into()
    }

    pub(crate) fn live(self, incarnation: u64) -> Live {
        Live {
            incarnation,
            fingerprint: self.fingerprint,
            model: self.model,
            dimension: self.dimension,
            chunking: self.chunking,
            created_at: self.created_at,
            metadata: self.metadata,
            segments: 0,
            open: Vec::new(),
            closed: Vec::new(),
            spent: Vec::new(),
            tiers: Vec::new(),
            next_tier: 0,
            next_row: 0,
            due: crate::compact::DUE,
            flush: None,
            merges: Vec::new(),
            leftovers: Vec::new(),
        }
    }
}

impl From<Live> for Settings {
    fn from(live: Live) -> Self {
        let Live { fingerprint, model, dimension, chunking, created_at, metadata, .. } = live;
        Self { fingerprint, model, dimension, chunking, created_at, metadata }
    }
}

impl Vector {
    /// The nearest to these values, of which there may be none.
    #[must_use]
    pub fn rounded(values: &[f32]) -> Self {
        let mut integers = Vec::with_capacity(values.len());
        let scale = quantise::quantise(values, &mut integers);
        Self { scale, values: integers.into_iter().map(|value| value as i8).collect() }
    }

    /// What it stands for.
    #[must_use]
    pub fn values(&self) -> Vec<f32> {
        self.values.iter().map(|&value| f32::from(value) * self.scale).collect()
    }
}

impl Record {
    /// From what the key-value way writes into a segment and a record.
    pub(crate) fn of(
        info: DocumentInfo,
        content: [u8; 16],
        passages: Vec<Passage>,
        vectors: &Vectors,
    ) -> Self {
        let numbers = vectors.values.chunks(vectors.dimension.max(1)).zip(&vectors.scales);
        let words = vectors.lengths.iter().zip(&vectors.lexicons);
        let passages = passages.into_iter().zip(numbers).zip(words);
        let passages = passages.map(|((passage, (values, &scale)), (&terms, lexicon))| {
            let vector = Vector { scale, values: values.iter().map(|&value| value as i8).collect() };
            let kept = lexicon::entries(lexicon).next().map(|entry| entry.terms().collect());
            Kept::new(passage, vector, (kept.unwrap_or_default(), length::decode(terms)))
        });
        Self { info, content, passages: passages.collect() }
    }

    /// The same back.
    pub(crate) fn into_parts(self) -> (Vec<Passage>, Vectors) {
        let mut vectors = Vectors::default();
        let mut passages = Vec::with_capacity(self.passages.len());
        for kept in self.passages {
            let Kept { start, end, tokens, headings, text, vector, terms, length } = kept;
            vectors.dimension = vector.values.len();
            vectors.scales.push(vector.scale);
            vectors.lengths.push(length::encode(length));
            vectors.values.extend(vector.values.iter().map(|&value| value as u8));
            vectors.lexicons.push(lexicon::encode(&crate::Terms { counts: terms, length }));
            let context = String::new();
            passages.push(Passage { start, end, tokens, headings, text, section: None, context });
        }
        (passages, vectors)
    }

    /// What filters compare.
    #[must_use]
    pub fn fields(&self) -> Fields {
        Fields::of(&self.info.metadata)
    }

    /// A digest of all that a search can return of it or is decided by. Two stores that hold the same document agree in it: vectors count by their integers, since a
    /// scale may be off by its last bit where an engine keeps products.
    #[must_use]
    pub fn digest(&self) -> [u8; 32] {
        let mut sha = Sha256::new();
        let mut text = |text: &str| {
            sha.update((text.len() as u64).to_le_bytes());
            sha.update(text);
        };
        text(&self.info.id);
        text(&self.info.title);
        for (key, value) in &self.info.metadata {
            text(key);
            text(value);
        }
        sha.update(self.content);
        sha.update(self.info.added_at.to_le_bytes());
        for number in [self.info.bytes, self.info.tokens, self.info.passages] {
            sha.update(number.to_le_bytes());
        }
        for kept in &self.passages {
            for number in [kept.start, kept.end, kept.tokens, kept.length, kept.headings.len() as u32] {
                sha.update(number.to_le_bytes());
            }
            for text in kept.headings.iter().chain([&kept.text]) {
                sha.update((text.len() as u64).to_le_bytes());
                sha.update(text);
            }
            kept.vector.values.iter().for_each(|value| sha.update(value.to_le_bytes()));
            for (term, count) in &kept.terms {
                sha.update(term.to_le_bytes());
                sha.update([*count]);
            }
        }
        sha.finalize().into()
    }
}

impl Kept {
    fn new(passage: Passage, vector: Vector, (terms, length): (Vec<(u32, u8)>, u32)) -> Self {
        let Passage { start, end, tokens, headings, text, .. } = passage;
        Self { start, end, tokens, headings, text, vector, terms, length }
    }

    /// With the terms that its headings and text have: for passages that were kept without them.
    pub(crate) fn analysed(passage: Passage, vector: Vector) -> Self {
        let terms = analyse(&crate::put::searched_text(&passage.text, &passage.headings));
        let rounded = length::decode(length::encode(terms.length));
        Self::new(passage, vector, (terms.counts, rounded))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_vector_comes_back_from_its_values() {
        for seed in 0..200_u32 {
            let values: Vec<f32> = (0..384)
                .map(|at: u32| {
                    (at.wrapping_mul(2_654_435_761).wrapping_add(seed * 97) % 1000) as f32 / 500.0 - 1.0
                })
                .collect();
            let kept = Vector::rounded(&values);
            let again = Vector::rounded(&kept.values());
            assert_eq!(kept.values, again.values);
            assert!((kept.scale - again.scale).abs() <= kept.scale * f32::EPSILON);
        }
        assert_eq!(Vector::rounded(&[0.0; 3]).values(), [0.0; 3]);
    }
}
