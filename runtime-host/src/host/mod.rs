//! What an instance of the application is given: one module an interface, and the context they share.
//!
//! An instance has no file system, no environment, no sockets and no outbound HTTP: a prompt leaves through `generate` or not
//! at all.

pub mod config;
mod embed;
pub mod generate;
pub mod http;
pub mod keyvalue;
pub mod rerank;
mod retrieve;

use crate::bindings;
use crate::embedding::NativeEmbedder;
use crate::engine::MemoryLimit;
use crate::offload::Offload;
use crate::reranking::NativeReranker;
use crate::retrieval::Retrieval;
use crate::state;
use std::collections::BTreeMap;
use std::sync::Arc;
use wasmtime::Engine;
use wasmtime::component::{HasData, Linker, ResourceTable};
use wasmtime_wasi::{WasiCtx, WasiCtxView, WasiView};

/// What all instances share.
pub struct Shared {
    /// The application's state.
    pub state: Arc<dyn state::Store>,
    /// Its `wasi:config` values.
    pub config: BTreeMap<String, String>,
    /// The generation servers.
    pub offload: Offload,
    /// The embedding model, where the application leaves it to the host.
    pub embedder: Option<NativeEmbedder>,
    /// The reranker, in the same case.
    pub reranker: Option<NativeReranker>,
    /// Collections, where the application leaves them to the host.
    pub retrieval: Option<Retrieval>,
}

/// What one instance has.
pub struct Ctx {
    shared: Arc<Shared>,
    table: ResourceTable,
    wasi: WasiCtx,
    http: http::Http,
    memory: MemoryLimit,
}

/// Where the interfaces of this module find their data.
pub(crate) struct Host;

impl HasData for Host {
    type Data<'a> = &'a mut Ctx;
}

/// Which holes of the application are the host's to fill.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fills {
    /// `gusset:embed` and `gusset:rerank`.
    pub models: bool,
    /// `gusset:retrieve`.
    pub retrieval: bool,
}

/// A linker with all that the application may import; what may be a part of it only where it is to be the host's.
///
/// # Errors
/// Only if two interfaces share a name.
pub fn linker(engine: &Engine, fills: Fills) -> wasmtime::Result<Linker<Ctx>> {
    let mut linker = Linker::new(engine);
    wasmtime_wasi::p2::add_to_linker_async(&mut linker)?;
    wasmtime_wasi::p3::add_to_linker(&mut linker)?;
    wasmtime_wasi_http::p3::add_to_linker(&mut linker)?;
    bindings::chat::add_to_linker::<_, Host>(&mut linker, |ctx| ctx)?;
    bindings::tracing::add_to_linker::<_, Host>(&mut linker, |ctx| ctx)?;
    bindings::generate::add_to_linker::<_, Host>(&mut linker, |ctx| ctx)?;
    bindings::config::add_to_linker::<_, Host>(&mut linker, |ctx| ctx)?;
    bindings::keyvalue::store::add_to_linker::<_, Host>(&mut linker, |ctx| ctx)?;
    bindings::keyvalue::atomics::add_to_linker::<_, Host>(&mut linker, |ctx| ctx)?;
    bindings::keyvalue::batch::add_to_linker::<_, Host>(&mut linker, |ctx| ctx)?;
    if fills.retrieval {
        bindings::passages::add_to_linker::<_, Host>(&mut linker, |ctx| ctx)?;
        bindings::chunk::add_to_linker::<_, Host>(&mut linker, |ctx| ctx)?;
        bindings::collections::add_to_linker::<_, Host>(&mut linker, |ctx| ctx)?;
        bindings::retrieve::add_to_linker::<_, Host>(&mut linker, |ctx| ctx)?;
    }
    if fills.models {
        bindings::embed::add_to_linker::<_, Host>(&mut linker, |ctx| ctx)?;
        bindings::tokenize::add_to_linker::<_, Host>(&mut linker, |ctx| ctx)?;
        bindings::rerank::add_to_linker::<_, Host>(&mut linker, |ctx| ctx)?;
    }
    Ok(linker)
}

// === impl Ctx ===

impl Ctx {
    /// A context for a new instance. What it prints goes to this process's standard error: a panic's message, for one.
    #[must_use]
    pub fn new(shared: Arc<Shared>, memory: MemoryLimit) -> Self {
        let wasi = WasiCtx::builder().inherit_stderr().build();
        Self { shared, table: ResourceTable::new(), wasi, http: http::Http::default(), memory }
    }

    /// For [`wasmtime::Store::limiter`].
    pub fn memory_limit(&mut self) -> &mut MemoryLimit {
        &mut self.memory
    }
}

impl WasiView for Ctx {
    fn ctx(&mut self) -> WasiCtxView<'_> {
        WasiCtxView { ctx: &mut self.wasi, table: &mut self.table }
    }
}
