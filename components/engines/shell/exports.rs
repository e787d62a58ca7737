//! `gusset:retrieve` over the engine of the shell that compiles this file against its own bindings: WIT to the core and back, nothing decided.

use crate::Component;
use crate::bindings::exports::gusset::retrieve::{collections, retrieve};
use crate::engine::engine;
use crate::models::Models;
use collections::{ChunkOptions, Collection, Document, DocumentInfo, Error};
use gusset_retrieve::engine::Hosted;
use retrieve::{Claim, Found, Query};
use wit_bindgen::yield_async;

/// Collections in the engine. Whatever waits, other requests of the instance go on.
fn core() -> Result<Hosted<'static>, gusset_retrieve::Error> {
    let engine = engine().map_err(gusset_retrieve::Error::Engine)?;
    let hosted = Hosted::new(engine, &Models, &Models).with_reranker(&Models, &Models);
    Ok(hosted.with_pauses(|| Box::pin(yield_async())))
}

impl collections::Guest for Component {
    async fn create_collection(
        tenant: String,
        name: String,
        chunking: ChunkOptions,
        created_at: u64,
        metadata: Vec<(String, String)>,
    ) -> Result<Collection, Error> {
        let made = core()?.create_collection(&tenant, &name, &chunking.into(), created_at, metadata).await;
        Ok(made?.into())
    }

    async fn get_collection(tenant: String, name: String) -> Result<Option<Collection>, Error> {
        Ok(core()?.get_collection(&tenant, &name).await?.map(Collection::from))
    }

    async fn list_collections(tenant: String) -> Result<Vec<Collection>, Error> {
        Ok(core()?.list_collections(&tenant).await?.into_iter().map(Collection::from).collect())
    }

    async fn delete_collection(tenant: String, name: String) -> Result<bool, Error> {
        Ok(core()?.delete_collection(&tenant, &name).await?)
    }

    async fn put_document(
        tenant: String,
        collection: String,
        document: Document,
    ) -> Result<DocumentInfo, Error> {
        Ok(core()?.put_document(&tenant, &collection, document.into()).await?.into())
    }

    async fn get_document(
        tenant: String,
        collection: String,
        id: String,
    ) -> Result<Option<DocumentInfo>, Error> {
        Ok(core()?.get_document(&tenant, &collection, &id).await?.map(DocumentInfo::from))
    }

    async fn list_documents(tenant: String, collection: String) -> Result<Vec<DocumentInfo>, Error> {
        let all = core()?.list_documents(&tenant, &collection).await?;
        Ok(all.into_iter().map(DocumentInfo::from).collect())
    }

    async fn walk_documents(
        tenant: String,
        collection: String,
        after: Option<String>,
        limit: u32,
    ) -> Result<Vec<DocumentInfo>, Error> {
        let step = core()?.walk_documents(&tenant, &collection, after.as_deref(), limit).await?;
        Ok(step.into_iter().map(DocumentInfo::from).collect())
    }

    async fn remove_document(tenant: String, collection: String, id: String) -> Result<bool, Error> {
        Ok(core()?.remove_document(&tenant, &collection, &id).await?)
    }
}

impl retrieve::Guest for Component {
    async fn search(tenant: String, collection: String, query: Query) -> Result<Found, Error> {
        Ok(core()?.search(&tenant, &collection, &query.into()).await?.into())
    }

    async fn support(claims: Vec<Claim>) -> Result<Vec<f32>, Error> {
        Ok(core()?.support(claims.into_iter().map(gusset_retrieve::Claim::from).collect()).await?)
    }
}
