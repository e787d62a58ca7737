//! A host for one of the components: WASI, a model by words, HTTP, and `spin:postgres`.

use std::collections::BTreeMap;
use std::time::Duration;

use gusset_chunk::{Chunk, Format, Options};
use gusset_retrieve::{Chunker as _, Document, Embedder as _, Purpose};
use gusset_tests::artefacts;
use http_body_util::{BodyExt as _, Full};
use wasmtime::component::{Accessor, Component, HasData, Linker, Resource, ResourceTable};
use wasmtime::{Config, Engine, Store};
use wasmtime_wasi::{WasiCtx, WasiCtxView, WasiView};
use wasmtime_wasi_http::{
    Error as HttpError, RequestOptions, WasiBody, WasiHttpCtx, WasiHttpCtxView, WasiHttpHooks, WasiHttpView,
};

use crate::common::{DIMENSION, Words};

mod generated {
    wasmtime::component::bindgen!({
        path: "../wit",
        inline: "
            package gusset:edge;
            world edge {
                import gusset:embed/embed@0.1.0;
                import gusset:rerank/rerank@0.1.0;
                import gusset:types/passages@0.1.0;
                import gusset:chunk/chunk@0.1.0;
                import wasi:config/store@0.2.0-draft-2024-09-27;
                import spin:postgres/postgres@4.2.0;
                export gusset:retrieve/collections@0.1.0;
                export gusset:retrieve/retrieve@0.1.0;
            }
        ",
        world: "gusset:edge/edge",
        imports: { default: trappable },
        with: {
            "spin:postgres/postgres.connection": crate::database::Connection,
            "spin:postgres/postgres.connection-builder": crate::database::Builder,
            "gusset:rerank/rerank.session": super::Session,
        },
    });
}

use generated::exports::gusset::retrieve::collections as exported;
pub(crate) use generated::exports::gusset::retrieve::collections as wit;
pub(crate) use generated::exports::gusset::retrieve::retrieve as search;
pub(crate) use generated::gusset::chunk::chunk;
use generated::gusset::embed::embed;
use generated::gusset::rerank::rerank;
pub(crate) use generated::gusset::types::passages;
pub(crate) use generated::spin::postgres::postgres;
use generated::wasi::config::store as config;

const TEN_SECONDS: Duration = Duration::from_secs(10);

/// Of a reranker, which nobody asks here.
pub struct Session;

/// What the one instance has.
pub(crate) struct State {
    pub(crate) table: ResourceTable,
    wasi: WasiCtx,
    http: WasiHttpCtx,
    hooks: Hooks,
    config: BTreeMap<String, String>,
    model: Words,
}

/// Where interfaces find their data.
pub(crate) struct Host;

impl HasData for Host {
    type Data<'a> = &'a mut State;
}

/// An instance of a component.
pub(crate) struct Edge {
    store: Store<State>,
    instance: generated::Edge,
}

/// Calls of it.
pub(crate) struct Calls<'a> {
    accessor: &'a Accessor<State>,
    instance: &'a generated::Edge,
}

impl Edge {
    pub(crate) async fn open(
        name: &str,
        settings: &[(&str, &str)],
        fingerprint: &'static str,
    ) -> anyhow::Result<Self> {
        let mut config = Config::new();
        config.wasm_component_model_async(true);
        let engine = Engine::new(&config)?;
        let component = Component::from_file(&engine, artefacts::component(name)?)?;
        let mut linker = Linker::new(&engine);
        wasmtime_wasi::p2::add_to_linker_async(&mut linker)?;
        wasmtime_wasi::p3::add_to_linker(&mut linker)?;
        wasmtime_wasi_http::p3::add_to_linker(&mut linker)?;
        generated::Edge::add_to_linker::<_, Host>(&mut linker, |state| state)?;
        let state = State {
            table: ResourceTable::new(),
            wasi: WasiCtx::builder().inherit_stderr().build(),
            http: WasiHttpCtx::default(),
            hooks: Hooks(gusset_engines_native::http::client(TEN_SECONDS, TEN_SECONDS)),
            config: settings.iter().map(|&(name, value)| (name.to_owned(), value.to_owned())).collect(),
            model: Words { fingerprint },
        };
        let mut store = Store::new(&engine, state);
        let instance = generated::Edge::instantiate_async(&mut store, &component, &linker).await?;
        Ok(Self { store, instance })
    }

