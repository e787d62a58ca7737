//! A segment: passages of many documents in one value, in runs of one document each, with their vectors and, in those that are appended to, their terms.
//!
//! Layout: version byte, [`Header`] in postcard, then for all passages their scales (`f32`, little-endian), their lengths (a byte each, [`Length`])
//! and their integers (`dimension` bytes each), their rows (`u32`) if it has any, then run by run what [`lexicon`](crate::lexical::lexicon) writes, so that a search reads all of it in place. The lists of a
//! [tier](crate::tier) and its [rows](crate::tier::rows) are segments too, without terms.

use serde::{Deserialize, Serialize};

use crate::filter::Field;
use crate::lexical::Length;
use crate::{Error, codec};

/// A segment with this many passages is appended to no more: what one small write rewrites is at most 128 times 389 bytes of vectors, and the terms.
pub(crate) const FULL: usize = 128;

/// A segment never holds more than this: some 450 kB at 384 dimensions with terms. A document with many passages fills one up to here at once.
const MAX_PASSAGES: usize = 512;

/// What a segment holds besides numbers.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
struct Header {
    /// Grows with every append, whatever is taken out: the low half of the generations that begin here.
    appends: u32,
    dimension: u32,
    /// Nothing is appended or taken out any more: a compaction reads it, or has.
    sealed: bool,
    /// Whether each passage's row is said: so in a tier, and not before.
    has_rows: bool,
    /// Where the passages of a segment have gone that is in a tier by now.
    moved: Vec<Moved>,
    runs: Vec<Run>,
}

/// Consecutive passages of one document that are in rows.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub(crate) struct Moved {
    pub(crate) generation: u64,
    /// Row of the first.
    pub(crate) row: u32,
    pub(crate) count: u32,
}

/// Consecutive passages of one document, from one attempt to write it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
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
    /// Bytes of the terms.
    pub(crate) lexicon: u32,
    /// The document's metadata, for filters.
    pub(crate) fields: Vec<Field>,
}

/// A segment as it is read.
#[derive(Debug)]
pub(crate) struct Segment<'a> {
    header: Header,
    scales: &'a [[u8; 4]],
    lengths: &'a [Length],
    values: &'a [u8],
    rows: &'a [[u8; 4]],
    lexicons: &'a [u8],
}

/// The numbers of a run.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Numbers<'a> {
    pub(crate) scales: &'a [[u8; 4]],
    pub(crate) lengths: &'a [Length],
    pub(crate) values: &'a [u8],
    /// None where no row was given yet.
    pub(crate) rows: &'a [[u8; 4]],
    pub(crate) lexicon: &'a [u8],
}

impl<'a> Numbers<'a> {
    /// Those of one passage of the run, without its terms.
    pub(crate) fn at(&self, place: usize, dimension: usize) -> Option<Self> {
        Some(Numbers {
            scales: self.scales.get(place..=place)?,
            lengths: self.lengths.get(place..=place)?,
            values: self.values.get(place * dimension..(place + 1) * dimension)?,
            rows: self.rows.get(place..=place).unwrap_or_default(),
            lexicon: &[],
        })
    }

    /// The first passage's row.
    pub(crate) fn row(&self) -> Option<u32> {
        self.rows.first().map(|&row| u32::from_le_bytes(row))
    }
}

/// Passages ready to be appended.
#[derive(Clone, Debug, Default)]
pub(crate) struct Vectors {
    pub(crate) dimension: usize,
    pub(crate) scales: Vec<f32>,
    pub(crate) lengths: Vec<Length>,
    pub(crate) values: Vec<u8>,
    /// One a passage; none in a tier's list.
    pub(crate) lexicons: Vec<Vec<u8>>,
}

