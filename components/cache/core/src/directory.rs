//! Which answers there are, of one part of the digests, oldest first: what bounds their number and their bytes.
//!
//! An answer is listed before it is written, and unlisted before it is deleted. A crash in between leaves a line without an answer, which ages out, never
//! an answer that nobody knows of.

use serde::{Deserialize, Serialize};

use crate::keys::Keys;
use crate::policy::SHARDS;
use crate::ports::change;
use crate::{Error, Policy, Store, codec};

/// The answers of one part.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Directory(Vec<Line>);

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Line {
    digest: [u8; 32],
    bytes: u32,
    until_ms: u64,
}

impl Directory {
    /// Lists an answer as the newest, and returns those that have to go: first what is over its time, then the oldest.
    fn add(&mut self, line: Line, entries: usize, bytes: u64, now_ms: u64) -> Vec<[u8; 32]> {
        self.0.retain(|other| other.digest != line.digest);
        self.0.push(line);
        let mut evicted = Vec::new();
        self.0.retain(|line| {
            let stays = line.until_ms > now_ms;
            if !stays {
                evicted.push(line.digest);
            }
            stays
        });
        let mut total: u64 = self.0.iter().map(|line| u64::from(line.bytes)).sum();
        let mut count = self.0.len();
        self.0.retain(|line| {
            let stays = count <= entries && total <= bytes;
            if !stays {
                evicted.push(line.digest);
                count -= 1;
                total -= u64::from(line.bytes);
            }
            stays
        });
        evicted
    }
}

/// Lists an answer of so many bytes, and deletes those that have to go for it. Whether there is room for it at all.
pub(crate) fn admit(
    store: &dyn Store,
    keys: &Keys,
    policy: &Policy,
    digest: [u8; 32],
    bytes: usize,
    now_ms: u64,
) -> Result<bool, Error> {
    let (entries, room) = policy.of_a_shard();
    let Some(bytes) = u32::try_from(bytes).ok().filter(|&bytes| u64::from(bytes) <= room) else {
        return Ok(false);
    };
    let key = keys.directory(&digest);
    let until_ms = now_ms.saturating_add(u64::from(policy.ttl_seconds) * 1000);
    let evicted = change(store, &key, |current| {
        let mut directory: Directory = codec::decode(current).unwrap_or_default();
        let evicted = directory.add(Line { digest, bytes, until_ms }, entries, room, now_ms);
        Ok((Some(codec::encode(&key, &directory)?), evicted))
    })?;
    if !evicted.is_empty() {
        let evicted: Vec<_> = evicted.iter().map(|digest| keys.entry(digest)).collect();
        store.delete(&evicted)?;
    }
    Ok(true)
}

/// Forgets every answer. Their number.
pub(crate) fn purge(store: &dyn Store, keys: &Keys) -> Result<u32, Error> {
    let mut count = 0;
    for shard in 0..SHARDS {
        let key = keys.directory_of(shard);
        let lines = change(store, &key, |current| match codec::decode::<Directory>(current) {
            Some(directory) if !directory.0.is_empty() => {
                Ok((Some(codec::encode(&key, &Directory::default())?), directory.0))
            }
            _ => Ok((None, Vec::new())),
        })?;
        let doomed: Vec<_> = lines.iter().map(|line| keys.entry(&line.digest)).collect();
        if !doomed.is_empty() {
            store.delete(&doomed)?;
        }
        count += doomed.len() as u32;
    }
    Ok(count)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn line(n: u8, bytes: u32, until_ms: u64) -> Line {
        Line { digest: [n; 32], bytes, until_ms }
    }

    #[test]
    fn what_is_over_its_time_goes_first_then_the_oldest() {
        let mut directory = Directory::default();
        for (n, until) in [(1, 90), (2, 20), (3, 90)] {
            assert!(directory.add(line(n, 10, until), 3, 1000, 0).is_empty());
        }
        assert_eq!(directory.add(line(4, 10, 90), 3, 1000, 50), [[2; 32]]);
        assert_eq!(directory.add(line(5, 10, 90), 3, 1000, 50), [[1; 32]]);
        // Keeping an answer anew makes it the newest.
        assert!(directory.add(line(3, 10, 90), 3, 1000, 50).is_empty());
        assert_eq!(directory.add(line(6, 15, 90), 3, 30, 50), [[4; 32], [5; 32]]);
    }

    proptest! {
        #[test]
        fn bounds_hold_and_nothing_is_lost(
            lines in prop::collection::vec((0_u8..20, 1_u32..50, 0_u64..100), 1..60),
            entries in 1_usize..8,
        ) {
            let (mut directory, mut there) = (Directory::default(), std::collections::BTreeSet::new());
            for (now, (n, bytes, ttl)) in lines.into_iter().enumerate() {
                let now = now as u64;
                there.insert([n; 32]);
                for gone in directory.add(line(n, bytes, now + ttl), entries, 100, now) {
                    prop_assert!(there.remove(&gone));
                }
                prop_assert!(directory.0.len() <= entries);
                prop_assert!(directory.0.iter().map(|line| line.bytes).sum::<u32>() <= 100);
                let listed: std::collections::BTreeSet<_> = directory.0.iter().map(|line| line.digest).collect();
                prop_assert_eq!(&listed, &there);
            }
        }
    }
}
