//! The bytes of what a cross-encoder has beside its encoder.
//!
//! ```text
//! magic "GUSSETCE" | version | names | counts | tensors
//! ```
//! Numbers are u32 and f32.

use crate::bytes::{Rest, begin, check_finite, put_linear, put_number, put_values};
use crate::error::Error;
use crate::linear::Linear;

/// What the bytes begin with.
pub(crate) const MAGIC: &[u8; 8] = b"GUSSETCE";

/// Version of the layout. A head of any other is refused.
pub const VERSION: u32 = 1;

/// All that a cross-encoder has beside its encoder.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Head {
    /// Name, for people.
    pub id: String,
    /// Hexadecimal sha256 over this head and its encoder.
    pub fingerprint: String,
    /// Fingerprint of the encoder below it.
    pub encoder: String,
    /// Longest query in tokens, special tokens included.
    pub query_tokens: usize,
    /// Longest pair in tokens, its three special tokens included.
    pub max_tokens: usize,
    /// Embedding of token type 1 less that of type 0, which the encoder's positions have in them.
    pub second: Vec<f32>,
    /// State of `[CLS]` to what the classifier reads, before tanh: `hidden` to `hidden`.
    pub pooler: Linear,
    /// That to the logit; one output.
    pub classifier: Linear,
}

impl Head {
    /// The head's bytes.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = begin(MAGIC, VERSION, [&self.id, &self.fingerprint, &self.encoder]);
        put_number(&mut bytes, self.query_tokens);
        put_number(&mut bytes, self.max_tokens);
        put_values(&mut bytes, &self.second);
        put_linear(&mut bytes, &self.pooler);
        put_linear(&mut bytes, &self.classifier);
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
            query_tokens: rest.count()?,
            max_tokens: rest.count()?,
            second: rest.values()?,
            pooler: rest.linear()?,
            classifier: rest.linear()?,
        };
        head.check()?;
        Ok(head)
    }

    fn check(&self) -> Result<(), Error> {
        let hidden = self.second.len();
        if hidden == 0 || !self.pooler.fits(hidden, hidden) || !self.classifier.fits(hidden, 1) {
            return Err(Error::Head("its layers don't fit together"));
        }
        if self.query_tokens < 3 || self.max_tokens <= self.query_tokens {
            return Err(Error::Head("it leaves a query or a passage less than one token"));
        }
        let layers = self.pooler.tensors().into_iter().chain(self.classifier.tensors());
        check_finite(layers.chain([self.second.as_slice()]))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn head() -> Head {
        let linear = |outputs: usize| Linear { weights: vec![0.5; 4 * outputs], bias: vec![-1.0; outputs] };
        Head {
            id: "test".into(),
            fingerprint: "def".into(),
            encoder: "abc".into(),
            query_tokens: 8,
            max_tokens: 32,
            second: vec![0.25; 4],
            pooler: linear(4),
            classifier: linear(1),
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
        let broken: [fn(&mut Head); 5] = [
            |head| head.pooler.weights.truncate(5),
            |head| head.classifier.bias.push(0.0),
            |head| head.second.clear(),
            |head| head.max_tokens = 8,
            |head| head.second[0] = f32::NAN,
        ];
        for break_it in broken {
            let mut head = head();
            break_it(&mut head);
            assert!(matches!(Head::parse(&head.to_bytes()), Err(Error::Head(_))));
        }
    }
}
