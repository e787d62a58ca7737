//! `gusset:retrieve` over [`crate::retrieval`]: WIT to the core and back, nothing decided.
//!
//! Only for an application that leaves retrieval open; the linker has these interfaces where the configuration says so.

use super::{Ctx, Host};
use crate::bindings::collections::{self, ChunkOptions, Collection, Document, DocumentInfo, Error};
use crate::bindings::retrieve::{self, Claim, Found, Query};
use crate::bindings::{chunk, passages};
use crate::retrieval::Retrieval;
use gusset_retrieve as core;
use gusset_retrieve::engine::Hosted;
use gusset_types as types;
use wasmtime::component::Accessor;

type Outcome<T> = wasmtime::Result<Result<T, Error>>;

/// Calls the core with what all instances share.
async fn call<T, V: Send + 'static>(
    accessor: &Accessor<T, Host>,
    work: impl AsyncFnOnce(Hosted<'_>) -> Result<V, core::Error> + Send + 'static,
) -> Outcome<V> {
    let retrieval: Option<Retrieval> = accessor.with(|mut access| access.get().shared.retrieval.clone());
    let retrieval = retrieval.ok_or_else(|| wasmtime::format_err!("linked without an engine"))?;
    Ok(retrieval.run(work).await?.map_err(Error::from))
}

