//! The `retrieve` component: WIT to the retrieval core and back.
//!
//! `ports` and `models` implement the core's traits over the imports, `convert` renames. Long work is done in the core's steps; between two of
//! them the component yields, so that other requests of the same instance go on. Nothing is decided here.

mod bindings {
    wit_bindgen::generate!({
        path: "../../wit",
        world: "retrieve",
        with: { "gusset:types/passages@0.1.0": gusset_bindings::passages },
        generate_all,
    });
}

mod convert;
mod models;
mod ports;

use bindings::exports::gusset::retrieve::{collections, retrieve};
use collections::{ChunkOptions, Collection, Document, DocumentInfo, Error};
use gusset_retrieve::Support;
use models::Models;
use ports::{Imports, with_core};
use retrieve::{Claim, Found, Query};
use wit_bindgen::yield_async;

struct Component;

impl collections::Guest for Component {
    async fn create_collection(
        tenant: String,
        name: String,
        chunking: ChunkOptions,
        created_at: u64,
        metadata: Vec<(String, String)>,
    ) -> Result<Collection, Error> {
        with_core(|core| core.create_collection(&tenant, &name, &chunking.into(), created_at, metadata))
            .map(Collection::from)
    }

    async fn get_collection(tenant: String, name: String) -> Result<Option<Collection>, Error> {
        with_core(|core| core.get_collection(&tenant, &name)).map(|found| found.map(Collection::from))
    }

    async fn list_collections(tenant: String) -> Result<Vec<Collection>, Error> {
        with_core(|core| core.list_collections(&tenant))
            .map(|all| all.into_iter().map(Collection::from).collect())
    }

    async fn delete_collection(tenant: String, name: String) -> Result<bool, Error> {
        with_core(|core| core.delete_collection(&tenant, &name))
    }

    async fn put_document(
        tenant: String,
        collection: String,
        document: Document,
    ) -> Result<DocumentInfo, Error> {
        let imports = Imports::open()?;
        let mut put = imports.core().put_document(&tenant, &collection, document.into())?;
        loop {
            if let Some(info) = put.step()? {
                return Ok(info.into());
            }
            yield_async().await;
        }
    }

    async fn get_document(
        tenant: String,
        collection: String,
        id: String,
    ) -> Result<Option<DocumentInfo>, Error> {
        with_core(|core| core.get_document(&tenant, &collection, &id))
            .map(|found| found.map(DocumentInfo::from))
    }

    async fn list_documents(tenant: String, collection: String) -> Result<Vec<DocumentInfo>, Error> {
        with_core(|core| core.list_documents(&tenant, &collection))
            .map(|all| all.into_iter().map(DocumentInfo::from).collect())
    }

    async fn walk_documents(
        tenant: String,
        collection: String,
        after: Option<String>,
        limit: u32,
    ) -> Result<Vec<DocumentInfo>, Error> {
        with_core(|core| core.walk_documents(&tenant, &collection, after.as_deref(), limit))
            .map(|all| all.into_iter().map(DocumentInfo::from).collect())
    }

    async fn remove_document(tenant: String, collection: String, id: String) -> Result<bool, Error> {
        with_core(|core| core.remove_document(&tenant, &collection, &id))
    }
}

impl retrieve::Guest for Component {
    async fn search(tenant: String, collection: String, query: Query) -> Result<Found, Error> {
        let imports = Imports::open()?;
        let mut search = imports.core().search(&tenant, &collection, &query.into())?;
        loop {
            if let Some(found) = search.step()? {
                return Ok(found.into());
            }
            yield_async().await;
        }
    }

    async fn support(claims: Vec<Claim>) -> Result<Vec<f32>, Error> {
        let claims = claims.into_iter().map(gusset_retrieve::Claim::from).collect();
        let mut support = Support::new(&Models, claims)?;
        loop {
            if let Some(judged) = support.step()? {
                return Ok(judged);
            }
            yield_async().await;
        }
    }
}

bindings::export!(Component with_types_in bindings);
