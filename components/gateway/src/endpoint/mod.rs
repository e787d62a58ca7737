//! Endpoints: a body in, a reply out.

pub(crate) mod answers;
mod embeddings;
mod files;
mod health;
mod keys;
mod models;
mod rerank;
mod responses;
mod traces;
mod usage;
mod vector_stores;

use gusset_gateway::Error;
use gusset_gateway::config::Limits;
use gusset_gateway::route::{self, Endpoint};
use spin_sdk::http::Request;

use crate::call::Call;
use crate::reply::Reply;
use crate::{access, body, platform};

/// Answers a request: finds its endpoint, its caller and its body, in this order.
pub(crate) async fn answer(call: &mut Call, request: Request) -> Result<Reply, Error> {
    let found = route::find(request.method().as_str(), request.uri().path())?;
    call.routed(&found);
    if found.endpoint == Endpoint::Health {
        return health::get(&request, &found);
    }
    let config = platform::config()?;
    let limits = config.limits;
    let caller = access::authorise(&request, &found, config)?;
    call.identified(&caller);
    call.attribute(&request, &caller)?;
    let query = request.uri().query().unwrap_or("").to_owned();
    let (first, second) = (found.param(0), found.param(1));
    match found.endpoint {
        Endpoint::Health => health::get(&request, &found),
        Endpoint::CreateChatCompletion => answers::chat(call, &caller, &json(request, limits).await?).await,
        Endpoint::CreateMessage => answers::message(call, &caller, &json(request, limits).await?).await,
        Endpoint::CountMessageTokens => answers::count_tokens(call, &caller, &json(request, limits).await?),
        Endpoint::CreateResponse => answers::response(call, &caller, &json(request, limits).await?).await,
        Endpoint::GetResponse => responses::get(&caller, first),
        Endpoint::DeleteResponse => responses::delete(&caller, first),
        Endpoint::ListInputItems => responses::input_items(&caller, first, &query),
        Endpoint::CreateRerank => rerank::create(call, &caller, &json(request, limits).await?).await,
        Endpoint::CreateEmbedding => embeddings::create(call, &caller, &json(request, limits).await?).await,
        Endpoint::ListModels => models::list(&caller).await,
        Endpoint::GetModel => models::get(&caller, first).await,
        Endpoint::UploadFile => files::upload(&caller, request).await,
        Endpoint::ListFiles => files::list(&caller, &query),
        Endpoint::GetFile => files::get(&caller, first),
        Endpoint::GetFileContent => files::content(&caller, first),
        Endpoint::DeleteFile => files::delete(&caller, first),
        Endpoint::CreateVectorStore => {
            vector_stores::create(call, &caller, &json(request, limits).await?).await
        }
        Endpoint::ListVectorStores => vector_stores::list(&caller, &query).await,
        Endpoint::GetVectorStore => vector_stores::get(&caller, first).await,
        Endpoint::UpdateVectorStore => {
            vector_stores::update(&caller, first, &json(request, limits).await?).await
        }
        Endpoint::DeleteVectorStore => vector_stores::delete(&caller, first).await,
        Endpoint::SearchVectorStore => {
            vector_stores::search(call, &caller, first, &json(request, limits).await?).await
        }
        Endpoint::AttachFile => {
            vector_stores::attach(call, &caller, first, &json(request, limits).await?).await
        }
        Endpoint::ListAttachedFiles => vector_stores::list_files(&caller, first, &query).await,
        Endpoint::GetAttachedFile => vector_stores::get_file(&caller, first, second).await,
        Endpoint::DetachFile => vector_stores::detach(&caller, first, second).await,
        Endpoint::ListTraces => traces::list(&caller, &query).await,
        Endpoint::GetTrace => traces::get(&caller, first).await,
        Endpoint::GetUsage => usage::get(&caller, &query),
        Endpoint::CreateKey => keys::create(&caller, &json(request, limits).await?),
        Endpoint::ListKeys => keys::list(&caller),
        Endpoint::DeleteKey => keys::delete(&caller, first),
    }
}

async fn json(request: Request, limits: Limits) -> Result<Vec<u8>, Error> {
    body::read(request, limits.of_json()).await
}
