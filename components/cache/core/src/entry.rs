//! An answer as it is kept: a byte for the version, when it was kept, for how long, then the caller's bytes as they are.

use crate::Control;

/// First byte.
const VERSION: u8 = 1;

/// An answer that was read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Entry {
    pub(crate) value: Vec<u8>,
    pub(crate) age_ms: u64,
}

pub(crate) fn encode(value: &[u8], kept_ms: u64, ttl_ms: u64) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(17 + value.len());
    bytes.push(VERSION);
    bytes.extend(kept_ms.to_le_bytes());
    bytes.extend(ttl_ms.to_le_bytes());
    bytes.extend(value);
    bytes
}

/// The answer, if there is one and it may be given. `ttl_ms` is what the route says now, which may be less than when the answer was kept.
pub(crate) fn decode(bytes: Option<Vec<u8>>, ttl_ms: u64, control: &Control, now_ms: u64) -> Option<Entry> {
    let mut bytes = bytes?;
    let (&VERSION, rest) = bytes.split_first()? else { return None };
    let (kept, rest) = rest.split_first_chunk()?;
    let (ttl, _) = rest.split_first_chunk()?;
    let (kept, ttl) = (u64::from_le_bytes(*kept), u64::from_le_bytes(*ttl).min(ttl_ms));
    if !control.allows(kept, ttl, now_ms) {
        return None;
    }
    bytes.drain(..17);
    Some(Entry { value: bytes, age_ms: now_ms.saturating_sub(kept) })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_comes_back_until_it_is_too_old() {
        let bytes = encode(b"answer", 1_000, 500);
        let read = |ttl, now| decode(Some(bytes.clone()), ttl, &Control::default(), now);
        assert_eq!(read(900, 1_100), Some(Entry { value: b"answer".to_vec(), age_ms: 100 }));
        assert_eq!(read(900, 1_500), None);
        assert_eq!(read(50, 1_100), None);
    }

    #[test]
    fn what_is_no_entry_is_no_answer() {
        for bytes in [&b""[..], b"\x01short", b"\x02aaaaaaaabbbbbbbbvalue"] {
            assert_eq!(decode(Some(bytes.to_vec()), 1, &Control::default(), 0), None);
        }
    }
}