    pub(crate) async fn call<T>(
        &mut self,
        call: impl AsyncFnOnce(Calls<'_>) -> wasmtime::Result<T>,
    ) -> anyhow::Result<T> {
        let Self { store, instance } = self;
        let instance = &*instance;
        Ok(store.run_concurrent(async |accessor| call(Calls { accessor, instance }).await).await??)
    }

    pub(crate) async fn create(
        &mut self,
        name: &str,
    ) -> anyhow::Result<Result<exported::Collection, exported::Error>> {
        self.call(async |calls| calls.create("acme", name).await).await
    }

    pub(crate) async fn put(
        &mut self,
        name: &str,
        document: Document,
    ) -> anyhow::Result<Result<exported::DocumentInfo, exported::Error>> {
        self.call(async |calls| calls.put("acme", name, document).await).await
    }
}

type Answer<T> = wasmtime::Result<Result<T, exported::Error>>;

impl Calls<'_> {
    fn collections(&self) -> &exported::Guest {
        self.instance.gusset_retrieve_collections()
    }

    pub(crate) async fn create(&self, tenant: &str, name: &str) -> Answer<exported::Collection> {
        let (tenant, name) = (tenant.to_owned(), name.to_owned());
        self.collections()
            .call_create_collection(self.accessor, tenant, name, crate::chunking(), 7, Vec::new())
            .await
    }

    pub(crate) async fn get(&self, tenant: &str, name: &str) -> Answer<Option<exported::Collection>> {
        self.collections().call_get_collection(self.accessor, tenant.to_owned(), name.to_owned()).await
    }

    pub(crate) async fn list(&self, tenant: &str) -> Answer<Vec<exported::Collection>> {
        self.collections().call_list_collections(self.accessor, tenant.to_owned()).await
    }

    pub(crate) async fn put(
        &self,
        tenant: &str,
        name: &str,
        document: Document,
    ) -> Answer<exported::DocumentInfo> {
        let Document { id, title, content, added_at, metadata, .. } = document;
        let format = chunk::Format::Markdown;
        let document = exported::Document { id, title, format, content, added_at, metadata };
        self.collections()
            .call_put_document(self.accessor, tenant.to_owned(), name.to_owned(), document)
            .await
    }

    pub(crate) async fn documents(&self, tenant: &str, name: &str) -> Answer<Vec<exported::DocumentInfo>> {
        self.collections().call_list_documents(self.accessor, tenant.to_owned(), name.to_owned()).await
    }

    pub(crate) async fn remove(&self, tenant: &str, name: &str, id: &str) -> Answer<bool> {
        let (tenant, name) = (tenant.to_owned(), name.to_owned());
        self.collections().call_remove_document(self.accessor, tenant, name, id.to_owned()).await
    }

    pub(crate) async fn search(
        &self,
        tenant: &str,
        name: &str,
        query: search::Query,
    ) -> wasmtime::Result<Result<search::Found, search::Error>> {
        let retrieve = self.instance.gusset_retrieve_retrieve();
        retrieve.call_search(self.accessor, tenant.to_owned(), name.to_owned(), query).await
    }
}

impl WasiView for State {
    fn ctx(&mut self) -> WasiCtxView<'_> {
        WasiCtxView { ctx: &mut self.wasi, table: &mut self.table }
    }
}

impl WasiHttpView for State {
    fn http(&mut self) -> WasiHttpCtxView<'_> {
        WasiHttpCtxView { ctx: &mut self.http, table: &mut self.table, hooks: &mut self.hooks }
    }
}

/// Sends what it is asked to.
struct Hooks(gusset_engines_native::http::Client);

type Io = Box<dyn Future<Output = Result<(), HttpError>> + Send>;
type Sent = Result<(http::Response<WasiBody>, Io), HttpError>;