/// What an attempt to write a document says about itself in each of its runs.
pub(crate) struct Attempt<'a> {
    pub(crate) document: &'a str,
    pub(crate) based_on: u64,
    pub(crate) parts: u32,
    pub(crate) fields: &'a [Field],
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
            let header = Header::default();
            return Ok(Self { header, scales: &[], lengths: &[], values: &[], rows: &[], lexicons: &[] });
        };
        let (header, rest) = codec::decode_prefix::<Header>(key, bytes)?;
        let count: usize = header.runs.iter().map(|run| run.count as usize).sum();
        let lexicons: usize = header.runs.iter().map(|run| run.lexicon as usize).sum();
        let split = || {
            let (scales, rest) = rest.split_at_checked(count * 4)?;
            let (lengths, rest) = rest.split_at_checked(count)?;
            let (values, rest) = rest.split_at_checked(count * header.dimension as usize)?;
            let (rows, rest) = rest.split_at_checked(if header.has_rows { count * 4 } else { 0 })?;
            let rows = rows.as_chunks().0;
            (rest.len() == lexicons).then_some((scales.as_chunks().0, lengths, values, rows, rest))
        };
        let Some((scales, lengths, values, rows, lexicons)) = split() else {
            return Err(Error::Corrupt { key: key.to_owned(), reason: "its length is wrong".to_owned() });
        };
        Ok(Self { header, scales, lengths, values, rows, lexicons })
    }

    pub(crate) fn len(&self) -> usize {
        self.scales.len()
    }

    pub(crate) fn dimension(&self) -> usize {
        self.header.dimension as usize
    }

    pub(crate) fn is_sealed(&self) -> bool {
        self.header.sealed
    }

    /// Each run with its numbers.
    pub(crate) fn runs(&self) -> impl Iterator<Item = (&Run, Numbers<'a>)> {
        let (mut scales, mut lengths) = (self.scales, self.lengths);
        let (mut values, mut rows, mut lexicons) = (self.values, self.rows, self.lexicons);
        let dimension = self.dimension();
        self.header.runs.iter().map(move |run| {
            let count = run.count as usize;
            let numbers = Numbers {
                scales: scales.split_off(..count).unwrap_or_default(),
                lengths: lengths.split_off(..count).unwrap_or_default(),
                values: values.split_off(..count * dimension).unwrap_or_default(),
                rows: rows.split_off(..count).unwrap_or_default(),
                lexicon: lexicons.split_off(..run.lexicon as usize).unwrap_or_default(),
            };
            (run, numbers)
        })
    }

    /// The segment with as many of `vectors` as it has room for, from the `from`th on, and what was done. An attempt without passages is marked by an empty run.
    pub(crate) fn append(
        &self,
        number: u32,
        attempt: &Attempt<'_>,
        vectors: &Vectors,
        from: usize,
    ) -> Result<(Vec<u8>, Appended), Error> {
        let count = (vectors.scales.len() - from).min(MAX_PASSAGES - self.len().min(MAX_PASSAGES));
        let appends = self.header.appends + 1;
        let generation = attempt.generation.unwrap_or(u64::from(number) << 32 | u64::from(appends));
        let has_others = self
            .header
            .runs
            .iter()
            .any(|run| run.document == attempt.document && run.generation != generation);
        let mut writer = Writer::new(vectors.dimension, appends);
        for (run, numbers) in self.runs() {
            writer.push(run.clone(), numbers);
        }
        let lexicon: Vec<u8> = vectors.lexicons.iter().skip(from).take(count).flatten().copied().collect();
        let scales: Vec<[u8; 4]> =
            vectors.scales.iter().skip(from).take(count).map(|scale| scale.to_le_bytes()).collect();
        let run = Run {
            document: attempt.document.to_owned(),
            generation,
            based_on: attempt.based_on,
            parts: attempt.parts,
            first: from as u32,
            count: count as u32,
            lexicon: lexicon.len() as u32,
            fields: attempt.fields.to_vec(),
        };
        let dimension = vectors.dimension;
        let numbers = Numbers {
            scales: &scales,
            lengths: vectors.lengths.get(from..from + count).unwrap_or_default(),
            values: vectors.values.get(from * dimension..(from + count) * dimension).unwrap_or_default(),
            rows: &[],
            lexicon: &lexicon,
        };
        writer.push(run, numbers);
        Ok((writer.finish()?, Appended { generation, count, has_others }))
    }

    /// The segment without the runs for which `dead` holds, and those runs; `None` if there are none, or nothing may be taken out.
    pub(crate) fn without(&self, dead: impl Fn(&Run) -> bool) -> Result<Option<Pruned>, Error> {
        if self.is_sealed() {
            return Ok(None);
        }
        let mut writer = Writer::new(self.dimension(), self.header.appends);
        let mut taken = Vec::new();
        for (run, numbers) in self.runs() {
            if dead(run) {
                taken.push(run.clone());
            } else {
                writer.push(run.clone(), numbers);
            }
        }
        Ok(if taken.is_empty() { None } else { Some(Pruned { bytes: writer.finish()?, taken }) })
    }

    /// The segment as it can be changed no more. The dimension is that of the collection, which a segment that hasn't begun doesn't know.
    pub(crate) fn sealed(&self, dimension: usize) -> Result<Vec<u8>, Error> {
        let mut writer = Writer::new(dimension, self.header.appends);
        writer.header.sealed = true;
        for (run, numbers) in self.runs() {
            writer.push(run.clone(), numbers);
        }
        writer.finish()
    }

    /// Whether this is a segment whose passages are in a tier.
    pub(crate) fn is_tombstone(&self) -> bool {
        self.header.sealed && self.header.dimension == 0
    }

    /// What stays where a segment was that a compaction has taken over: nobody may begin it anew.
    pub(crate) fn tombstone(moved: &[Moved]) -> Result<Vec<u8>, Error> {
        codec::encode(&Header { sealed: true, moved: moved.to_vec(), ..Header::default() })
    }

    /// Where passages have gone, as far as it is known.
    pub(crate) fn moved(&self) -> &[Moved] {
        &self.header.moved
    }
}

