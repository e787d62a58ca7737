//! Candidates to passages: which of them count, and what they say.

use std::collections::{BTreeMap, BTreeSet};

use gusset_types::Passage;

use super::candidate::{self, Candidate, Found, Scorer};
use super::section::Sections;
use super::{Hit, Search, calibrate};
use crate::directory::{self, Entry, Shard, shard_of};
use crate::record::{self, Head};
use crate::segment::Segment;
use crate::store::get_all;
use crate::{Error, codec, totals};

pub(super) enum Resolved {
    Hits(Vec<Hit>),
    /// Too many candidates no longer count; more are needed.
    TooFew,
    /// A document was replaced or removed between two reads.
    Changed,
}

/// Values read at once where they may be as large as a part of a record: about a megabyte.
const PARTS_AT_ONCE: usize = 64;

impl Search<'_> {
    pub(super) fn resolve(&mut self) -> Result<Resolved, Error> {
        let scorer = self.gathered.scorer(&self.sought);
        let (mut best, dropped) = candidate::best(&self.gathered.rows, &scorer, self.capacity);
        let mut directory = Directory::default();
        let mut fetched = BTreeSet::new();
        let mut written = self.written_meanwhile(&mut directory)?;
        loop {
            directory.load(self, best.iter().take(self.wanted))?;
            written.extend(directory.moved(&best, &self.versions));
            written.retain(|written| fetched.insert(written.entry.generation));
            let before = best.len();
            best.retain(|candidate| directory.may_count(candidate));
            if best.len() == before && written.is_empty() {
                break;
            }
            for Written { document, entry } in written.drain(..) {
                match self.candidates_of(&scorer, &document, &entry)? {
                    Some(candidates) => best.extend(candidates),
                    None => return Ok(Resolved::Changed),
                }
            }
            best.sort_unstable_by(Candidate::order);
            best.dedup_by(|a, b| a.found == b.found && a.passage == b.passage);
        }
        if best.len() < self.query.limit as usize && (dropped || self.gathered.partial) {
            return Ok(Resolved::TooFew);
        }
        best.truncate(self.wanted);
        self.hits(&best, &directory)
    }

    /// Documents that were committed since the scan began, as far as their writers have said so. Those that haven't said so have not taken out
    /// what they replace either, so that the scan has seen it: those are what [`Directory::moved`] finds.
    fn written_meanwhile(&self, directory: &mut Directory) -> Result<Vec<Written>, Error> {
        let now = totals::versions(self.retrieve.store, &self.place.keys)?;
        let then = |shard: &u8| self.versions.get(shard).copied().unwrap_or_default();
        let changed: BTreeSet<u8> =
            now.into_iter().filter(|(shard, now)| *now > then(shard)).map(|(shard, _)| shard).collect();
        directory.load_shards(self, &changed)?;
        let shards = directory.shards.iter().filter(|(shard, _)| changed.contains(shard));
        Ok(shards
            .flat_map(|(shard, now)| now.entries.iter().filter(move |(_, entry)| entry.version > then(shard)))
            .map(|(document, entry)| Written { document: document.clone(), entry: entry.clone() })
            .collect())
    }

    /// All passages of a document, scored; `None` if they are no longer where they were. What was compacted before the search began it has looked at
    /// already.
    fn candidates_of(
        &self,
        scorer: &Scorer,
        document: &str,
        entry: &Entry,
    ) -> Result<Option<Vec<Candidate>>, Error> {
        let mut candidates = Vec::new();
        let mut compacted = false;
        let mut count = 0;
        for &number in &entry.segments {
            if number < self.live.segments && !self.live.scanned().any(|scanned| scanned == number) {
                compacted = true;
                continue;
            }
            let key = self.place.keys.segment(number);
            let value = self.retrieve.store.get(&key)?;
            let segment = Segment::read(&key, value.as_deref())?;
            for (run, numbers) in segment.runs().filter(|(run, _)| run.generation == entry.generation) {
                debug_assert_eq!(run.document, document);
                count += run.count;
                if self.sought.filter.holds(&run.fields) {
                    let rows = self.sought.rows(run, numbers, segment.dimension());
                    candidates.extend(rows.filter_map(|row| scorer.candidate(&row)));
                }
            }
        }
        Ok((compacted || count == entry.passages).then_some(candidates))
    }

    fn hits(&mut self, best: &[Candidate], directory: &Directory) -> Result<Resolved, Error> {
        let keys = &self.place.keys;
        let mut heads: BTreeMap<u64, Option<Head>> = BTreeMap::new();
        let mut wanted: BTreeMap<String, Vec<(usize, usize)>> = BTreeMap::new();
        for (rank, candidate) in best.iter().enumerate() {
            heads.insert(candidate.found.generation, None);
            let place = directory.entry(candidate).and_then(|(_, entry)| entry.part_of(candidate.passage));
            let Some((part, index)) = place else { return Ok(Resolved::Changed) };
            wanted.entry(keys.passages(candidate.found.generation, part)).or_default().push((rank, index));
        }
        let head_keys: Vec<_> = heads.keys().map(|&generation| keys.head(generation)).collect();
        for ((head, key), value) in
            heads.values_mut().zip(&head_keys).zip(get_all(self.retrieve.store, &head_keys)?)
        {
            let Some(value) = value else { return Ok(Resolved::Changed) };
            *head = Some(codec::decode(key, &value)?);
        }
        let mut hits: Vec<Option<Hit>> = vec![None; best.len()];
        let mut sections = Sections::default();
        let wanted: Vec<_> = wanted.into_iter().collect();
        for batch in wanted.chunks(PARTS_AT_ONCE) {
            let part_keys: Vec<_> = batch.iter().map(|(key, _)| key.clone()).collect();
            for ((key, places), value) in batch.iter().zip(self.retrieve.store.get_many(&part_keys)?) {
                let Some(value) = value else { return Ok(Resolved::Changed) };
                let part = record::read_part(key, &value)?;
                for &(rank, index) in places {
                    let (Some(found), Some(candidate)) = (part.get(index), best.get(rank)) else {
                        let reason = format!("it has no passage {index}");
                        return Err(Error::Corrupt { key: key.clone(), reason });
                    };
                    if let Some((_, entry)) = directory.entry(candidate) {
                        sections.add(entry, candidate, found);
                    }
                    let head = heads.get(&candidate.found.generation).and_then(Option::as_ref);
                    if let (Some(head), Some(slot)) = (head, hits.get_mut(rank)) {
                        let probability = calibrate::before_reranking(self.sought.mode, candidate.score);
                        *slot = Some(hit(candidate, head, found, probability));
                    }
                }
            }
        }
        self.sections = sections;
        Ok(Resolved::Hits(hits.into_iter().flatten().collect()))
    }
}

