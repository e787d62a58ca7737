//! Points: their identifiers, and payloads to plain types and back.

use super::json::{field, get};
use gusset_retrieve::DocumentInfo;
use gusset_retrieve::engine::{EngineError, Head, Kept, Record, Vector};
use gusset_types::Passage;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

/// The point with the collection's settings.
pub(super) fn settings_id() -> String {
    uuid(&[b"settings"])
}

/// The point with the collection's sums.
pub(super) fn totals_id() -> String {
    uuid(&[b"totals"])
}

/// The point with a document's head.
pub(super) fn head_id(document: &str) -> String {
    uuid(&[b"document", document.as_bytes()])
}

pub(super) fn passage_id(document: &str, generation: u64, number: usize) -> String {
    uuid(&[b"passage", document.as_bytes(), &generation.to_le_bytes(), &(number as u64).to_le_bytes()])
}

/// From a digest, in the form that Qdrant takes.
fn uuid(parts: &[&[u8]]) -> String {
    let mut sha = Sha256::new();
    for part in parts {
        sha.update((part.len() as u64).to_le_bytes());
        sha.update(part);
    }
    let text: String = sha.finalize().iter().take(16).map(|byte| format!("{byte:02x}")).collect();
    let part = |range: std::ops::Range<usize>| text.get(range).unwrap_or_default();
    [part(0..8), part(8..12), part(12..16), part(16..20), part(20..32)].join("-")
}

/// The name of a number's field: keys of metadata may have any character.
pub(super) fn number_field(key: u32) -> String {
    format!("k{key:08x}")
}

pub(super) fn head_payload(record: &Record, generation: u64) -> Value {
    let info = &record.info;
    let length: u64 = record.passages.iter().map(|passage| u64::from(passage.length)).sum();
    json!({
        "kind": "document",
        "document": info.id,
        "generation": generation,
        "content": record.content,
        "title": info.title,
        "bytes": info.bytes,
        "tokens": info.tokens,
        "passages": info.passages,
        "added_at": info.added_at,
        "metadata": info.metadata,
        "length": length,
    })
}

pub(super) fn head(payload: &Value) -> Result<Head, EngineError> {
    let info = DocumentInfo {
        id: get(payload, "document")?,
        title: get(payload, "title")?,
        passages: get(payload, "passages")?,
        tokens: get(payload, "tokens")?,
        bytes: get(payload, "bytes")?,
        added_at: get(payload, "added_at")?,
        metadata: get(payload, "metadata")?,
    };
    Ok(Head { info, content: get(payload, "content")? })
}

/// Share of a chunk's budget in tokens that its terms come to, typically: chunks are seldom full, and stop words and parts of words are no terms.
const TERMS_A_TOKEN: f32 = 0.4;

/// The length of a passage that the weights of a collection's terms are made for: what BM25 calls the average, known beforehand so that all weights are made alike.
pub(super) fn typical_length(chunking: &gusset_chunk::Options) -> f32 {
    (chunking.max_tokens as f32 * TERMS_A_TOKEN).max(1.0)
}

/// A passage's point. `typical` is the length that its weights are made for.
pub(super) fn passage(
    record: &Record,
    (number, kept): (usize, &Kept),
    (generation, written_at): (u64, u64),
    typical: f32,
) -> Value {
    let fields = record.fields();
    let pairs: Vec<i64> = fields.pairs.iter().map(|pair| pair.cast_signed()).collect();
    let mut numbers = serde_json::Map::new();
    for (key, number) in fields.numbers.iter().filter(|(_, number)| number.is_finite()) {
        let values = numbers.entry(number_field(*key)).or_insert_with(|| json!([]));
        if let Some(values) = values.as_array_mut() {
            values.push(json!(number));
        }
    }
    // As in BM25 with k₁ = 1.2 and b = 0.75.
    let damping = 0.3 + 0.9 * kept.length as f32 / typical;
    let weight = |count: u8| f32::from(count) / (f32::from(count) + damping);
    let indices: Vec<u32> = kept.terms.iter().map(|&(term, _)| term).collect();
    let values: Vec<f32> = kept.terms.iter().map(|&(_, count)| weight(count)).collect();
    let mut vector = json!({ "dense": kept.vector.values() });
    if !indices.is_empty()
        && let Some(vector) = vector.as_object_mut()
    {
        vector.insert("words".to_owned(), json!({ "indices": indices, "values": values }));
    }
    json!({
        "id": passage_id(&record.info.id, generation, number),
        "vector": vector,
        "payload": {
            "kind": "passage",
            "document": record.info.id,
            "generation": generation,
            "written_at": written_at,
            "number": number,
            "start": kept.start,
            "end": kept.end,
            "tokens": kept.tokens,
            "headings": kept.headings,
            "text": kept.text,
            "terms": indices,
            "counts": kept.terms.iter().map(|&(_, count)| count).collect::<Vec<u8>>(),
            "length": kept.length,
            "pairs": pairs,
            "numbers": numbers,
        },
    })
}

/// The same back.
pub(super) fn kept(point: &Value) -> Result<Kept, EngineError> {
    let payload = field(point, "payload");
    let vector: Vec<f32> = get(field(point, "vector"), "dense")?;
    let (terms, counts): (Vec<u32>, Vec<u8>) = (get(payload, "terms")?, get(payload, "counts")?);
    Ok(Kept {
        start: get(payload, "start")?,
        end: get(payload, "end")?,
        tokens: get(payload, "tokens")?,
        headings: get(payload, "headings")?,
        text: get(payload, "text")?,
        vector: Vector::rounded(&vector),
        terms: terms.into_iter().zip(counts).collect(),
        length: get(payload, "length")?,
    })
}

/// What a search returns of a passage.
pub(super) fn found(payload: &Value, head: &Head) -> Result<Passage, EngineError> {
    Ok(Passage {
        document: head.info.id.clone(),
        title: head.info.title.clone(),
        start: get(payload, "start")?,
        end: get(payload, "end")?,
        text: get(payload, "text")?,
        headings: get(payload, "headings")?,
        score: 0.0,
        tokens: get(payload, "tokens")?,
        metadata: head.info.metadata.clone(),
    })
}