impl WasiHttpHooks for Hooks {
    fn send_request(
        &mut self,
        request: http::Request<WasiBody>,
        _: Option<RequestOptions>,
        _: Io,
    ) -> Box<dyn Future<Output = Sent> + Send> {
        let client = self.0.clone();
        Box::new(async move {
            let (head, body) = request.into_parts();
            let body = body.collect().await?.to_bytes();
            let request = http::Request::from_parts(head, Full::new(body));
            let response = client
                .request(request)
                .await
                .map_err(|error| HttpError::InternalError(Some(format!("{error:?}"))))?;
            let (head, body) = response.into_parts();
            let body = body.collect().await.map_err(HttpError::Hyper)?.to_bytes();
            let body = Full::new(body).map_err(|never| match never {}).boxed_unsync();
            Ok((http::Response::from_parts(head, body), Box::new(async { Ok(()) }) as Io))
        })
    }
}

impl config::Host for State {
    fn get(&mut self, key: String) -> wasmtime::Result<Result<Option<String>, config::Error>> {
        Ok(Ok(self.config.get(&key).cloned()))
    }

    fn get_all(&mut self) -> wasmtime::Result<Result<Vec<(String, String)>, config::Error>> {
        Ok(Ok(self.config.clone().into_iter().collect()))
    }
}

impl passages::Host for State {}

impl embed::Host for State {
    fn model_info(&mut self) -> wasmtime::Result<embed::Model> {
        let gusset_retrieve::Model { id, fingerprint, dimension, max_tokens } = self.model.model();
        Ok(embed::Model { id, fingerprint, dimension, max_tokens })
    }

    fn embed(
        &mut self,
        texts: Vec<String>,
        _: embed::Purpose,
    ) -> wasmtime::Result<Result<embed::Embeddings, embed::Error>> {
        let values = self.model.embed(&texts, Purpose::Passage).map_err(wasmtime::Error::msg)?;
        let (tokens, truncated) = (vec![1; texts.len()], vec![false; texts.len()]);
        Ok(Ok(embed::Embeddings { dimension: DIMENSION as u32, values, tokens, truncated }))
    }
}

impl chunk::Host for State {
    fn split(
        &mut self,
        document: String,
        _: chunk::Format,
        options: chunk::Options,
    ) -> wasmtime::Result<Result<Vec<chunk::Chunk>, chunk::Error>> {
        let chunk::Options { max_tokens, overlap_tokens, parent_tokens, context, .. } = options;
        let strategy = gusset_chunk::Strategy::Structural;
        let options = Options { strategy, max_tokens, overlap_tokens, parent_tokens, context };
        let chunks = self.model.split(&document, Format::Markdown, &options).map_err(wasmtime::Error::msg)?;
        let convert = |found: Chunk| {
            let Chunk { start, end, tokens, headings, text, parent, context } = found;
            chunk::Chunk { start, end, tokens, headings, text, parent, context }
        };
        Ok(Ok(chunks.into_iter().map(convert).collect()))
    }
}

fn nobody<T>() -> wasmtime::Result<T> {
    Err(wasmtime::format_err!("nobody reranks here"))
}

impl rerank::HostSession for State {
    fn step(&mut self, _: Resource<Session>) -> wasmtime::Result<Result<bool, rerank::Error>> {
        nobody()
    }

    fn scores(&mut self, _: Resource<Session>) -> wasmtime::Result<Vec<rerank::Score>> {
        nobody()
    }

    fn drop(&mut self, _: Resource<Session>) -> wasmtime::Result<()> {
        nobody()
    }
}

impl rerank::Host for State {
    fn model_info(&mut self) -> wasmtime::Result<rerank::Model> {
        nobody()
    }

    fn begin(
        &mut self,
        _: String,
        _: Vec<String>,
        _: rerank::Options,
    ) -> wasmtime::Result<Result<Resource<Session>, rerank::Error>> {
        nobody()
    }

    fn rank(
        &mut self,
        _: String,
        _: Vec<String>,
        _: rerank::Options,
    ) -> wasmtime::Result<Result<Vec<rerank::Score>, rerank::Error>> {
        nobody()
    }
}
