//! `/v1/vector_stores`: collections of `retrieve`, and files of the registry as their documents.

use gusset_gateway::collection::{Collection, id_of, name_of};
use gusset_gateway::dialect::openai::vector_stores::{
    self as dialect, Attach, Create, FileObject, Object, Results, Search,
};
use gusset_gateway::files::Registry;
use gusset_gateway::meter::Ask;
use gusset_gateway::page::{List, Page, Step};
use gusset_gateway::{Error, format};
use gusset_telemetry::Value;
use gusset_types::Usage;

use crate::bindings::gusset::embed::embed;
use crate::bindings::gusset::retrieve::{collections, retrieve};
use crate::call::{Call, Caller};
use crate::reply::Reply;
use crate::store::KeyValue;
use crate::{convert, platform};

/// OpenAI's bounds of a page of stores, and of files in one.
const DEFAULT_PAGE: usize = 20;
const LARGEST_PAGE: usize = 100;

pub(crate) async fn create(call: &mut Call, caller: &Caller, body: &[u8]) -> Result<Reply, Error> {
    let Create { name, chunking, metadata, file_ids } =
        Create::parse(body, platform::entropy(), &caller.config.chunking)?;
    caller.key.require_collection(&name)?;
    if !file_ids.is_empty() {
        // Before the store is created, so that a wrong id and a spent budget leave no store behind.
        admit_indexing(call, caller, &file_ids)?;
    }
    let options = convert::chunk_options(chunking);
    let now = platform::now_seconds();
    let created =
        collections::create_collection(caller.tenant.clone(), name.clone(), options, now, metadata).await;
    let collection = convert::collection(created.map_err(|e| convert::from_collections(e, &name))?);
    if file_ids.is_empty() {
        return Reply::json(&Object::from(collection));
    }
    let (mut failed, mut tokens) = (0, 0_u32);
    for id in file_ids {
        match put(call, caller, &collection, &Attach::plain(id)).await {
            Ok(document) => {
                tokens = tokens.saturating_add(document.tokens);
                call.used(caller, read(tokens), None);
            }
            Err(Error::InvalidRequest(_)) => failed += 1,
            Err(error) => return Err(error),
        }
    }
    let collection = find(caller, &id_of(&name)).await?;
    Reply::json(&Object::from(collection).with_failed(failed))
}

pub(crate) async fn list(caller: &Caller, query: &str) -> Result<Reply, Error> {
    let page = Page::parse(query, DEFAULT_PAGE, LARGEST_PAGE)?;
    let listed = collections::list_collections(caller.tenant.clone()).await;
    let listed = listed.map_err(|e| convert::from_collections(e, ""))?;
    let mut listed: Vec<Collection> = listed.into_iter().map(convert::collection).collect();
    listed.retain(|collection| caller.key.opens_collection(&collection.name));
    listed.sort_by(|a, b| (a.created_at, &a.name).cmp(&(b.created_at, &b.name)));
    let objects = listed.into_iter().map(Object::from).collect();
    let (objects, has_more) = page.cut(objects, |object: &Object| &object.id)?;
    Reply::json(&List::new(objects, has_more, |object| &object.id))
}

pub(crate) async fn get(caller: &Caller, id: &str) -> Result<Reply, Error> {
    Reply::json(&Object::from(find(caller, id).await?))
}

pub(crate) async fn update(caller: &Caller, id: &str, body: &[u8]) -> Result<Reply, Error> {
    let collection = find(caller, id).await?;
    dialect::update(body, &collection)?;
    Reply::json(&Object::from(collection))
}

pub(crate) async fn delete(caller: &Caller, id: &str) -> Result<Reply, Error> {
    let name = name_of(id)?;
    let deleted = collections::delete_collection(caller.tenant.clone(), name.to_owned()).await;
    match deleted.map_err(|e| convert::from_collections(e, name))? {
        true => Reply::json(&dialect::deleted(id)),
        false => Err(Error::NotFound { kind: "vector store", id: id.to_owned() }),
    }
}