/// A document in the generation that counts.
struct Written {
    document: String,
    entry: Entry,
}

/// The shards of the directory that were needed so far.
#[derive(Default)]
struct Directory {
    shards: BTreeMap<u8, Shard>,
}

impl Directory {
    fn load<'a>(
        &mut self,
        search: &Search<'_>,
        candidates: impl Iterator<Item = &'a Candidate>,
    ) -> Result<(), Error> {
        self.load_shards(search, &candidates.map(|candidate| shard_of(&candidate.found.document)).collect())
    }

    fn load_shards(&mut self, search: &Search<'_>, shards: &BTreeSet<u8>) -> Result<(), Error> {
        let wanted: Vec<u8> =
            shards.iter().copied().filter(|shard| !self.shards.contains_key(shard)).collect();
        let keys: Vec<_> = wanted.iter().map(|&shard| search.place.keys.shard(shard)).collect();
        for ((key, shard), value) in keys.iter().zip(wanted).zip(get_all(search.retrieve.store, &keys)?) {
            self.shards.insert(shard, directory::parse(key, value.as_deref())?);
        }
        Ok(())
    }

    /// Documents among the candidates that were replaced after the search found them. What was replaced before it began is in a tier still, and in the
    /// place of it the search has seen what the document is now.
    fn moved(&self, candidates: &[Candidate], versions: &BTreeMap<u8, u64>) -> Vec<Written> {
        let entries = candidates.iter().filter_map(|candidate| self.entry(candidate));
        entries
            .filter(|(candidate, entry)| {
                let then = versions.get(&shard_of(&candidate.found.document)).copied().unwrap_or_default();
                candidate.found.generation != entry.generation && entry.version > then
            })
            .map(|(candidate, entry)| Written {
                document: candidate.found.document.clone(),
                entry: entry.clone(),
            })
            .collect()
    }

    /// What the directory says about a candidate's document, as far as it was loaded.
    fn entry<'a>(&self, candidate: &'a Candidate) -> Option<(&'a Candidate, &Entry)> {
        let shard = self.shards.get(&shard_of(&candidate.found.document))?;
        Some((candidate, shard.entries.get(&candidate.found.document)?))
    }

    /// Whether a candidate counts, or nothing is known about it yet.
    fn may_count(&self, candidate: &Candidate) -> bool {
        let Found { document, generation } = &*candidate.found;
        let Some(shard) = self.shards.get(&shard_of(document)) else { return true };
        shard.entries.get(document).is_some_and(|entry| entry.generation == *generation)
    }
}

fn hit(candidate: &Candidate, head: &Head, found: &record::Passage, probability: f32) -> Hit {
    let passage = Passage {
        document: candidate.found.document.clone(),
        title: head.title.clone(),
        start: found.start,
        end: found.end,
        text: found.text.clone(),
        headings: found.headings.clone(),
        score: candidate.score,
        tokens: found.tokens,
        metadata: head.metadata.clone(),
    };
    Hit { passage, cosine: candidate.cosine, lexical: candidate.lexical, rerank: None, probability }
}
