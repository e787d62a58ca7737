//! What is written to.

use super::source::Source;
use super::stand_in::StandIn;
use super::{Failure, Side};
use gusset_retrieve::engine::{At, EngineError, Hosted, Record, Settings};
use gusset_retrieve::{Error, Retrieve};
use std::collections::BTreeMap;

/// What is written to.
pub(super) struct Target<'a> {
    side: Side<'a>,
    tenant: &'a str,
    name: &'a str,
    model: &'a StandIn,
    incarnation: u64,
}

impl<'a> Target<'a> {
    /// The collection, made now if there is none.
    pub(super) async fn open(
        side: Side<'a>,
        tenant: &'a str,
        name: &'a str,
        settings: &Settings,
        model: &'a StandIn,
    ) -> Result<Self, Failure> {
        if settings.chunking().parent_tokens > 0 {
            return Err(Failure::Settings(
                "its passages are in sections, which are not copied; index it anew".to_owned(),
            ));
        }
        let (incarnation, found) = match side {
            Side::Engine(engine) => {
                let failed = |error: EngineError| Failure::copy(error.within(name));
                engine.create(tenant, name, settings).await.map_err(failed)?;
                let found = engine.settings(tenant, name).await.map_err(failed)?;
                found.ok_or_else(|| Failure::copy(Error::UnknownCollection(name.to_owned())))?
            }
            Side::Store(store) => {
                let core = Retrieve::new(store, model, model);
                if core.get_collection(tenant, name).map_err(Failure::copy)?.is_none() {
                    let metadata = settings.metadata.clone();
                    core.create_collection(tenant, name, &settings.chunking(), settings.created_at, metadata)
                        .map_err(Failure::copy)?;
                }
                (0, core.walk(tenant, name).map_err(Failure::copy)?.settings())
            }
        };
        if found.fingerprint != settings.fingerprint {
            return Err(Failure::Settings(format!("made by {}, not {}", found.model, settings.model)));
        }
        if found.chunking() != settings.chunking() {
            return Err(Failure::Settings("its documents are split in another way".to_owned()));
        }
        Ok(Self { side, tenant, name, model, incarnation })
    }

    fn at(&self) -> At<'a> {
        At { tenant: self.tenant, name: self.name, incarnation: self.incarnation }
    }

    /// A digest of each document.
    pub(super) async fn digests(&self) -> Result<BTreeMap<String, [u8; 32]>, Error> {
        let mut source = Source::open(self.side, self.tenant, self.name).await?;
        let mut digests = BTreeMap::new();
        while let Some(record) = source.next_record().await? {
            let digest = record.digest();
            digests.insert(record.info.id, digest);
        }
        Ok(digests)
    }

    pub(super) async fn counts(&self) -> Result<(u32, u32), Error> {
        let collection = match self.side {
            Side::Engine(engine) => {
                Hosted::new(engine, self.model, self.model).get_collection(self.tenant, self.name).await?
            }
            Side::Store(store) => {
                Retrieve::new(store, self.model, self.model).get_collection(self.tenant, self.name)?
            }
        };
        collection
            .map(|found| (found.documents, found.passages))
            .ok_or_else(|| Error::UnknownCollection(self.name.to_owned()))
    }

    pub(super) async fn put(&self, record: &Record) -> Result<(), Error> {
        match self.side {
            Side::Engine(engine) => {
                engine.replace(self.at(), record).await.map_err(|error| error.within(self.name))
            }
            Side::Store(store) => {
                let core = Retrieve::new(store, self.model, self.model);
                core.import_document(self.tenant, self.name, record.clone()).map(drop)
            }
        }
    }

    pub(super) async fn remove(&self, id: &str) -> Result<(), Error> {
        match self.side {
            Side::Engine(engine) => {
                engine.remove(self.at(), id).await.map(drop).map_err(|error| error.within(self.name))
            }
            Side::Store(store) => {
                let core = Retrieve::new(store, self.model, self.model);
                core.remove_document(self.tenant, self.name, id).map(drop)
            }
        }
    }
}
