//! The table: keys in ascending order of their bytes, and their values.
//!
//! ```text
//! magic    4 bytes
//! count    u32, little-endian, as all numbers here
//! index    (start of key, start of value) of each entry and of the end: (count + 1) × 2 × u32, from the beginning of the table
//! keys     one after the other
//! values   one after the other
//! ```
//! Nothing is aligned and nothing needs to be.

/// What a table begins with; another format has another.
const MAGIC: [u8; 4] = *b"gbt1";

/// Bytes before the index.
const HEADER: usize = 8;

/// Bytes an entry has in the index.
const ENTRY: usize = 8;

/// Why there is no table.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The bytes are something else, or cut off.
    #[error("what is baked in is no table that this version reads: bake the documents anew")]
    Unreadable,
    /// More than a 32-bit memory holds.
    #[error(
        "the table would have {0} bytes; a component's memory holds less than 4 GiB: bake fewer documents into one file"
    )]
    TooLarge(u64),
    /// Keys were not given in ascending order, each once.
    #[error("the keys of a table must ascend")]
    Unsorted,
}

/// Keys and values in someone else's bytes.
#[derive(Clone, Copy, Debug)]
pub struct Table<'a> {
    bytes: &'a [u8],
    count: usize,
}

impl<'a> Table<'a> {
    /// A table without an entry.
    pub const EMPTY: Table<'static> = Table { bytes: &[], count: 0 };

    /// The table that `bytes` are. Looks at the header and the size alone.
    ///
    /// # Errors
    /// [`Error::Unreadable`].
    pub fn new(bytes: &'a [u8]) -> Result<Self, Error> {
        let count = bytes
            .strip_prefix(&MAGIC)
            .and_then(<[u8]>::first_chunk)
            .map(|&count| u32::from_le_bytes(count) as usize)
            .ok_or(Error::Unreadable)?;
        let table = Self { bytes, count };
        // The end of the last value is the end of the table.
        let (_, end) = table.starts(count).ok_or(Error::Unreadable)?;
        if end == bytes.len() { Ok(table) } else { Err(Error::Unreadable) }
    }

    /// How many entries it has.
    #[must_use]
    pub fn len(&self) -> usize {
        self.count
    }

    /// Whether it has none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.count == 0
    }

    /// The value of a key. A table that contradicts itself has no value for some keys, and is never read outside its bytes.
    #[must_use]
    pub fn get(&self, key: &str) -> Option<&'a [u8]> {
        let (mut low, mut high) = (0, self.count);
        while low < high {
            let middle = low + (high - low) / 2;
            let (found, value) = self.entry(middle)?;
            match found.cmp(key.as_bytes()) {
                std::cmp::Ordering::Less => low = middle + 1,
                std::cmp::Ordering::Equal => return Some(value),
                std::cmp::Ordering::Greater => high = middle,
            }
        }
        None
    }

    fn entry(&self, at: usize) -> Option<(&'a [u8], &'a [u8])> {
        let ((key, value), (key_end, value_end)) = (self.starts(at)?, self.starts(at + 1)?);
        Some((self.bytes.get(key..key_end)?, self.bytes.get(value..value_end)?))
    }

    /// Where key and value of an entry start.
    fn starts(&self, at: usize) -> Option<(usize, usize)> {
        let pair = self.bytes.get(HEADER + at.checked_mul(ENTRY)?..)?;
        let (key, rest) = pair.split_first_chunk()?;
        let value = rest.first_chunk()?;
        Some((u32::from_le_bytes(*key) as usize, u32::from_le_bytes(*value) as usize))
    }
}

/// The table of some entries, whose keys ascend.
///
/// # Errors
/// [`Error::TooLarge`]; [`Error::Unsorted`].
pub fn write<'a>(entries: impl Iterator<Item = (&'a str, &'a [u8])> + Clone) -> Result<Vec<u8>, Error> {
    if !entries.clone().zip(entries.clone().skip(1)).all(|((a, _), (b, _))| a < b) {
        return Err(Error::Unsorted);
    }
    let count = entries.clone().count();
    let keys: usize = entries.clone().map(|(key, _)| key.len()).sum();
    let values: usize = entries.clone().map(|(_, value)| value.len()).sum();
    let keys_start = HEADER + (count + 1) * ENTRY;
    let total = keys_start + keys + values;
    if u32::try_from(total).is_err() {
        return Err(Error::TooLarge(total as u64));
    }
    let mut bytes = Vec::with_capacity(total);
    bytes.extend(MAGIC);
    bytes.extend((count as u32).to_le_bytes());
    let (mut key_start, mut value_start) = (keys_start, keys_start + keys);
    let mut index = |key: usize, value: usize| {
        bytes.extend((key as u32).to_le_bytes());
        bytes.extend((value as u32).to_le_bytes());
    };
    for (key, value) in entries.clone() {
        index(key_start, value_start);
        key_start += key.len();
        value_start += value.len();
    }
    index(key_start, value_start);
    entries.clone().for_each(|(key, _)| bytes.extend(key.as_bytes()));
    entries.for_each(|(_, value)| bytes.extend(value));
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use proptest::prelude::*;

    use super::*;

    fn of(map: &BTreeMap<String, Vec<u8>>) -> Vec<u8> {
        write(map.iter().map(|(key, value)| (key.as_str(), value.as_slice()))).unwrap()
    }

    proptest! {
        #[test]
        fn every_key_has_its_value_and_no_other_has_one(
            map in proptest::collection::btree_map("[a-z/0-9]{0,6}", proptest::collection::vec(any::<u8>(), 0..20), 0..40),
            others in proptest::collection::vec("[a-z/0-9]{0,6}", 0..20),
        ) {
            let bytes = of(&map);
            let table = Table::new(&bytes).unwrap();
            prop_assert_eq!(table.len(), map.len());
            for key in map.keys().chain(&others) {
                prop_assert_eq!(table.get(key), map.get(key).map(Vec::as_slice));
            }
        }

        /// A damaged table may lose values; it never panics and is never read outside.
        #[test]
        fn no_bytes_are_a_danger(mut bytes in proptest::collection::vec(any::<u8>(), 0..200), flips in proptest::collection::vec((any::<usize>(), any::<u8>()), 0..8)) {
            let whole = of(&BTreeMap::from([("a".to_owned(), vec![1; 9]), ("b/c".to_owned(), vec![2])]));
            for damaged in [&mut bytes, &mut whole.clone()] {
                for &(at, byte) in &flips {
                    let length = damaged.len().max(1);
                    if let Some(place) = damaged.get_mut(at % length) {
                        *place = byte;
                    }
                }
                if let Ok(table) = Table::new(damaged) {
                    let _ = (table.get("a"), table.get("b/c"), table.get("z"));
                }
            }
        }
    }

    #[test]
    fn what_is_cut_off_is_unreadable() {
        let whole = of(&BTreeMap::from([("key".to_owned(), b"value".to_vec())]));
        for length in 0..whole.len() {
            assert_eq!(Table::new(&whole[..length]).unwrap_err(), Error::Unreadable, "{length}");
        }
        assert!(Table::new(&[&whole[..], b"x"].concat()).is_err());
    }

    #[test]
    fn keys_ascend() {
        for keys in [["b", "a"], ["a", "a"]] {
            assert_eq!(write(keys.iter().map(|&key| (key, &b""[..]))), Err(Error::Unsorted));
        }
        assert!(Table::EMPTY.get("a").is_none() && Table::EMPTY.is_empty());
    }
}
