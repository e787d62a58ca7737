//! Collections: made, looked at, listed, deleted.

use gusset_chunk::Options;

use crate::directory;
use crate::manifest::{self, DoomedTiers, Live, Manifest, Outdated, OutdatedTiers, Place};
use crate::segment::Segment;
use crate::store::{Change, delete_all, get_all, update};
use crate::{Error, Retrieve, catalogue, codec, compact, keys, names, outdated, tier, totals};

/// A collection and what it holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Collection {
    /// Unique inside the tenant.
    pub name: String,
    /// Fingerprint of the model that made every vector in it.
    pub model_fingerprint: String,
    /// That model's name.
    pub model_id: String,
    /// Unix time in seconds, as given at creation.
    pub created_at: u64,
    /// How its documents are split.
    pub chunking: Options,
    /// Documents in it.
    pub documents: u32,
    /// Passages in it.
    pub passages: u32,
    /// Bytes of its documents as they were added.
    pub bytes: u64,
    /// What it was created with, in that order.
    pub metadata: Vec<(String, String)>,
}

/// `[CLS]` and `[SEP]`, which a model adds to every passage.
pub(crate) const SPECIAL_TOKENS: u32 = 2;

/// Segments read at once where only their runs are wanted.
const SEGMENTS_AT_ONCE: usize = 8;

