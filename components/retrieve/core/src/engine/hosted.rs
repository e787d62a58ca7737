//! Collections in an existing engine, with everything that isn't the engine's from the key-value way.

use gusset_chunk::Options;

use super::{At, Engine, EngineError, Head, Held, Settings};
use crate::{
    Chunker, Claim, Clock, Collection, Document, DocumentInfo, Edit, Embedder, Error, Found, Query, Reranker,
    Retrieve, Store, StoreError, Support, documents, names,
};

/// Collections in an engine. Cheap to make; keeps nothing between calls.
#[derive(Clone, Copy)]
pub struct Hosted<'a> {
    engine: &'a dyn Engine,
    /// For what is the same everywhere.
    shared: Retrieve<'a>,
}

/// The key-value store of an engine's collections: there is none. What is the same everywhere doesn't ask it.
struct Nowhere;

impl<'a> Hosted<'a> {
    /// Collections in `engine`.
    #[must_use]
    pub fn new(engine: &'a dyn Engine, embedder: &'a dyn Embedder, chunker: &'a dyn Chunker) -> Self {
        Self { engine, shared: Retrieve::new(&Nowhere, embedder, chunker) }
    }

    /// The same with a reranker, and a clock to keep its deadlines.
    #[must_use]
    pub fn with_reranker(self, reranker: &'a dyn Reranker, clock: &'a dyn Clock) -> Self {
        Self { shared: self.shared.with_reranker(reranker, clock), ..self }
    }

    /// Whether texts support statements, judged by the reranker.
    ///
    /// # Errors
    /// There is no reranker; as [`Support::new`] and [`Support::step`].
    pub fn support(&self, claims: Vec<Claim>) -> Result<Vec<f32>, Error> {
        let (reranker, _) =
            self.shared.reranker.ok_or_else(|| Error::Reranking("there is no reranker".to_owned()))?;
        Support::new(reranker, claims)?.finish()
    }

    /// Makes an empty collection for the model that is running. Sections are not kept in an engine.
    ///
    /// # Errors
    /// The name is taken; name, metadata or chunking are not what they may be; the engine failed.
    pub fn create_collection(
        &self,
        tenant: &str,
        name: &str,
        chunking: &Options,
        created_at: u64,
        metadata: Vec<(String, String)>,
    ) -> Result<Collection, Error> {
        names::collection(tenant, name)?;
        names::metadata(&metadata)?;
        let model = self.shared.embedder.model();
        self.shared.check_chunking(chunking, model.max_tokens)?;
        names::check(chunking.parent_tokens == 0, || {
            "chunking.parent-tokens asks for sections, which collections in an engine don't have; leave it at 0".to_owned()
        })?;
        let settings = Settings {
            fingerprint: model.fingerprint,
            model: model.id,
            dimension: model.dimension,
            chunking: chunking.into(),
            created_at,
            metadata,
        };
        match self.engine.create(tenant, name, &settings).map_err(|error| error.within(name))? {
            true => {
                Ok(describe(name, Held { incarnation: 0, settings, documents: 0, passages: 0, bytes: 0 }))
            }
            false => Err(Error::CollectionExists(name.to_owned())),
        }
    }

    /// A collection; `None` where there is none of that name.
    ///
    /// # Errors
    /// The name can't be one; the engine failed.
    pub fn get_collection(&self, tenant: &str, name: &str) -> Result<Option<Collection>, Error> {
        names::collection(tenant, name)?;
        let held = self.engine.find(tenant, name).map_err(|error| error.within(name))?;
        Ok(held.map(|held| describe(name, held)))
    }

    /// All collections of a tenant, ascending by name.
    ///
    /// # Errors
    /// The tenant can't be one; the engine failed.
    pub fn list_collections(&self, tenant: &str) -> Result<Vec<Collection>, Error> {
        names::tenant(tenant)?;
        let all = self.engine.list(tenant).map_err(|error| error.within(""))?;
        Ok(all.into_iter().map(|(name, held)| describe(&name, held)).collect())
    }

    /// Deletes a collection and everything in it. Whether there was one.
    ///
    /// # Errors
    /// The name can't be one; the engine failed.
    pub fn delete_collection(&self, tenant: &str, name: &str) -> Result<bool, Error> {
        names::collection(tenant, name)?;
        self.engine.delete(tenant, name).map_err(|error| error.within(name))
    }

    /// Chunks, embeds and keeps a document. When it returns, the document is searchable, and durable as far as the engine is.
    ///
    /// # Errors
    /// No such collection, or made by another model; the document is not what it may be; the model or the engine failed.
    pub fn put_document(
        &self,
        tenant: &str,
        collection: &str,
        document: Document,
    ) -> Result<DocumentInfo, Error> {
        names::collection(tenant, collection)?;
        let held = self.held(tenant, collection)?;
        let at = At { tenant, name: collection, incarnation: held.incarnation };
        let live = held.settings.live(held.incarnation);
        let put = self.shared.put_elsewhere(at, document, live)?;
        let within = |error: EngineError| error.within(collection);
        let new = put.document();
        if let Some(Head { mut info, content }) = self.engine.head(at, &new.id).map_err(within)?
            && content == put.content()
            && info.metadata == new.metadata
            && self.engine.retitle(at, content, &new.id, &new.title, new.added_at).map_err(within)?
        {
            info.title.clone_from(&new.title);
            info.added_at = new.added_at;
            return Ok(info);
        }
        let record = put.record()?;
        self.engine.replace(at, &record).map_err(within)?;
        Ok(record.info)
    }