pub(crate) async fn search(call: &mut Call, caller: &Caller, id: &str, body: &[u8]) -> Result<Reply, Error> {
    let name = name_of(id)?;
    let search = Search::parse(body)?;
    let query = retrieve::Query {
        text: search.query.clone(),
        limit: search.limit,
        mode: retrieve::Mode::Hybrid,
        filter: search.filter.iter().cloned().map(convert::condition).collect(),
        reranking: if search.rerank { retrieve::Reranking::Automatic } else { retrieve::Reranking::Off },
        // Who searches asks for what there is; `score_threshold` is their floor.
        floor: Some(0.0),
        diversity: None,
        budget_tokens: None,
    };
    let attributes = vec![
        ("gen_ai.operation.name".to_owned(), Value::Text("retrieval".to_owned())),
        ("gen_ai.data_source.id".to_owned(), Value::Text(name.to_owned())),
        ("gusset.passages.limit".to_owned(), Value::Integer(search.limit.into())),
    ];
    call.admit_unnamed(caller, &embed::model_info().id, Ask::texts([search.query.as_str()]))?;
    let tenant = caller.tenant.clone();
    let found = call.step("retrieval", attributes, async {
        let found = retrieve::search(tenant, name.to_owned(), query).await;
        found.map_err(|e| convert::from_collections(e, name))
    });
    let found = found.await?;
    call.used_as_asked(caller);
    let passages: Vec<_> = found.hits.into_iter().map(|hit| hit.passage.into()).collect();
    Reply::json(&Results::new(&search, &passages))
}

pub(crate) async fn attach(call: &mut Call, caller: &Caller, id: &str, body: &[u8]) -> Result<Reply, Error> {
    let collection = find(caller, id).await?;
    let attach = Attach::parse(body)?;
    attach.check(&collection)?;
    admit_indexing(call, caller, std::slice::from_ref(&attach.file_id))?;
    match put(call, caller, &collection, &attach).await {
        Ok(document) => {
            call.used(caller, read(document.tokens), None);
            Reply::json(&FileObject::new(convert::document(document), &collection))
        }
        // The file's own fault: the store and the request are fine, and a retry is no use.
        Err(Error::InvalidRequest(message)) => {
            Reply::json(&dialect::failed(&attach, &collection, platform::now_seconds(), message))
        }
        Err(error) => Err(error),
    }
}

pub(crate) async fn list_files(caller: &Caller, id: &str, query: &str) -> Result<Reply, Error> {
    if let Some(step) = Step::parse(query, DEFAULT_PAGE)? {
        return walk_files(caller, id, query, step).await;
    }
    let page = Page::parse(query, DEFAULT_PAGE, LARGEST_PAGE)?;
    let completed = dialect::lists_completed(query)?;
    let collection = find(caller, id).await?;
    let listed = collections::list_documents(caller.tenant.clone(), collection.name.clone()).await;
    let mut listed = listed.map_err(|e| convert::from_collections(e, &collection.name))?;
    listed.retain(|_| completed);
    listed.sort_by(|a, b| (a.added_at, &a.id).cmp(&(b.added_at, &b.id)));
    let (listed, has_more) = page.cut(listed, |document| &document.id)?;
    let describe = |document| FileObject::new(convert::document(document), &collection);
    let objects: Vec<FileObject> = listed.into_iter().map(describe).collect();
    Reply::json(&List::new(objects, has_more, |object| &object.id))
}

