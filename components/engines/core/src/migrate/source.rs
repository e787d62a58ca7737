//! What is read from: all documents of a side, one after the other.

use super::Side;
use super::stand_in::Nobody;
use gusset_retrieve::engine::{At, Engine, Record, Settings};
use gusset_retrieve::{Error, Retrieve};

/// All documents of a side, one after the other.
pub(super) enum Source<'a> {
    Engine { engine: &'a dyn Engine, at: At<'a>, settings: Settings, after: String, ids: Vec<String> },
    Store { walk: Box<gusset_retrieve::Walk<'a>>, settings: Settings },
}

impl<'a> Source<'a> {
    pub(super) async fn open(side: Side<'a>, tenant: &'a str, name: &'a str) -> Result<Self, Error> {
        match side {
            Side::Engine(engine) => {
                let found = engine.settings(tenant, name).await.map_err(|error| error.within(name))?;
                let (incarnation, settings) =
                    found.ok_or_else(|| Error::UnknownCollection(name.to_owned()))?;
                let at = At { tenant, name, incarnation };
                Ok(Self::Engine { engine, at, settings, after: String::new(), ids: Vec::new() })
            }
            Side::Store(store) => {
                static NOBODY: Nobody = Nobody;
                let walk = Box::new(Retrieve::new(store, &NOBODY, &NOBODY).walk(tenant, name)?);
                Ok(Self::Store { settings: walk.settings(), walk })
            }
        }
    }

    pub(super) fn settings(&self) -> &Settings {
        match self {
            Self::Engine { settings, .. } | Self::Store { settings, .. } => settings,
        }
    }

    pub(super) async fn next_record(&mut self) -> Result<Option<Record>, Error> {
        match self {
            Self::Store { walk, .. } => walk.next_record(),
            Self::Engine { engine, at, after, ids, .. } => loop {
                if ids.is_empty() {
                    let page = engine.heads(*at, after).await.map_err(|error| error.within(at.name))?;
                    let Some(last) = page.last() else { return Ok(None) };
                    after.clone_from(&last.info.id);
                    ids.extend(page.into_iter().rev().map(|head| head.info.id));
                }
                let Some(id) = ids.pop() else { return Ok(None) };
                // One that was removed meanwhile is no document any more.
                if let Some(record) = engine.read(*at, &id).await.map_err(|error| error.within(at.name))? {
                    return Ok(Some(record));
                }
            },
        }
    }
}
