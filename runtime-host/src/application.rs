//! The composed application, linked and ready to be instantiated.

use crate::engine::MemoryLimit;
use crate::host::{self, Ctx, Fills, Shared};
use std::sync::Arc;
use wasmtime::component::Component;
use wasmtime::{Engine, Store};
use wasmtime_wasi_http::handler::Proxy;
use wasmtime_wasi_http::p3::bindings::ServicePre;

/// Bytes that one call from the guest may make the host copy out of it: a file at its limit, with room around it.
const CALL_BYTES: usize = 256 << 20;

/// The composed application: instances of it serve requests.
#[derive(Clone)]
pub struct Application {
    service: ServicePre<Ctx>,
    shared: Arc<Shared>,
    memory_bytes: u64,
}

/// Why a component is no application for this host.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// It imports what the host doesn't have.
    #[error("the component needs what this host does not provide: {0}")]
    Imports(String),
    /// It leaves the embedding model to the host, which was not told to run it.
    #[error(
        "the component has no embedding model of its own: start with `--embed native`, or serve gusset.wasm"
    )]
    NoEmbedder,
    /// The host was told to run the embedding model, and the component has its own.
    #[error(
        "the component runs its own embedding model: leave out `--embed native`, or serve gusset-open.wasm"
    )]
    TwoEmbedders,
    /// It leaves retrieval to the host, which was not told where collections are.
    #[error(
        "the component leaves collections to the host: set `engine` and `url` in [retrieval], or serve gusset-open.wasm"
    )]
    NoEngine,
    /// The host was told to keep collections in an engine, and the component keeps them itself.
    #[error(
        "the component keeps collections itself: leave out `retrieval.engine`, or serve gusset-host.wasm"
    )]
    TwoEngines,
    /// It doesn't serve HTTP.
    #[error("the component exports no wasi:http/handler@0.3.0, so it can't serve: {0}")]
    Exports(String),
}

// === impl Application ===

impl Application {
    /// Links `component` with what the host provides.
    ///
    /// # Errors
    /// Where it imports something else, or exports no handler.
    pub fn link(component: &Component, shared: Arc<Shared>, memory_bytes: u64) -> Result<Self, Error> {
        let imports = |error: wasmtime::Error| Error::Imports(format!("{error:#}"));
        let fills = Fills { models: shared.embedder.is_some(), retrieval: shared.retrieval.is_some() };
        match (leaves_open(component, "gusset:embed/embed@"), fills.models) {
            (true, false) => return Err(Error::NoEmbedder),
            (false, true) => return Err(Error::TwoEmbedders),
            _ => {}
        }
        match (leaves_open(component, "gusset:retrieve/retrieve@"), fills.retrieval) {
            (true, false) => return Err(Error::NoEngine),
            (false, true) => return Err(Error::TwoEngines),
            _ => {}
        }
        let linked =
            host::linker(component.engine(), fills).and_then(|linker| linker.instantiate_pre(component));
        let service = ServicePre::new(linked.map_err(imports)?)
            .map_err(|error| Error::Exports(format!("{error:#}")))?;
        Ok(Self { service, shared, memory_bytes })
    }

    /// A new instance in a store of its own, which yields to other work as it computes.
    ///
    /// # Errors
    /// Where the pool is exhausted ([`wasmtime::PoolConcurrencyLimitError`]), memory is short, or the guest traps as it starts.
    pub async fn instantiate(&self) -> wasmtime::Result<(Store<Ctx>, Proxy)> {
        let ctx = Ctx::new(Arc::clone(&self.shared), MemoryLimit::new(self.memory_bytes));
        let mut store = Store::new(self.engine(), ctx);
        store.limiter(|ctx| ctx.memory_limit());
        store.set_hostcall_fuel(CALL_BYTES);
        store.set_epoch_deadline(1);
        store.epoch_deadline_async_yield_and_update(1);
        let service = self.service.instantiate_async(&mut store).await?;
        Ok((store, Proxy::P3(service)))
    }

    /// What its instances share.
    #[must_use]
    pub fn shared(&self) -> &Shared {
        &self.shared
    }

    fn engine(&self) -> &Engine {
        self.service.engine()
    }
}

fn leaves_open(component: &Component, interface: &str) -> bool {
    let world = component.component_type();
    world.imports(component.engine()).any(|(name, _)| name.starts_with(interface))
}
