//! Documents as rows and as the one parameter that writes them: Postgres has signed integers only, and no text with a zero byte.

use gusset_retrieve::DocumentInfo;
use gusset_retrieve::engine::{EngineError, Head, Kept, Record, Vector};
use serde::{Deserialize, Serialize};

/// The columns of a [`HeadRow`], of a document `d`.
pub(super) const HEAD: &str = "d.id, encode(d.content, 'hex') AS content, d.title, d.bytes, d.tokens, d.passages, d.added_at, d.keys, d.values";

/// A document without its passages, as a statement returns it.
#[derive(Deserialize)]
pub(super) struct HeadRow {
    id: String,
    content: String,
    title: String,
    bytes: u32,
    tokens: u32,
    passages: u32,
    added_at: u64,
    keys: Vec<String>,
    values: Vec<String>,
}

/// A passage, as a statement returns it.
#[derive(Deserialize)]
pub(super) struct PassageRow {
    first_byte: u32,
    last_byte: u32,
    tokens: u32,
    headings: Vec<String>,
    text: String,
    terms: Vec<i32>,
    counts: Vec<u8>,
    length: u32,
    vector: Vec<f32>,
}

/// A document as `gusset_replace` takes it.
#[derive(Serialize)]
pub(super) struct Written<'a> {
    id: &'a str,
    content: String,
    title: String,
    bytes: u32,
    tokens: u32,
    passages: u32,
    added_at: u64,
    keys: Vec<String>,
    values: Vec<String>,
    pairs: Vec<i64>,
    number_keys: Vec<u32>,
    /// As texts: JSON has no word for infinity.
    numbers: Vec<String>,
    parts: Vec<WrittenPassage>,
}

#[derive(Serialize)]
struct WrittenPassage {
    number: usize,
    first_byte: u32,
    last_byte: u32,
    tokens: u32,
    headings: Vec<String>,
    text: String,
    terms: Vec<i32>,
    counts: Vec<u8>,
    length: u32,
    /// As pgvector reads it.
    vector: String,
}

/// A text that Postgres can hold: U+0000 becomes U+FFFD.
pub(super) fn text(text: &str) -> String {
    text.replace('\0', "\u{fffd}")
}

/// A digest as PostgreSQL decodes it.
pub(super) fn hex(digest: [u8; 16]) -> String {
    format!("{:032x}", u128::from_be_bytes(digest))
}

// === impl HeadRow ===

impl HeadRow {
    pub(super) fn head(self) -> Result<Head, EngineError> {
        let Self { id, content, title, bytes, tokens, passages, added_at, keys, values } = self;
        let content = u128::from_str_radix(&content, 16)
            .map_err(|_| EngineError::Failed("PostgreSQL: a digest is none".to_owned()))?;
        let metadata = keys.into_iter().zip(values).collect();
        let info = DocumentInfo { id, title, passages, tokens, bytes, added_at, metadata };
        Ok(Head { info, content: content.to_be_bytes() })
    }
}

impl From<PassageRow> for Kept {
    fn from(row: PassageRow) -> Self {
        Self {
            start: row.first_byte,
            end: row.last_byte,
            tokens: row.tokens,
            headings: row.headings,
            text: row.text,
            vector: Vector::rounded(&row.vector),
            terms: row.terms.into_iter().map(i32::cast_unsigned).zip(row.counts).collect(),
            length: row.length,
        }
    }
}

// === impl Written ===

impl<'a> Written<'a> {
    pub(super) fn of(record: &'a Record) -> Self {
        let info = &record.info;
        let fields = record.fields();
        let (keys, values) = info.metadata.iter().map(|(key, value)| (text(key), text(value))).unzip();
        let (number_keys, numbers) =
            fields.numbers.iter().map(|&(key, number)| (key, number.to_string())).unzip();
        Self {
            id: &info.id,
            content: hex(record.content),
            title: text(&info.title),
            bytes: info.bytes,
            tokens: info.tokens,
            passages: info.passages,
            added_at: info.added_at,
            keys,
            values,
            pairs: fields.pairs.iter().map(|pair| pair.cast_signed()).collect(),
            number_keys,
            numbers,
            parts: record.passages.iter().enumerate().map(WrittenPassage::of).collect(),
        }
    }
}

impl WrittenPassage {
    fn of((number, kept): (usize, &Kept)) -> Self {
        Self {
            number,
            first_byte: kept.start,
            last_byte: kept.end,
            tokens: kept.tokens,
            headings: kept.headings.iter().map(|heading| text(heading)).collect(),
            text: text(&kept.text),
            terms: kept.terms.iter().map(|&(term, _)| term.cast_signed()).collect(),
            counts: kept.terms.iter().map(|&(_, count)| count).collect(),
            length: kept.length,
            vector: super::transport::vector(&kept.vector.values()),
        }
    }
}