impl<T> collections::HostWithStore<T> for Host {
    async fn create_collection(
        accessor: &Accessor<T, Self>,
        tenant: String,
        name: String,
        chunking: ChunkOptions,
        created_at: u64,
        metadata: Vec<(String, String)>,
    ) -> Outcome<Collection> {
        let work = async move |core: Hosted<'_>| {
            core.create_collection(&tenant, &name, &chunking.into(), created_at, metadata).await
        };
        Ok(call(accessor, work).await?.map(Collection::from))
    }

    async fn get_collection(
        accessor: &Accessor<T, Self>,
        tenant: String,
        name: String,
    ) -> Outcome<Option<Collection>> {
        let found =
            call(accessor, async move |core: Hosted<'_>| core.get_collection(&tenant, &name).await).await?;
        Ok(found.map(|found| found.map(Collection::from)))
    }

    async fn list_collections(accessor: &Accessor<T, Self>, tenant: String) -> Outcome<Vec<Collection>> {
        let all = call(accessor, async move |core: Hosted<'_>| core.list_collections(&tenant).await).await?;
        Ok(all.map(|all| all.into_iter().map(Collection::from).collect()))
    }

    async fn delete_collection(accessor: &Accessor<T, Self>, tenant: String, name: String) -> Outcome<bool> {
        call(accessor, async move |core: Hosted<'_>| core.delete_collection(&tenant, &name).await).await
    }

    async fn put_document(
        accessor: &Accessor<T, Self>,
        tenant: String,
        collection: String,
        document: Document,
    ) -> Outcome<DocumentInfo> {
        let work =
            async move |core: Hosted<'_>| core.put_document(&tenant, &collection, document.into()).await;
        Ok(call(accessor, work).await?.map(DocumentInfo::from))
    }

    async fn get_document(
        accessor: &Accessor<T, Self>,
        tenant: String,
        collection: String,
        id: String,
    ) -> Outcome<Option<DocumentInfo>> {
        let found =
            call(accessor, async move |core: Hosted<'_>| core.get_document(&tenant, &collection, &id).await)
                .await?;
        Ok(found.map(|found| found.map(DocumentInfo::from)))
    }

    async fn list_documents(
        accessor: &Accessor<T, Self>,
        tenant: String,
        collection: String,
    ) -> Outcome<Vec<DocumentInfo>> {
        let all =
            call(accessor, async move |core: Hosted<'_>| core.list_documents(&tenant, &collection).await)
                .await?;
        Ok(all.map(|all| all.into_iter().map(DocumentInfo::from).collect()))
    }

    async fn walk_documents(
        accessor: &Accessor<T, Self>,
        tenant: String,
        collection: String,
        after: Option<String>,
        limit: u32,
    ) -> Outcome<Vec<DocumentInfo>> {
        let work = async move |core: Hosted<'_>| {
            core.walk_documents(&tenant, &collection, after.as_deref(), limit).await
        };
        let step = call(accessor, work).await?;
        Ok(step.map(|step| step.into_iter().map(DocumentInfo::from).collect()))
    }

    async fn remove_document(
        accessor: &Accessor<T, Self>,
        tenant: String,
        collection: String,
        id: String,
    ) -> Outcome<bool> {
        call(accessor, async move |core: Hosted<'_>| core.remove_document(&tenant, &collection, &id).await)
            .await
    }
}

impl<T> retrieve::HostWithStore<T> for Host {
    async fn search(
        accessor: &Accessor<T, Self>,
        tenant: String,
        collection: String,
        query: Query,
    ) -> Outcome<Found> {
        let work = async move |core: Hosted<'_>| core.search(&tenant, &collection, &query.into()).await;
        Ok(call(accessor, work).await?.map(Found::from))
    }

    async fn support(accessor: &Accessor<T, Self>, claims: Vec<Claim>) -> Outcome<Vec<f32>> {
        let claims = claims.into_iter().map(core::Claim::from).collect();
        call(accessor, async move |core: Hosted<'_>| core.support(claims).await).await
    }
}

impl collections::Host for Ctx {}

impl retrieve::Host for Ctx {}

impl passages::Host for Ctx {}

/// Its types alone are imported where retrieval is the host's; documents are split in here then.
impl chunk::Host for Ctx {
    fn split(
        &mut self,
        _document: String,
        _format: chunk::Format,
        _options: chunk::Options,
    ) -> wasmtime::Result<Result<Vec<chunk::Chunk>, chunk::Error>> {
        Err(wasmtime::format_err!("nothing in the application splits documents"))
    }
}

// === conversions ===

impl From<chunk::Format> for gusset_chunk::Format {
    fn from(format: chunk::Format) -> Self {
        match format {
            chunk::Format::Plain => Self::Plain,
            chunk::Format::Markdown => Self::Markdown,
            chunk::Format::Html => Self::Html,
            chunk::Format::Code => Self::Code,
            chunk::Format::Csv => Self::Csv,
            chunk::Format::Json => Self::Json,
        }
    }
}

impl From<chunk::Options> for gusset_chunk::Options {
    fn from(options: chunk::Options) -> Self {
        let chunk::Options { strategy, max_tokens, overlap_tokens, parent_tokens, context } = options;
        let strategy = match strategy {
            chunk::Strategy::Recursive => gusset_chunk::Strategy::Recursive,
            chunk::Strategy::Structural => gusset_chunk::Strategy::Structural,
            chunk::Strategy::Fixed => gusset_chunk::Strategy::Fixed,
            chunk::Strategy::Semantic => gusset_chunk::Strategy::Semantic,
        };
        Self { strategy, max_tokens, overlap_tokens, parent_tokens, context }
    }
}

impl From<gusset_chunk::Options> for chunk::Options {
    fn from(options: gusset_chunk::Options) -> Self {
        let gusset_chunk::Options { strategy, max_tokens, overlap_tokens, parent_tokens, context } = options;
        let strategy = match strategy {
            gusset_chunk::Strategy::Recursive => chunk::Strategy::Recursive,
            gusset_chunk::Strategy::Structural => chunk::Strategy::Structural,
            gusset_chunk::Strategy::Fixed => chunk::Strategy::Fixed,
            gusset_chunk::Strategy::Semantic => chunk::Strategy::Semantic,
        };
        Self { strategy, max_tokens, overlap_tokens, parent_tokens, context }
    }
}

impl From<core::Collection> for Collection {
    fn from(found: core::Collection) -> Self {
        Self {
            name: found.name,
            model_fingerprint: found.model_fingerprint,
            model_id: found.model_id,
            created_at: found.created_at,
            chunking: found.chunking.into(),
            documents: found.documents,
            passages: found.passages,
            bytes: found.bytes,
            metadata: found.metadata,
        }
    }
}

impl From<Document> for core::Document {
    fn from(document: Document) -> Self {
        let Document { id, title, format, content, added_at, metadata } = document;
        Self { id, title, format: format.into(), content, added_at, metadata }
    }
}

impl From<core::DocumentInfo> for DocumentInfo {
    fn from(info: core::DocumentInfo) -> Self {
        let core::DocumentInfo { id, title, passages, tokens, bytes, added_at, metadata } = info;
        Self { id, title, passages, tokens, bytes, added_at, metadata }
    }
}

impl From<core::Error> for Error {
    fn from(error: core::Error) -> Self {
        match error {
            core::Error::UnknownCollection(name) => Self::UnknownCollection(name),
            core::Error::CollectionExists(name) => Self::CollectionExists(name),
            core::Error::InvalidRequest(message) => Self::InvalidRequest(message),
            core::Error::Engine(message) => Self::Store(message),
            error @ core::Error::Conflict(_) => Self::Conflict(error.to_string()),
            core::Error::ModelMismatch(mismatch) => Self::ModelMismatch(collections::ModelMismatch {
                index_fingerprint: mismatch.index_fingerprint,
                index_model: mismatch.index_model,
                query_fingerprint: mismatch.query_fingerprint,
                query_model: mismatch.query_model,
            }),
            other => Self::Other(other.to_string()),
        }
    }
}

impl From<Query> for core::Query {
    fn from(query: Query) -> Self {
        Self {
            text: query.text,
            limit: query.limit,
            mode: match query.mode {
                retrieve::Mode::Hybrid => core::Mode::Hybrid,
                retrieve::Mode::Dense => core::Mode::Dense,
                retrieve::Mode::Lexical => core::Mode::Lexical,
            },
            filter: query.filter.into_iter().map(types::Condition::from).collect(),
            rerank: match query.reranking {
                retrieve::Reranking::Automatic => Some(core::Rerank::default()),
                retrieve::Reranking::Off => None,
                retrieve::Reranking::WithinMs(deadline) => Some(core::Rerank { deadline_ms: Some(deadline) }),
            },
            floor: query.floor.unwrap_or(Self::FLOOR),
            diversity: query.diversity,
            budget_tokens: query.budget_tokens,
        }
    }
}

impl From<retrieve::Condition> for types::Condition {
    fn from(condition: retrieve::Condition) -> Self {
        let test = match condition.test {
            retrieve::Test::AnyOf(values) => types::Test::AnyOf(values),
            retrieve::Test::Between((low, high)) => types::Test::Between(low, high),
        };
        Self { key: condition.key, test }
    }
}

impl From<Claim> for core::Claim {
    fn from(claim: Claim) -> Self {
        let Claim { statement, texts } = claim;
        Self { statement, texts }
    }
}

impl From<core::Found> for Found {
    fn from(found: core::Found) -> Self {
        let core::Note { candidates, reranked, confidence, below_floor, degraded } = found.note;
        let degraded = degraded.map(|degraded| match degraded {
            core::Degraded::Deadline { .. } => retrieve::Degraded::Deadline,
            other => retrieve::Degraded::Reranker(other.to_string()),
        });
        Self {
            hits: found.hits.into_iter().map(retrieve::Hit::from).collect(),
            note: retrieve::Note { candidates, reranked, confidence, below_floor, degraded },
        }
    }
}

impl From<core::Hit> for retrieve::Hit {
    fn from(hit: core::Hit) -> Self {
        let core::Hit { passage, cosine, lexical, rerank, probability } = hit;
        let types::Passage { document, title, start, end, text, headings, score, tokens, metadata } = passage;
        let passage =
            passages::Passage { document, title, start, end, text, headings, score, tokens, metadata };
        Self { passage, cosine, lexical, rerank, probability }
    }
}