/// A page in whichever order costs least.
async fn walk_files(caller: &Caller, id: &str, query: &str, step: Step) -> Result<Reply, Error> {
    let completed = dialect::lists_completed(query)?;
    let collection = find(caller, id).await?;
    let (tenant, name) = (caller.tenant.clone(), collection.name.clone());
    // One more says whether there is more.
    let found = collections::walk_documents(tenant, name, step.after, step.limit + 1).await;
    let mut found = found.map_err(|e| convert::from_collections(e, &collection.name))?;
    let has_more = found.len() > step.limit as usize;
    found.truncate(step.limit as usize);
    found.retain(|_| completed);
    let describe = |document| FileObject::new(convert::document(document), &collection);
    let objects: Vec<FileObject> = found.into_iter().map(describe).collect();
    Reply::json(&List::new(objects, has_more && completed, |object| &object.id))
}

pub(crate) async fn get_file(caller: &Caller, id: &str, file_id: &str) -> Result<Reply, Error> {
    let collection = find(caller, id).await?;
    let (tenant, name) = (caller.tenant.clone(), collection.name.clone());
    let found = collections::get_document(tenant, name, file_id.to_owned()).await;
    let found = found.map_err(|e| convert::from_collections(e, &collection.name))?;
    let document = found.ok_or_else(|| not_attached(file_id))?;
    Reply::json(&FileObject::new(convert::document(document), &collection))
}

pub(crate) async fn detach(caller: &Caller, id: &str, file_id: &str) -> Result<Reply, Error> {
    let name = name_of(id)?;
    let removed =
        collections::remove_document(caller.tenant.clone(), name.to_owned(), file_id.to_owned()).await;
    match removed.map_err(|e| convert::from_collections(e, name))? {
        true => Reply::json(&dialect::detached(file_id)),
        false => Err(not_attached(file_id)),
    }
}

async fn find(caller: &Caller, id: &str) -> Result<Collection, Error> {
    let name = name_of(id)?;
    let found = collections::get_collection(caller.tenant.clone(), name.to_owned()).await;
    let found = found.map_err(|e| convert::from_collections(e, name))?;
    let none = || Error::NotFound { kind: "vector store", id: id.to_owned() };
    found.map(convert::collection).ok_or_else(none)
}

/// Chunks, embeds and stores a file: when this returns, it can be searched.
async fn put(
    call: &mut Call,
    caller: &Caller,
    collection: &Collection,
    attach: &Attach,
) -> Result<collections::DocumentInfo, Error> {
    let store = KeyValue::open()?;
    let registry = Registry::new(&store, &caller.tenant);
    let file = registry.require(&attach.file_id)?;
    let document = collections::Document {
        id: file.id.clone(),
        title: file.filename.clone(),
        format: convert::format(format::of_file_name(&file.filename)),
        content: registry.content(&file)?,
        added_at: platform::now_seconds(),
        metadata: attach.attributes.clone(),
    };
    let attributes = vec![
        ("gen_ai.data_source.id".to_owned(), Value::Text(collection.name.clone())),
        ("gusset.file.id".to_owned(), Value::Text(file.id)),
        ("gusset.file.bytes".to_owned(), Value::Integer(i64::try_from(file.bytes).unwrap_or(i64::MAX))),
    ];
    let (tenant, name) = (caller.tenant.clone(), collection.name.clone());
    let added = call.step("index", attributes, async {
        let added = collections::put_document(tenant, name, document).await;
        added.map_err(|e| convert::from_collections(e, &collection.name))
    });
    added.await
}

/// Reserves what embedding these files may use. All of them have to be there.
fn admit_indexing(call: &mut Call, caller: &Caller, ids: &[String]) -> Result<(), Error> {
    let store = KeyValue::open()?;
    let registry = Registry::new(&store, &caller.tenant);
    let mut bytes = 0_u64;
    for id in ids {
        bytes = bytes.saturating_add(registry.require(id)?.bytes);
    }
    call.admit_unnamed(caller, &embed::model_info().id, Ask::bytes(bytes))
}

/// What the embedder read.
fn read(tokens: u32) -> Usage {
    Usage { prompt_tokens: tokens, ..Usage::default() }
}

fn not_attached(file_id: &str) -> Error {
    Error::NotFound { kind: "file in this vector store", id: file_id.to_owned() }
}
