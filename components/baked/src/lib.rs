//! The `baked` component: collections that lie in its own memory, and the models that search them, over one copy of the weights.
//!
//! What is built is empty: `gusset bake` puts documents into it, or into an application that is composed with it. `table` finds them, `ports` implements the
//! core's traits over the models in the same memory. Its other exports are those of the shells that it links. Nothing is decided here.

extern crate gusset_embed_component as _;

mod bindings {
    wit_bindgen::generate!({
        path: "../../wit",
        world: "baked-collections",
        with: { "gusset:types/passages@0.1.0": gusset_bindings::passages },
        generate_all,
    });
}

// The same records and errors between the same WIT and the same core: written once, compiled against either shell's own bindings.
#[path = "../../retrieve/src/convert.rs"]
mod convert;
mod ports;
mod table;

use bindings::exports::gusset::retrieve::{collections, retrieve};
use collections::{ChunkOptions, Collection, Document, DocumentInfo, Error};
use gusset_retrieve::Support;
use ports::Local;
use retrieve::{Claim, Found, Query};
use wit_bindgen::yield_async;

struct Component;

/// What every change is told.
fn read_only<T>() -> Result<T, Error> {
    Err(Error::InvalidRequest(gusset_baked::READ_ONLY.to_owned()))
}

impl collections::Guest for Component {
    async fn create_collection(
        _: String,
        _: String,
        _: ChunkOptions,
        _: u64,
        _: Vec<(String, String)>,
    ) -> Result<Collection, Error> {
        read_only()
    }

    async fn get_collection(tenant: String, name: String) -> Result<Option<Collection>, Error> {
        let found = Local::open()?.core().get_collection(&tenant, &name)?;
        Ok(found.map(Collection::from))
    }

    async fn list_collections(tenant: String) -> Result<Vec<Collection>, Error> {
        let all = Local::open()?.core().list_collections(&tenant)?;
        Ok(all.into_iter().map(Collection::from).collect())
    }

    async fn delete_collection(_: String, _: String) -> Result<bool, Error> {
        read_only()
    }

    async fn put_document(_: String, _: String, _: Document) -> Result<DocumentInfo, Error> {
        read_only()
    }

    async fn get_document(
        tenant: String,
        collection: String,
        id: String,
    ) -> Result<Option<DocumentInfo>, Error> {
        let found = Local::open()?.core().get_document(&tenant, &collection, &id)?;
        Ok(found.map(DocumentInfo::from))
    }

    async fn list_documents(tenant: String, collection: String) -> Result<Vec<DocumentInfo>, Error> {
        let all = Local::open()?.core().list_documents(&tenant, &collection)?;
        Ok(all.into_iter().map(DocumentInfo::from).collect())
    }

    async fn walk_documents(
        tenant: String,
        collection: String,
        after: Option<String>,
        limit: u32,
    ) -> Result<Vec<DocumentInfo>, Error> {
        let step = Local::open()?.core().walk_documents(&tenant, &collection, after.as_deref(), limit)?;
        Ok(step.into_iter().map(DocumentInfo::from).collect())
    }

    async fn remove_document(_: String, _: String, _: String) -> Result<bool, Error> {
        read_only()
    }
}

impl retrieve::Guest for Component {
    async fn search(tenant: String, collection: String, query: Query) -> Result<Found, Error> {
        let local = Local::open()?;
        let mut search = local.core().search(&tenant, &collection, &query.into())?;
        loop {
            if let Some(found) = search.step()? {
                return Ok(found.into());
            }
            yield_async().await;
        }
    }

    async fn support(claims: Vec<Claim>) -> Result<Vec<f32>, Error> {
        let local = Local::open()?;
        let claims = claims.into_iter().map(gusset_retrieve::Claim::from).collect();
        let mut support = Support::new(&local, claims)?;
        loop {
            if let Some(judged) = support.step()? {
                return Ok(judged);
            }
            yield_async().await;
        }
    }
}

bindings::export!(Component with_types_in bindings);