impl Retrieve<'_> {
    /// Makes an empty collection for the model that is running.
    ///
    /// # Errors
    /// The name is taken; name, metadata or chunking are not what they may be; the store failed.
    pub fn create_collection(
        &self,
        tenant: &str,
        name: &str,
        chunking: &Options,
        created_at: u64,
        metadata: Vec<(String, String)>,
    ) -> Result<Collection, Error> {
        names::collection(tenant, name)?;
        names::metadata(&metadata)?;
        let model = self.embedder.model();
        self.check_chunking(chunking, model.max_tokens)?;
        let incarnation = loop {
            match manifest::read(self.store, tenant, name)? {
                None => break 1,
                Some(Manifest::Live(_) | Manifest::Outdated(_) | Manifest::OutdatedTiers(_)) => {
                    return Err(Error::CollectionExists(name.to_owned()));
                }
                Some(Manifest::Deleted { incarnation }) => break incarnation + 1,
                // Somebody deletes it, or crashed while doing so: bring that to its end.
                Some(doomed) => self.finish_deletion(tenant, name, &doomed)?,
            }
        };
        catalogue::add(self.store, tenant, name, incarnation)?;
        let live = Live {
            incarnation,
            fingerprint: model.fingerprint,
            model: model.id,
            dimension: model.dimension,
            chunking: chunking.into(),
            created_at,
            metadata,
            segments: 0,
            open: Vec::new(),
            closed: Vec::new(),
            spent: Vec::new(),
            tiers: Vec::new(),
            next_tier: 0,
            next_row: 0,
            due: compact::DUE,
            flush: None,
            merges: Vec::new(),
            leftovers: Vec::new(),
        };
        let key = keys::manifest(tenant, name);
        let created = update(self.store, &key, |current| {
            match current.map(|bytes| codec::decode::<Manifest>(&key, bytes)).transpose()? {
                None => {}
                Some(Manifest::Deleted { incarnation: last }) if last + 1 == incarnation => {}
                Some(_) => return Ok(Change::Keep(false)),
            }
            Ok(Change::Write(codec::encode(&Manifest::Live(Box::new(live.clone())))?, true))
        })?;
        if !created {
            return Err(Error::CollectionExists(name.to_owned()));
        }
        Ok(describe(name, live.into(), totals::Sums::default()))
    }

    /// A collection; `None` where there is none of that name.
    ///
    /// # Errors
    /// The name can't be one; the store failed.
    pub fn get_collection(&self, tenant: &str, name: &str) -> Result<Option<Collection>, Error> {
        names::collection(tenant, name)?;
        let Some(live) = manifest::read(self.store, tenant, name)?.and_then(About::of) else {
            return Ok(None);
        };
        let key = keys::Keys::new(tenant, name, live.incarnation).totals();
        let sums = totals::of(&key, self.store.get(&key)?.as_deref())?;
        Ok(Some(describe(name, live, sums)))
    }

    /// All collections of a tenant, ascending by name.
    ///
    /// # Errors
    /// The store failed.
    pub fn list_collections(&self, tenant: &str) -> Result<Vec<Collection>, Error> {
        names::tenant(tenant)?;
        let names = catalogue::names(self.store, tenant)?;
        let manifests: Vec<_> = names.iter().map(|name| keys::manifest(tenant, name)).collect();
        let mut live = Vec::new();
        for ((name, key), value) in names.iter().zip(&manifests).zip(get_all(self.store, &manifests)?) {
            let manifest = value.map(|value| codec::decode(key, &value)).transpose()?;
            live.extend(manifest.and_then(About::of).map(|found| (name, found)));
        }
        let totals: Vec<_> = live
            .iter()
            .map(|(name, live)| keys::Keys::new(tenant, name, live.incarnation).totals())
            .collect();
        let values = get_all(self.store, &totals)?;
        live.into_iter()
            .zip(totals.iter().zip(values))
            .map(|((name, live), (key, value))| Ok(describe(name, live, totals::of(key, value.as_deref())?)))
            .collect()
    }

    /// Deletes a collection and everything in it. Whether there was one. Writers that are at work in it end with an error.
    ///
    /// # Errors
    /// The name can't be one; the store failed, in which case the collection is gone or still there, and deleting or
    /// creating it again cleans up.
    pub fn delete_collection(&self, tenant: &str, name: &str) -> Result<bool, Error> {
        names::collection(tenant, name)?;
        let key = keys::manifest(tenant, name);
        let (found, doomed) = update(self.store, &key, |current| {
            let doom = |doomed: Manifest| Ok(Change::Write(codec::encode(&doomed)?, (true, Some(doomed))));
            match current.map(|bytes| codec::decode(&key, bytes)).transpose()? {
                Some(Manifest::Live(live)) => doom(Manifest::Deleting(live)),
                Some(Manifest::Outdated(Outdated { incarnation, segments, .. })) => {
                    doom(Manifest::DeletingOutdated { incarnation, segments })
                }
                Some(Manifest::OutdatedTiers(OutdatedTiers { about, next_tier: tiers, .. })) => {
                    let Outdated { incarnation, segments, .. } = about;
                    let doomed = DoomedTiers { incarnation, segments, tiers, outdated: false };
                    doom(Manifest::DeletingOutdatedTiers(doomed))
                }
                Some(Manifest::Deleted { .. }) | None => Ok(Change::Keep((false, None))),
                Some(doomed) => Ok(Change::Keep((false, Some(doomed)))),
            }
        })?;
        if let Some(doomed) = doomed {
            self.finish_deletion(tenant, name, &doomed)?;
        }
        Ok(found)
    }

    /// Deletes what a collection that is no longer live has left. Can be done by several at once, and again after a crash: records go before what names
    /// them.
    fn finish_deletion(&self, tenant: &str, name: &str, doomed: &Manifest) -> Result<(), Error> {
        let place = |incarnation| Place::new(tenant, name, incarnation);
        let place = match *doomed {
            Manifest::DeletingOutdated { incarnation, segments } => {
                let place = place(incarnation);
                outdated::purge(self.store, &place.keys, segments)?;
                place
            }
            Manifest::DeletingOutdatedTiers(DoomedTiers { incarnation, segments, tiers, .. }) => {
                let place = place(incarnation);
                outdated::purge_tiers(self.store, &place.keys, segments, tiers)?;
                place
            }
            Manifest::Deleting(ref live) => {
                let place = place(live.incarnation);
                self.purge(&place, live)?;
                place
            }
            _ => return Ok(()),
        };
        let mut rest: Vec<_> = (0..=u8::MAX).map(|shard| place.keys.shard(shard)).collect();
        rest.push(place.keys.totals());
        delete_all(self.store, &rest)?;
        catalogue::remove(self.store, &place.tenant, &place.name, place.incarnation)?;
        let key = keys::manifest(&place.tenant, &place.name);
        update(self.store, &key, |current| {
            let manifest = current.map(|bytes| codec::decode::<Manifest>(&key, bytes)).transpose()?;
            let deleting = match manifest {
                Some(Manifest::Deleting(live)) => live.incarnation,
                Some(
                    Manifest::DeletingOutdated { incarnation, .. }
                    | Manifest::DeletingOutdatedTiers(DoomedTiers { incarnation, .. }),
                ) => incarnation,
                _ => return Ok(Change::Keep(())),
            };
            if deleting != place.incarnation {
                return Ok(Change::Keep(()));
            }
            Ok(Change::Write(codec::encode(&Manifest::Deleted { incarnation: deleting })?, ()))
        })
    }

    /// Deletes segments, rows and tiers, finished or not.
    fn purge(&self, place: &Place, live: &Live) -> Result<(), Error> {
        tier::rows::remove(self.store, &place.keys, 0..live.next_row, true)?;
        self.purge_segments(place, 0..live.segments)?;
        for merge in &live.merges {
            tier::merge::remove(self.store, &place.keys, merge)?;
        }
        for (leftover, _) in &live.leftovers {
            self.remove_leftover(place, leftover)?;
        }
        let flush = live.flush.iter().map(|flush| flush.number);
        for number in live.tiers.iter().map(|tier| tier.number).chain(flush) {
            tier::remove(self.store, &place.keys, number)?;
        }
        Ok(())
    }

    /// Deletes segments and all records of those whose vectors are in them.
    fn purge_segments(&self, place: &Place, numbers: impl Iterator<Item = u32>) -> Result<(), Error> {
        let segments: Vec<_> = numbers.map(|number| place.keys.segment(number)).collect();
        for batch in segments.chunks(SEGMENTS_AT_ONCE) {
            let mut records = Vec::new();
            for (key, value) in batch.iter().zip(self.store.get_many(batch)?) {
                for (run, _) in Segment::read(key, value.as_deref())?.runs() {
                    records.extend(place.keys.generation(run.generation, run.parts));
                }
            }
            delete_all(self.store, &records)?;
            delete_all(self.store, batch)?;
        }
        Ok(())
    }

    /// Deletes what a writer wrote for a collection that was deleted meanwhile, if it was. The deletion may be at work still: what both come
    /// across, either deletes.
    pub(crate) fn discard(
        &self,
        place: &Place,
        id: &str,
        generation: u64,
        parts: u32,
        segments: &[u32],
    ) -> Result<(), Error> {
        let over = match manifest::read(self.store, &place.tenant, &place.name)? {
            Some(Manifest::Live(live)) => live.incarnation != place.incarnation,
            _ => true,
        };
        if over {
            delete_all(self.store, &place.keys.generation(generation, parts).collect::<Vec<_>>())?;
            self.purge_segments(place, segments.iter().copied())?;
            delete_all(self.store, &[place.keys.shard(directory::shard_of(id)), place.keys.totals()])?;
        }
        Ok(())
    }

    /// Deletes segments of a life that is over.
    pub(crate) fn discard_segments(&self, place: &Place, segments: &[u32]) -> Result<(), Error> {
        self.purge_segments(place, segments.iter().copied())
    }

    pub(crate) fn check_chunking(&self, chunking: &Options, max_tokens: u32) -> Result<(), Error> {
        let refuse = |message: String| Err(Error::InvalidRequest(message));
        if let Err(message) = self.chunker.split("", gusset_chunk::Format::Plain, chunking) {
            return refuse(format!("chunking.{message}"));
        }
        let most = max_tokens.saturating_sub(SPECIAL_TOKENS);
        if chunking.max_tokens > most {
            return refuse(format!(
                "chunking.max-tokens is {}, but the model reads at most {most} tokens of a passage; use 1 to {most}",
                chunking.max_tokens
            ));
        }
        Ok(())
    }
}

