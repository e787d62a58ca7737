//! What all heads are made of, to bytes and back: how they begin, numbers, texts and tensors. Little-endian throughout; lengths come first.
//!
//! ```text
//! magic | version | name | fingerprint | the encoder's fingerprint | what is the head's own
//! ```

use crate::error::Error;
use crate::linear::Linear;

/// Largest count that a head may have: keeps every product of sizes far from overflow.
const LARGEST: u32 = 1 << 20;

/// The beginning of a head.
pub(crate) fn begin(magic: &[u8; 8], version: u32, names: [&str; 3]) -> Vec<u8> {
    let mut bytes = magic.to_vec();
    put_number(&mut bytes, version as usize);
    for name in names {
        put_text(&mut bytes, name);
    }
    bytes
}

pub(crate) fn put_number(bytes: &mut Vec<u8>, number: usize) {
    bytes.extend((number as u32).to_le_bytes());
}

fn put_text(bytes: &mut Vec<u8>, text: &str) {
    put_number(bytes, text.len());
    bytes.extend(text.as_bytes());
}

pub(crate) fn put_values(bytes: &mut Vec<u8>, values: &[f32]) {
    put_number(bytes, values.len());
    bytes.extend(values.iter().flat_map(|value| value.to_le_bytes()));
}

pub(crate) fn put_linear(bytes: &mut Vec<u8>, linear: &Linear) {
    for tensor in linear.tensors() {
        put_values(bytes, tensor);
    }
}

/// Whether every value is a number.
pub(crate) fn check_finite<'a>(tensors: impl IntoIterator<Item = &'a [f32]>) -> Result<(), Error> {
    if tensors.into_iter().flatten().all(|value| value.is_finite()) {
        return Ok(());
    }
    Err(Error::Head("it has a value that is no number"))
}

/// What is left to read.
pub(crate) struct Rest<'a>(&'a [u8]);

impl<'a> Rest<'a> {
    /// The names at a head's beginning, and what follows them.
    pub(crate) fn begin(
        bytes: &'a [u8],
        magic: &[u8; 8],
        version: u32,
    ) -> Result<([String; 3], Self), Error> {
        let mut rest = bytes.strip_prefix(magic).map(Self).ok_or(Error::Head("it doesn't begin as one"))?;
        if rest.number()? != version {
            return Err(Error::Head("another version wrote it"));
        }
        Ok(([rest.text()?, rest.text()?, rest.text()?], rest))
    }

    fn take(&mut self, length: usize) -> Result<&'a [u8], Error> {
        let (taken, rest) = self.0.split_at_checked(length).ok_or(Error::Head("it is cut off"))?;
        self.0 = rest;
        Ok(taken)
    }

    fn number(&mut self) -> Result<u32, Error> {
        Ok(u32::from_le_bytes(self.take(4)?.first_chunk().copied().unwrap_or_default()))
    }

    pub(crate) fn count(&mut self) -> Result<usize, Error> {
        match self.number()? {
            count if count <= LARGEST => Ok(count as usize),
            _ => Err(Error::Head("a count is out of range")),
        }
    }

    pub(crate) fn value(&mut self) -> Result<f32, Error> {
        Ok(f32::from_bits(self.number()?))
    }

    fn text(&mut self) -> Result<String, Error> {
        let length = self.count()?;
        String::from_utf8(self.take(length)?.to_vec()).map_err(|_| Error::Head("a text is not UTF-8"))
    }

    pub(crate) fn values(&mut self) -> Result<Vec<f32>, Error> {
        let count = self.number()? as usize;
        let length = count.checked_mul(4).ok_or(Error::Head("a tensor is out of range"))?;
        let (values, _) = self.take(length)?.as_chunks();
        Ok(values.iter().map(|&bytes| f32::from_le_bytes(bytes)).collect())
    }

    pub(crate) fn linear(&mut self) -> Result<Linear, Error> {
        Ok(Linear { weights: self.values()?, bias: self.values()? })
    }
}
