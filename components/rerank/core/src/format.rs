//! The head's bytes: what `gusset-embed-compiler rerank` writes and [`crate::Reranker`] reads.
//!
//! ```text
//! magic "GUSSETRR" | version | names | counts | numbers | tensors
//! ```
//! Numbers are u32 and f32. A head has a quarter of a million numbers, so unlike an encoder's weights it is copied.

use crate::bytes::{Rest, begin, check_finite, put_linear, put_number, put_values};
use crate::error::Error;
use crate::linear::Linear;

/// What the bytes begin with.
pub(crate) const MAGIC: &[u8; 8] = b"GUSSETRR";

/// Version of the layout. A head of any other is refused.
pub const VERSION: u32 = 1;

/// How much each term counts in the sum.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Mix {
    /// Late interaction.
    pub late: f32,
    /// Exact matches.
    pub exact: f32,
    /// Cosine of the pooled vectors.
    pub cosine: f32,
}

/// All that a reranker has beside its encoder.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Head {
    /// Name, for people.
    pub id: String,
    /// Hexadecimal sha256 over this head and its encoder.
    pub fingerprint: String,
    /// Fingerprint of the encoder below it.
    pub encoder: String,
    /// Layers below the late interaction.
    pub lower_layers: usize,
    /// Longest query in tokens, special tokens included.
    pub query_tokens: usize,
    /// Longest passage in tokens, special tokens included.
    pub passage_tokens: usize,
    /// Passages that go through the upper layers where the caller doesn't say.
    pub refine: usize,
    /// Factor of a token's rarity in its weight.
    pub rarity: f32,
    /// Occurrences of a token at which a match counts half.
    pub saturation: f32,
    /// Factors of the terms.
    pub mix: Mix,
    /// Stands for the cosine and its factor where a passage did not go through the upper layers.
    pub unrefined: f32,
    /// Slope of the logistic curve from score to probability.
    pub slope: f32,
    /// Its intercept.
    pub intercept: f32,
    /// State of a token to its vector.
    pub token: Linear,
    /// State of a query's token to its weight; one output.
    pub weight: Linear,
    /// Inverse document frequency by token id.
    pub idf: Vec<f32>,
}

impl Head {
    /// The head's bytes.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = begin(MAGIC, VERSION, [&self.id, &self.fingerprint, &self.encoder]);
        for count in [self.lower_layers, self.query_tokens, self.passage_tokens, self.refine] {
            put_number(&mut bytes, count);
        }
        let Mix { late, exact, cosine } = self.mix;
        for value in
            [self.rarity, self.saturation, late, exact, cosine, self.unrefined, self.slope, self.intercept]
        {
            bytes.extend(value.to_le_bytes());
        }
        put_linear(&mut bytes, &self.token);
        put_linear(&mut bytes, &self.weight);
        put_values(&mut bytes, &self.idf);
        bytes
    }

    /// Reads a head.
    ///
    /// # Errors
    /// Bytes that are none, or one of another version, or parts that don't fit together.
    pub fn parse(bytes: &[u8]) -> Result<Self, Error> {
        let ([id, fingerprint, encoder], mut rest) = Rest::begin(bytes, MAGIC, VERSION)?;
        let head = Self {
            id,
            fingerprint,
            encoder,
            lower_layers: rest.count()?,
            query_tokens: rest.count()?,
            passage_tokens: rest.count()?,
            refine: rest.count()?,
            rarity: rest.value()?,
            saturation: rest.value()?,
            mix: Mix { late: rest.value()?, exact: rest.value()?, cosine: rest.value()? },
            unrefined: rest.value()?,
            slope: rest.value()?,
            intercept: rest.value()?,
            token: rest.linear()?,
            weight: rest.linear()?,
            idf: rest.values()?,
        };
        head.check()?;
        Ok(head)
    }

    fn check(&self) -> Result<(), Error> {
        let hidden = self.weight.weights.len();
        let dimension = self.token.bias.len();
        if hidden == 0
            || dimension == 0
            || !self.token.fits(hidden, dimension)
            || !self.weight.fits(hidden, 1)
        {
            return Err(Error::Head("its layers don't fit together"));
        }
        if self.query_tokens < 3 || self.passage_tokens < 3 {
            return Err(Error::Head("it reads less than one token"));
        }
        check_finite(
            self.token.tensors().into_iter().chain(self.weight.tensors()).chain([self.idf.as_slice()]),
        )?;
        if self.saturation.is_nan() || self.saturation <= 0.0 {
            return Err(Error::Head("its saturation is not positive"));
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn head() -> Head {
        let linear = |outputs: usize| Linear { weights: vec![0.5; 4 * outputs], bias: vec![-1.0; outputs] };
        Head {
            id: "test".into(),
            encoder: "abc".into(),
            lower_layers: 1,
            query_tokens: 16,
            passage_tokens: 32,
            refine: 4,
            saturation: 1.0,
            token: linear(3),
            weight: linear(1),
            idf: vec![1.0, 2.0],
            ..Head::default()
        }
    }

    #[test]
    fn what_is_written_is_read() {
        assert_eq!(Head::parse(&head().to_bytes()).unwrap(), head());
    }

    #[test]
    fn every_cut_is_an_error() {
        let bytes = head().to_bytes();
        for end in 0..bytes.len() {
            assert!(Head::parse(&bytes[..end]).is_err(), "cut at {end}");
        }
    }

    #[test]
    fn parts_that_do_not_fit_are_refused() {
        let broken: [fn(&mut Head); 4] = [
            |head| head.token.weights.truncate(5),
            |head| head.weight.bias.push(0.0),
            |head| head.saturation = 0.0,
            |head| head.idf.push(f32::NAN),
        ];
        for break_it in broken {
            let mut head = head();
            break_it(&mut head);
            assert!(matches!(Head::parse(&head.to_bytes()), Err(Error::Head(_))));
        }
    }
}
