//! The blob's header: the encoder's shape, and what its files don't say.

use crate::error::Error;

const MAGIC: &[u8; 8] = b"GUSSETEM";

/// Fixed bytes before the header: magic, version, header length.
const PREFIX: usize = 16;

/// How the vectors of a text's tokens become one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pooling {
    /// Their mean.
    Mean,
    /// That of `[CLS]`.
    Cls,
    /// The largest value of each element.
    Max,
}

/// Activation function of the feed-forward part.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Activation {
    /// GELU by erf.
    Gelu,
    /// GELU by tanh.
    GeluTanh,
}

/// A BERT encoder's shape, and how its input and output are to be treated.
#[derive(Debug, Clone, PartialEq)]
pub struct Header {
    /// Name, for people.
    pub id: String,
    /// Hexadecimal sha256 of the blob with this field and `id` empty.
    pub fingerprint: String,
    /// Put before a text that is a query.
    pub query_prefix: String,
    /// Put before a text that is a passage.
    pub passage_prefix: String,
    /// Length of a token's vector.
    pub hidden: usize,
    /// Attention heads, each a multiple of 16 wide; divides `hidden`.
    pub heads: usize,
    /// Layers.
    pub layers: usize,
    /// Width of the feed-forward part.
    pub intermediate: usize,
    /// Rows of the word embedding: tokens of the vocabulary.
    pub vocabulary: usize,
    /// Longest input, special tokens included; rows of the position embedding.
    pub max_tokens: usize,
    /// Bits of a quantised activation: 8, or 7 for kernels whose products saturate at 8.
    pub activation_bits: u32,
    /// Bits of an element of the word embedding: 8, or 4.
    pub embedding_bits: u32,
    /// Added to the variance in layer normalisation.
    pub epsilon: f32,
    /// Activation function.
    pub activation: Activation,
    /// Pooling.
    pub pooling: Pooling,
}

impl Header {
    /// The header's bytes, magic included.
    pub(crate) fn to_bytes(&self) -> Vec<u8> {
        let mut fields = Vec::new();
        for number in [
            self.hidden,
            self.heads,
            self.layers,
            self.intermediate,
            self.vocabulary,
            self.max_tokens,
            self.activation_bits as usize,
            self.epsilon.to_bits() as usize,
            self.activation as usize,
            self.pooling as usize,
        ] {
            fields.extend((number as u32).to_le_bytes());
        }
        for text in [&self.id, &self.fingerprint, &self.query_prefix, &self.passage_prefix] {
            fields.extend((text.len() as u32).to_le_bytes());
            fields.extend(text.as_bytes());
        }
        let mut bytes = Vec::with_capacity(PREFIX + fields.len());
        bytes.extend(MAGIC);
        let version = if self.embedding_bits == 4 { super::VERSION_NARROW } else { super::VERSION };
        bytes.extend(version.to_le_bytes());
        bytes.extend((fields.len() as u32).to_le_bytes());
        bytes.extend(fields);
        bytes
    }

    /// Reads a header and the number of bytes it takes.
    ///
    /// # Errors
    /// Bytes that are no blob, or one of another version, or fields that the engine can't run.
    pub fn parse(bytes: &[u8]) -> Result<(Self, usize), Error> {
        let mut fields = Fields { rest: bytes.strip_prefix(MAGIC).ok_or(Error::NotAModel)? };
        let found = fields.number()?;
        let embedding_bits = match found {
            super::VERSION => 8,
            super::VERSION_NARROW => 4,
            _ => return Err(Error::Version { found, supported: super::VERSION }),
        };
        let length = fields.number()? as usize;
        fields.rest = fields.rest.get(..length).ok_or(Error::Header("it is cut off"))?;
        let header = Self {
            hidden: fields.number()? as usize,
            heads: fields.number()? as usize,
            layers: fields.number()? as usize,
            intermediate: fields.number()? as usize,
            vocabulary: fields.number()? as usize,
            max_tokens: fields.number()? as usize,
            activation_bits: fields.number()?,
            embedding_bits,
            epsilon: f32::from_bits(fields.number()?),
            activation: match fields.number()? {
                0 => Activation::Gelu,
                1 => Activation::GeluTanh,
                _ => return Err(Error::Header("activation")),
            },
            pooling: match fields.number()? {
                0 => Pooling::Mean,
                1 => Pooling::Cls,
                2 => Pooling::Max,
                _ => return Err(Error::Header("pooling")),
            },
            id: fields.text()?,
            fingerprint: fields.text()?,
            query_prefix: fields.text()?,
            passage_prefix: fields.text()?,
        };
        header.check()?;
        Ok((header, PREFIX + length))
    }

    /// Whether the engine can run such an encoder.
    ///
    /// # Errors
    /// Names the field that it can't.
    pub fn check(&self) -> Result<(), Error> {
        // Largest values keep every product of sizes, and every integer dot product, far from overflow.
        const WIDEST: usize = 16_384;
        let ok = |name, holds: bool| if holds { Ok(()) } else { Err(Error::Header(name)) };
        ok("hidden", (1..=WIDEST).contains(&self.hidden) && self.hidden.is_multiple_of(super::GROUP))?;
        ok(
            "intermediate",
            (1..=WIDEST).contains(&self.intermediate) && self.intermediate.is_multiple_of(super::GROUP),
        )?;
        // Attention works on up to sixteen elements of a head at a time.
        ok("heads", self.heads > 0 && self.hidden.is_multiple_of(16 * self.heads))?;
        ok("layers", (1..=256).contains(&self.layers))?;
        let table = self.vocabulary as u64 * self.hidden as u64;
        ok("vocabulary", (1..=1 << 30).contains(&table))?;
        ok("max_tokens", (2..=WIDEST).contains(&self.max_tokens))?;
        ok("activation_bits", matches!(self.activation_bits, 7 | 8))?;
        let group = if self.embedding_bits == 4 { super::NARROW_GROUP } else { 1 };
        ok("embedding_bits", matches!(self.embedding_bits, 4 | 8) && self.hidden.is_multiple_of(group))?;
        ok("epsilon", self.epsilon.is_finite() && self.epsilon >= 0.0)
    }
}

struct Fields<'a> {
    rest: &'a [u8],
}

impl<'a> Fields<'a> {
    fn take(&mut self, length: usize) -> Result<&'a [u8], Error> {
        let (taken, rest) = self.rest.split_at_checked(length).ok_or(Error::Header("it is cut off"))?;
        self.rest = rest;
        Ok(taken)
    }

    fn number(&mut self) -> Result<u32, Error> {
        let bytes = self.take(4)?.first_chunk().copied().unwrap_or_default();
        Ok(u32::from_le_bytes(bytes))
    }

    fn text(&mut self) -> Result<String, Error> {
        let length = self.number()? as usize;
        String::from_utf8(self.take(length)?.to_vec()).map_err(|_| Error::Header("a text is not UTF-8"))
    }
}
