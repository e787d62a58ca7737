//! Collections in an existing engine, with everything that isn't the engine's from the key-value way.

use std::future::ready;
use std::pin::Pin;

use gusset_chunk::Options;

use super::{At, Engine, EngineError, Head, Held, Settings};
use crate::search::Begun;
use crate::{
    Chunker, Claim, Clock, Collection, Document, DocumentInfo, Edit, Embedder, Error, Found, Query, Reranker,
    Retrieve, Store, StoreError, Support, documents, names,
};

/// Collections in an engine. Cheap to make; keeps nothing between calls.
#[derive(Clone, Copy)]
pub struct Hosted<'a> {
    engine: &'a dyn Engine,
    pause: Pause,
    /// For what is the same everywhere.
    shared: Retrieve<'a>,
}

/// Lets others of the same thread go on, between two pieces of computing.
pub type Pause = fn() -> Pin<Box<dyn Future<Output = ()>>>;

/// The key-value store of an engine's collections: there is none. What is the same everywhere doesn't ask it.
struct Nowhere;

impl<'a> Hosted<'a> {
    /// Collections in `engine`.
    #[must_use]
    pub fn new(engine: &'a dyn Engine, embedder: &'a dyn Embedder, chunker: &'a dyn Chunker) -> Self {
        let pause: Pause = || Box::pin(ready(()));
        Self { engine, pause, shared: Retrieve::new(&Nowhere, embedder, chunker) }
    }

    /// The same with a reranker, and a clock to keep its deadlines.
    #[must_use]
    pub fn with_reranker(self, reranker: &'a dyn Reranker, clock: &'a dyn Clock) -> Self {
        Self { shared: self.shared.with_reranker(reranker, clock), ..self }
    }

    /// The same with a pause between two pieces of computing, for where others share the thread.
    #[must_use]
    pub fn with_pauses(self, pause: Pause) -> Self {
        Self { pause, ..self }
    }

    /// Whether texts support statements, judged by the reranker.
    ///
    /// # Errors
    /// There is no reranker; as [`Support::new`] and [`Support::step`].
    pub async fn support(&self, claims: Vec<Claim>) -> Result<Vec<f32>, Error> {
        let (reranker, _) =
            self.shared.reranker.ok_or_else(|| Error::Reranking("there is no reranker".to_owned()))?;
        let mut support = Support::new(reranker, claims)?;
        loop {
            if let Some(judged) = support.step()? {
                return Ok(judged);
            }
            (self.pause)().await;
        }
    }