/// What can be said of a collection from its manifest, whatever its format.
struct About {
    incarnation: u64,
    fingerprint: String,
    model: String,
    created_at: u64,
    chunking: Options,
    metadata: Vec<(String, String)>,
}

impl About {
    fn of(manifest: Manifest) -> Option<Self> {
        match manifest {
            Manifest::Live(live) => Some((*live).into()),
            Manifest::Outdated(old) => Some(old.into()),
            Manifest::OutdatedTiers(old) => Some(old.about.into()),
            _ => None,
        }
    }
}

impl From<Outdated> for About {
    fn from(old: Outdated) -> Self {
        Self {
            incarnation: old.incarnation,
            fingerprint: old.fingerprint,
            model: old.model,
            created_at: old.created_at,
            chunking: old.chunking.into(),
            metadata: old.metadata,
        }
    }
}

impl From<Live> for About {
    fn from(live: Live) -> Self {
        Self {
            incarnation: live.incarnation,
            fingerprint: live.fingerprint,
            model: live.model,
            created_at: live.created_at,
            chunking: live.chunking.into(),
            metadata: live.metadata,
        }
    }
}

fn describe(name: &str, live: About, sums: totals::Sums) -> Collection {
    Collection {
        name: name.to_owned(),
        model_fingerprint: live.fingerprint,
        model_id: live.model,
        created_at: live.created_at,
        chunking: live.chunking,
        documents: sums.documents,
        passages: sums.passages,
        bytes: sums.bytes,
        metadata: live.metadata,
    }
}
