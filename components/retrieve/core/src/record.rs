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
            parts.push((first as u32, codec::encode(&passages.get(first..index).unwrap_or_default())?));
            (first, size) = (index, 0);
        }
        size += passage.size();
    }
    if size > 0 {
        parts.push((first as u32, codec::encode(&passages.get(first..).unwrap_or_default())?));
    }
    Ok(parts)
}
