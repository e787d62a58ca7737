//! `gusset migrate`: a collection from one place to another, verified.

use super::progress;
use crate::config::{Config, Engine, EngineKind, Environment, Overrides};
use crate::retrieval::{self, KeyValue};
use crate::state;
use anyhow::Context;
use clap::Args;
use gusset_engines::migrate::{Report, Side, migrate};
use std::path::PathBuf;
use std::sync::Arc;
use tokio::runtime::Handle;

#[derive(Args)]
pub(super) struct Migrate {
    /// Where the collection is: a configuration file, or the URL of an engine
    #[arg(long, value_name = "FILE|URL")]
    from: String,
    /// Where its copy is to be: a configuration file, or the URL of an engine
    #[arg(long, value_name = "FILE|URL")]
    to: String,
    /// The collection
    #[arg(long, value_name = "NAME")]
    collection: String,
    /// Whose it is
    #[arg(long, value_name = "TENANT", default_value = "default")]
    tenant: String,
}

/// What a side is, as long as it is open.
enum Opened {
    Engine(Arc<retrieval::Kept>),
    Store(KeyValue),
}

// === impl Migrate ===

impl Migrate {
    pub(super) async fn run(self, environment: &Environment) -> anyhow::Result<()> {
        let Self { from, to, collection, tenant } = self;
        let source = open(&from, environment).await.context("--from")?;
        let target = open(&to, environment).await.context("--to")?;
        let spinner = progress::spinner("copying");
        let shown = spinner.clone();
        let name = collection.clone();
        let executor = Handle::current();
        let work = move || {
            executor.block_on(migrate(source.side(), target.side(), &tenant, &name, |report| {
                let Report { documents, copied, .. } = report;
                shown.set_message(format!("copying: {copied} of {documents} documents were not there yet"));
            }))
        };
        let report = tokio::task::spawn_blocking(work).await.context("copying broke off")?;
        spinner.finish_and_clear();
        let Report { documents, passages, copied, removed, queries, found: (found, both) } = report?;
        println!("copied   {copied} of {documents} documents of {collection}; the others were there already");
        if removed > 0 {
            println!("removed  {removed} that only the copy had");
        }
        println!("verified {documents} documents and {passages} passages by their digests");
        println!(
            "asked    {queries} questions: of {found} passages found in the original, {both} in the copy"
        );
        Ok(())
    }
}

impl Opened {
    fn side(&self) -> Side<'_> {
        match self {
            Self::Engine(engine) => Side::Engine(&**engine),
            Self::Store(store) => Side::Store(store),
        }
    }
}

async fn open(place: &str, environment: &Environment) -> anyhow::Result<Opened> {
    if let Some(kind) = EngineKind::of(place) {
        let engine = Engine { kind, url: place.to_owned(), api_key: None };
        return Ok(Opened::Engine(retrieval::open(&engine).await?));
    }
    let overrides = Overrides { file: Some(PathBuf::from(place)), ..Overrides::default() };
    let config = Config::load(overrides, environment)?;
    Ok(match &config.engine {
        Some(engine) => Opened::Engine(retrieval::open(engine).await?),
        None => Opened::Store(KeyValue::new(state::open(&config.state).await?)),
    })
}