    /// Makes an empty collection for the model that is running. Sections are not kept in an engine.
    ///
    /// # Errors
    /// The name is taken; name, metadata or chunking are not what they may be; the engine failed.
    pub async fn create_collection(
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
        match self.engine.create(tenant, name, &settings).await.map_err(|error| error.within(name))? {
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
    pub async fn get_collection(&self, tenant: &str, name: &str) -> Result<Option<Collection>, Error> {
        names::collection(tenant, name)?;
        let held = self.engine.find(tenant, name).await.map_err(|error| error.within(name))?;
        Ok(held.map(|held| describe(name, held)))
    }

    /// All collections of a tenant, ascending by name.
    ///
    /// # Errors
    /// The tenant can't be one; the engine failed.
    pub async fn list_collections(&self, tenant: &str) -> Result<Vec<Collection>, Error> {
        names::tenant(tenant)?;
        let all = self.engine.list(tenant).await.map_err(|error| error.within(""))?;
        Ok(all.into_iter().map(|(name, held)| describe(&name, held)).collect())
    }

    /// Deletes a collection and everything in it. Whether there was one.
    ///
    /// # Errors
    /// The name can't be one; the engine failed.
    pub async fn delete_collection(&self, tenant: &str, name: &str) -> Result<bool, Error> {
        names::collection(tenant, name)?;
        self.engine.delete(tenant, name).await.map_err(|error| error.within(name))
    }

    /// Chunks, embeds and keeps a document. When it returns, the document is searchable, and durable as far as the engine is.
    ///
    /// # Errors
    /// No such collection, or made by another model; the document is not what it may be; the model or the engine failed.
    pub async fn put_document(
        &self,
        tenant: &str,
        collection: &str,
        document: Document,
    ) -> Result<DocumentInfo, Error> {
        names::collection(tenant, collection)?;
        let (at, settings) = self.at(tenant, collection).await?;
        let live = settings.live(at.incarnation);
        let mut put = self.shared.put_elsewhere(at, document, live)?;
        let within = |error: EngineError| error.within(collection);
        let new = put.document();
        if let Some(Head { mut info, content }) = self.engine.head(at, &new.id).await.map_err(within)?
            && content == put.content()
            && info.metadata == new.metadata
            && self.engine.retitle(at, content, &new.id, &new.title, new.added_at).await.map_err(within)?
        {
            info.title.clone_from(&new.title);
            info.added_at = new.added_at;
            return Ok(info);
        }
        while !put.prepare()? {
            (self.pause)().await;
        }
        let record = put.into_record();
        self.engine.replace(at, &record).await.map_err(within)?;
        Ok(record.info)
    }

    /// A document; `None` where there is none of that identifier.
    ///
    /// # Errors
    /// No such collection; a name can't be one; the engine failed.
    pub async fn get_document(
        &self,
        tenant: &str,
        collection: &str,
        id: &str,
    ) -> Result<Option<DocumentInfo>, Error> {
        names::collection(tenant, collection)?;
        names::document_id(id)?;
        let (at, _) = self.at(tenant, collection).await?;
        let head = self.engine.head(at, id).await.map_err(|error| error.within(collection))?;
        Ok(head.map(|head| head.info))
    }

    /// At most `limit` documents, 1 to 1024, behind the one of identifier `after`, ascending by identifier; fewer are the last.
    ///
    /// # Errors
    /// No such collection; a name can't be one; the limit is none; the engine failed.
    pub async fn walk_documents(
        &self,
        tenant: &str,
        collection: &str,
        after: Option<&str>,
        limit: u32,
    ) -> Result<Vec<DocumentInfo>, Error> {
        names::collection(tenant, collection)?;
        documents::check_step(limit)?;
        self.pages(tenant, collection, after, limit as usize).await
    }

    /// All documents of a collection, ascending by identifier.
    ///
    /// # Errors
    /// No such collection; a name can't be one; the engine failed.
    pub async fn list_documents(&self, tenant: &str, collection: &str) -> Result<Vec<DocumentInfo>, Error> {
        names::collection(tenant, collection)?;
        self.pages(tenant, collection, None, usize::MAX).await
    }

    /// Page after page of documents behind `after`, until there are `most`.
    async fn pages(
        &self,
        tenant: &str,
        collection: &str,
        after: Option<&str>,
        most: usize,
    ) -> Result<Vec<DocumentInfo>, Error> {
        let (at, _) = self.at(tenant, collection).await?;
        let mut all: Vec<DocumentInfo> = Vec::new();
        while all.len() < most {
            let after = all.last().map_or(after.unwrap_or_default(), |info| info.id.as_str());
            let page = self.engine.heads(at, after).await.map_err(|error| error.within(collection))?;
            if page.is_empty() {
                break;
            }
            all.extend(page.into_iter().map(|head| head.info));
        }
        all.truncate(most);
        Ok(all)
    }

    /// Removes a document. Whether there was one.
    ///
    /// # Errors
    /// No such collection; a name can't be one; the engine failed.
    pub async fn remove_document(&self, tenant: &str, collection: &str, id: &str) -> Result<bool, Error> {
        names::collection(tenant, collection)?;
        names::document_id(id)?;
        let (at, _) = self.at(tenant, collection).await?;
        self.engine.remove(at, id).await.map_err(|error| error.within(collection))
    }

    /// The passages that answer a query best.
    ///
    /// # Errors
    /// No such collection, or made by another model; the query is not what it may be; the model or the engine failed.
    pub async fn search(&self, tenant: &str, collection: &str, query: &Query) -> Result<Found, Error> {
        names::collection(tenant, collection)?;
        let begun = self.shared.search_elsewhere(self.engine, (tenant, collection), query).await?;
        let mut search = match begun {
            Begun::Done(found) => return Ok(found),
            Begun::More(search) => search,
        };
        loop {
            if let Some(found) = search.step()? {
                return Ok(found);
            }
            (self.pause)().await;
        }
    }

    async fn at<'n>(&self, tenant: &'n str, name: &'n str) -> Result<(At<'n>, Settings), Error> {
        let found = self.engine.settings(tenant, name).await.map_err(|error| error.within(name))?;
        let (incarnation, settings) = found.ok_or_else(|| Error::UnknownCollection(name.to_owned()))?;
        Ok((At { tenant, name, incarnation }, settings))
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
