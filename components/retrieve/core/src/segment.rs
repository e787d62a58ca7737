//! A segment: vectors of many documents in one value, in runs of one document each.
//!
//! Layout: version byte, [`Header`] in postcard, then for all vectors their scales (`f32`, little-endian) and then their integers (`dimension` bytes each), so
//! that a search reads both in place.

use serde::{Deserialize, Serialize};

use crate::{Error, codec};

/// A segment with this many vectors is appended to no more: what one small write rewrites is at most 128 times 388 bytes (50 kB).
pub(crate) const FULL: usize = 128;

/// A segment never holds more than this: 400 kB at 384 dimensions. A document with many passages fills one up to here at once.
const MAX_VECTORS: usize = 1024;

/// What a segment holds besides vectors.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
struct Header {
    /// Grows with every append, whatever is taken out: the low half of the generations that begin here.
    appends: u32,
    dimension: u32,
    runs: Vec<Run>,
}

/// Vectors of consecutive passages of one document, from one attempt to write it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Run {
    pub(crate) document: String,
    pub(crate) generation: u64,
    /// Version of the directory's shard that the writer started from.
    pub(crate) based_on: u64,
    /// Parts of the record that is kept under the generation.
    pub(crate) parts: u32,
    /// First passage.
    pub(crate) first: u32,
    pub(crate) count: u32,
}

/// A segment as it is read.
#[derive(Debug)]
pub(crate) struct Segment<'a> {
    header: Header,
    scales: &'a [[u8; 4]],
    values: &'a [u8],
}

/// Vectors ready to be appended.
#[derive(Clone, Debug, Default)]
pub(crate) struct Vectors {
    pub(crate) dimension: usize,
    pub(crate) scales: Vec<f32>,
    pub(crate) values: Vec<u8>,
}

/// What an attempt to write a document says about itself in each of its runs.
pub(crate) struct Attempt<'a> {
    pub(crate) document: &'a str,
    pub(crate) based_on: u64,
    pub(crate) parts: u32,
    /// `None` until the first append gives it one.
    pub(crate) generation: Option<u64>,
}

/// What an append did.
pub(crate) struct Appended {
    pub(crate) generation: u64,
    pub(crate) count: usize,
    /// Whether there are runs of the same document that are not of this attempt.
    pub(crate) has_others: bool,
}

/// A segment without its dead runs.
pub(crate) struct Pruned {
    pub(crate) bytes: Vec<u8>,
    pub(crate) taken: Vec<Run>,
}

impl<'a> Segment<'a> {
    pub(crate) fn read(key: &str, bytes: Option<&'a [u8]>) -> Result<Self, Error> {
        let Some(bytes) = bytes else {
            return Ok(Self { header: Header::default(), scales: &[], values: &[] });
        };
        let (header, rest) = codec::decode_prefix::<Header>(key, bytes)?;
        let count: usize = header.runs.iter().map(|run| run.count as usize).sum();
        rest.split_at_checked(count * 4)
            .filter(|(_, values)| values.len() == count * header.dimension as usize)
            .map(|(scales, values)| Self { header, scales: scales.as_chunks().0, values })
            .ok_or_else(|| Error::Corrupt { key: key.to_owned(), reason: "its length is wrong".to_owned() })
    }

    pub(crate) fn len(&self) -> usize {
        self.scales.len()
    }

    pub(crate) fn dimension(&self) -> usize {
        self.header.dimension as usize
    }

    /// Each run with its scales and integers.
    pub(crate) fn runs(&self) -> impl Iterator<Item = (&Run, &'a [[u8; 4]], &'a [u8])> {
        let (mut scales, mut values) = (self.scales, self.values);
        let dimension = self.dimension();
        self.header.runs.iter().map(move |run| {
            let count = run.count as usize;
            let own_scales = scales.split_off(..count).unwrap_or_default();
            (run, own_scales, values.split_off(..count * dimension).unwrap_or_default())
        })
    }

    /// The segment with as many of `vectors` as it has room for, from the `from`th on, and what was done. An attempt without vectors is marked by an empty run.
    pub(crate) fn append(
        &self,
        number: u32,
        attempt: &Attempt<'_>,
        vectors: &Vectors,
        from: usize,
    ) -> Result<(Vec<u8>, Appended), Error> {
        let count = (vectors.scales.len() - from).min(MAX_VECTORS - self.len().min(MAX_VECTORS));
        let appends = self.header.appends + 1;
        let generation = attempt.generation.unwrap_or(u64::from(number) << 32 | u64::from(appends));
        let has_others = self
            .header
            .runs
            .iter()
            .any(|run| run.document == attempt.document && run.generation != generation);
        let mut header =
            Header { appends, dimension: vectors.dimension as u32, runs: self.header.runs.clone() };
        header.runs.push(Run {
            document: attempt.document.to_owned(),
            generation,
            based_on: attempt.based_on,
            parts: attempt.parts,
            first: from as u32,
            count: count as u32,
        });
        let scales = vectors.scales.iter().skip(from).take(count);
        let values = vectors
            .values
            .get(from * vectors.dimension..(from + count) * vectors.dimension)
            .unwrap_or_default();
        let mut bytes = codec::encode(&header)?;
        bytes.extend_from_slice(self.scales.as_flattened());
        bytes.extend(scales.flat_map(|scale| scale.to_le_bytes()));
        bytes.extend_from_slice(self.values);
        bytes.extend_from_slice(values);
        Ok((bytes, Appended { generation, count, has_others }))
    }

    /// The segment without the runs for which `dead` holds, and those runs; `None` if there are none.
    pub(crate) fn without(&self, dead: impl Fn(&Run) -> bool) -> Result<Option<Pruned>, Error> {
        let (mut scales, mut values) = (Vec::new(), Vec::new());
        let mut header = Header { runs: Vec::new(), ..self.header };
        let mut taken = Vec::new();
        for (run, own_scales, own_values) in self.runs() {
            if dead(run) {
                taken.push(run.clone());
            } else {
                header.runs.push(run.clone());
                scales.extend_from_slice(own_scales.as_flattened());
                values.extend_from_slice(own_values);
            }
        }
        if taken.is_empty() {
            return Ok(None);
        }
        let mut bytes = codec::encode(&header)?;
        bytes.append(&mut scales);
        bytes.append(&mut values);
        Ok(Some(Pruned { bytes, taken }))
    }
}
