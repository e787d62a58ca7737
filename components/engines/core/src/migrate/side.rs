//! The two kinds of places.

use super::stand_in::StandIn;
use gusset_retrieve::engine::{Engine, Hosted};
use gusset_retrieve::{Error, Found, Mode, Query, Retrieve, Store};

/// Where a collection is kept.
#[derive(Clone, Copy)]
pub enum Side<'a> {
    /// In an engine.
    Engine(&'a dyn Engine),
    /// In the key-value store.
    Store(&'a dyn Store),
}

/// Passages asked for by a query.
const LIMIT: u32 = 10;

impl Side<'_> {
    pub(super) async fn search(
        self,
        model: &StandIn,
        (tenant, name): (&str, &str),
        text: &str,
    ) -> Result<Found, Error> {
        let query = Query { mode: Mode::Hybrid, ..Query::new(text, LIMIT) };
        match self {
            Side::Engine(engine) => Hosted::new(engine, model, model).search(tenant, name, &query).await,
            Side::Store(store) => Retrieve::new(store, model, model).search(tenant, name, &query)?.finish(),
        }
    }
}
