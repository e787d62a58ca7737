//! What is kept of a document for those who find it: its head, and its passages in parts of bounded size.

use serde::{Deserialize, Serialize};

use crate::{Error, codec};

/// Bytes of passages a part, roughly: a search reads a whole part for one passage.
const PART_BYTES: usize = 16 * 1024;

/// A document without its passages.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Head {
    pub(crate) title: String,
    pub(crate) added_at: u64,
    pub(crate) metadata: Vec<(String, String)>,
}

/// A passage of a document.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Passage {
    pub(crate) start: u32,
    pub(crate) end: u32,
    pub(crate) tokens: u32,
    pub(crate) headings: Vec<String>,
    pub(crate) text: String,
    /// Kept after the passages of a part, where there are sections.
    #[serde(skip)]
    pub(crate) section: Option<Section>,
    /// What stood in front of the text when it was embedded. Not kept.
    #[serde(skip)]
    pub(crate) context: String,
}

/// Passages that are returned together when one of them is found.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Section {
    /// Number of its first passage in the document.
    pub(crate) first: u32,
    /// How many it has.
    pub(crate) count: u32,
}

impl Passage {
    /// The words by which it is found: those of its headings too.
    pub(crate) fn words(&self) -> String {
        format!("{} {}", self.headings.join(" "), self.text)
    }

    fn size(&self) -> usize {
        self.text.len() + self.headings.iter().map(|heading| heading.len() + 2).sum::<usize>() + 16
    }
}

/// Passages in parts: the first passage of each part, and its bytes.
pub(crate) fn parts(passages: &[Passage]) -> Result<Vec<(u32, Vec<u8>)>, Error> {
    let mut parts = Vec::new();
    let mut first = 0;
    let mut size = 0;
    for (index, passage) in passages.iter().enumerate() {
        if size > 0 && size + passage.size() > PART_BYTES {
            parts.push((first as u32, part(passages.get(first..index).unwrap_or_default())?));
            (first, size) = (index, 0);
        }
        size += passage.size();
    }
    if size > 0 {
        parts.push((first as u32, part(passages.get(first..).unwrap_or_default())?));
    }
    Ok(parts)
}

/// The value of a part: its passages, and after them their sections, if they are in any.
fn part(passages: &[Passage]) -> Result<Vec<u8>, Error> {
    let mut bytes = codec::encode(&passages)?;
    let sections: Vec<Option<Section>> = passages.iter().map(|passage| passage.section).collect();
    if sections.iter().any(Option::is_some) {
        bytes.extend(codec::encode(&sections)?);
    }
    Ok(bytes)
}

/// The passages of a part.
pub(crate) fn read_part(key: &str, bytes: &[u8]) -> Result<Vec<Passage>, Error> {
    let (mut passages, rest) = codec::decode_prefix::<Vec<Passage>>(key, bytes)?;
    if !rest.is_empty() {
        let sections: Vec<Option<Section>> = codec::decode(key, rest)?;
        for (passage, section) in passages.iter_mut().zip(sections) {
            passage.section = section;
        }
    }
    Ok(passages)
}
