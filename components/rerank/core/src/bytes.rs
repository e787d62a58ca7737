//! Numbers, texts and tensors of a head, to bytes and back. Little-endian throughout; lengths come first.

use crate::error::Error;
use crate::format::Linear;

/// Largest count that a head may have: keeps every product of sizes far from overflow.
const LARGEST: u32 = 1 << 20;

pub(crate) fn put_number(bytes: &mut Vec<u8>, number: usize) {
    bytes.extend((number as u32).to_le_bytes());
}

pub(crate) fn put_text(bytes: &mut Vec<u8>, text: &str) {
    put_number(bytes, text.len());
    bytes.extend(text.as_bytes());
}

pub(crate) fn put_values(bytes: &mut Vec<u8>, values: &[f32]) {
    put_number(bytes, values.len());
    bytes.extend(values.iter().flat_map(|value| value.to_le_bytes()));
}

/// What is left to read.
pub(crate) struct Rest<'a>(&'a [u8]);

impl<'a> Rest<'a> {
    /// What follows after `magic`.
    pub(crate) fn new(bytes: &'a [u8], magic: &[u8; 8]) -> Result<Self, Error> {
        bytes.strip_prefix(magic).map(Self).ok_or(Error::Head("it doesn't begin as one"))
    }

    fn take(&mut self, length: usize) -> Result<&'a [u8], Error> {
        let (taken, rest) = self.0.split_at_checked(length).ok_or(Error::Head("it is cut off"))?;
        self.0 = rest;
        Ok(taken)
    }

    pub(crate) fn number(&mut self) -> Result<u32, Error> {
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

    pub(crate) fn text(&mut self) -> Result<String, Error> {
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