    /// A document; `None` where there is none of that identifier.
    ///
    /// # Errors
    /// No such collection; a name can't be one; the engine failed.
    pub fn get_document(
        &self,
        tenant: &str,
        collection: &str,
        id: &str,
    ) -> Result<Option<DocumentInfo>, Error> {
        names::collection(tenant, collection)?;
        names::document_id(id)?;
        let at = self.at(tenant, collection)?;
        let head = self.engine.head(at, id).map_err(|error| error.within(collection))?;
        Ok(head.map(|head| head.info))
    }

    /// At most `limit` documents, 1 to 1024, behind the one of identifier `after`, ascending by identifier; fewer are the last.
    ///
    /// # Errors
    /// No such collection; a name can't be one; the limit is none; the engine failed.
    pub fn walk_documents(
        &self,
        tenant: &str,
        collection: &str,
        after: Option<&str>,
        limit: u32,
    ) -> Result<Vec<DocumentInfo>, Error> {
        names::collection(tenant, collection)?;
        documents::check_step(limit)?;
        let at = self.at(tenant, collection)?;
        let mut step: Vec<DocumentInfo> = Vec::new();
        while step.len() < limit as usize {
            let after = step.last().map_or(after.unwrap_or_default(), |info| info.id.as_str());
            let page = self.engine.heads(at, after).map_err(|error| error.within(collection))?;
            if page.is_empty() {
                break;
            }
            step.extend(page.into_iter().map(|head| head.info));
        }
        step.truncate(limit as usize);
        Ok(step)
    }

    /// All documents of a collection, ascending by identifier.
    ///
    /// # Errors
    /// No such collection; a name can't be one; the engine failed.
    pub fn list_documents(&self, tenant: &str, collection: &str) -> Result<Vec<DocumentInfo>, Error> {
        names::collection(tenant, collection)?;
        let at = self.at(tenant, collection)?;
        let mut all: Vec<DocumentInfo> = Vec::new();
        loop {
            let after = all.last().map_or("", |info| info.id.as_str());
            let page = self.engine.heads(at, after).map_err(|error| error.within(collection))?;
            if page.is_empty() {
                return Ok(all);
            }
            all.extend(page.into_iter().map(|head| head.info));
        }
    }

    /// Removes a document. Whether there was one.
    ///
    /// # Errors
    /// No such collection; a name can't be one; the engine failed.
    pub fn remove_document(&self, tenant: &str, collection: &str, id: &str) -> Result<bool, Error> {
        names::collection(tenant, collection)?;
        names::document_id(id)?;
        let at = self.at(tenant, collection)?;
        self.engine.remove(at, id).map_err(|error| error.within(collection))
    }

    /// The passages that answer a query best.
    ///
    /// # Errors
    /// No such collection, or made by another model; the query is not what it may be; the model or the engine failed.
    pub fn search(&self, tenant: &str, collection: &str, query: &Query) -> Result<Found, Error> {
        names::collection(tenant, collection)?;
        self.shared.search_elsewhere(self.engine, (tenant, collection), query)
    }

    fn held(&self, tenant: &str, name: &str) -> Result<Held, Error> {
        let held = self.engine.find(tenant, name).map_err(|error| error.within(name))?;
        held.ok_or_else(|| Error::UnknownCollection(name.to_owned()))
    }

    fn at<'n>(&self, tenant: &'n str, name: &'n str) -> Result<At<'n>, Error> {
        let held = self.held(tenant, name)?;
        Ok(At { tenant, name, incarnation: held.incarnation })
    }
}

fn describe(name: &str, held: Held) -> Collection {
    let Held { settings, documents, passages, bytes, .. } = held;
    Collection {
        name: name.to_owned(),
        chunking: settings.chunking(),
        model_fingerprint: settings.fingerprint,
        model_id: settings.model,
        created_at: settings.created_at,
        documents,
        passages,
        bytes,
        metadata: settings.metadata,
    }
}

impl Nowhere {
    fn none<T>() -> Result<T, StoreError> {
        Err(StoreError("there is none: the collection is in an engine".to_owned()))
    }
}

impl Store for Nowhere {
    fn get(&self, _: &str) -> Result<Option<Vec<u8>>, StoreError> {
        Self::none()
    }

    fn get_many(&self, _: &[String]) -> Result<Vec<Option<Vec<u8>>>, StoreError> {
        Self::none()
    }

    fn set_many(&self, _: Vec<(String, Vec<u8>)>) -> Result<(), StoreError> {
        Self::none()
    }

    fn delete_many(&self, _: &[String]) -> Result<(), StoreError> {
        Self::none()
    }

    fn swap(&self, _: &str, _: &mut Edit<'_>) -> Result<bool, StoreError> {
        Self::none()
    }
}