/// Puts a segment together.
pub(crate) struct Writer {
    header: Header,
    scales: Vec<u8>,
    lengths: Vec<Length>,
    values: Vec<u8>,
    rows: Vec<u8>,
    lexicons: Vec<u8>,
}

impl Writer {
    pub(crate) fn new(dimension: usize, appends: u32) -> Self {
        Self {
            header: Header { appends, dimension: dimension as u32, ..Header::default() },
            rows: Vec::new(),
            scales: Vec::new(),
            lengths: Vec::new(),
            values: Vec::new(),
            lexicons: Vec::new(),
        }
    }

    pub(crate) fn push(&mut self, run: Run, numbers: Numbers<'_>) {
        self.header.runs.push(run);
        self.extend(numbers);
    }

    fn extend(&mut self, numbers: Numbers<'_>) {
        self.scales.extend_from_slice(numbers.scales.as_flattened());
        self.lengths.extend_from_slice(numbers.lengths);
        self.values.extend_from_slice(numbers.values);
        self.rows.extend_from_slice(numbers.rows.as_flattened());
        self.lexicons.extend_from_slice(numbers.lexicon);
    }

    /// Adds one passage of a run; one that follows the last in its document continues its run.
    pub(crate) fn push_passage(&mut self, run: &Run, passage: u32, numbers: Numbers<'_>) {
        let follows =
            |last: &&mut Run| last.generation == run.generation && last.first + last.count == passage;
        if let Some(last) = self.header.runs.last_mut().filter(follows) {
            last.count += 1;
            self.extend(numbers);
        } else {
            self.push(Run { first: passage, count: 1, lexicon: 0, ..run.clone() }, numbers);
        }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.header.runs.is_empty()
    }

    pub(crate) fn finish(mut self) -> Result<Vec<u8>, Error> {
        self.header.has_rows = !self.rows.is_empty();
        let mut bytes = codec::encode(&self.header)?;
        bytes.append(&mut self.scales);
        bytes.append(&mut self.lengths);
        bytes.append(&mut self.values);
        bytes.append(&mut self.rows);
        bytes.append(&mut self.lexicons);
        Ok(bytes)
    }
}
