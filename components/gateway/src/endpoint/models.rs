//! `/v1/models`: collections, generation models, and the embedding model.

use gusset_gateway::Error;
use gusset_gateway::dialect::openai::models::{self, Model};

use crate::bindings::gusset::embed::embed;
use crate::bindings::gusset::orchestrate::orchestrate;
use crate::call::Caller;
use crate::convert;
use crate::reply::Reply;

/// Owner of the embedding model: its contract, which tells it from what can be asked.
const EMBEDDER: &str = "gusset:embed";

pub(crate) async fn list(caller: &Caller) -> Result<Reply, Error> {
    Reply::json(&models::list(&all(caller).await?))
}

pub(crate) async fn get(caller: &Caller, id: &str) -> Result<Reply, Error> {
    Reply::json(&models::get(&all(caller).await?, id)?)
}

async fn all(caller: &Caller) -> Result<Vec<Model>, Error> {
    let listed = orchestrate::list_models(caller.tenant.clone()).await;
    let listed = listed.map_err(|error| convert::from_answering(error, ""))?;
    let model = |m: orchestrate::Model| Model { id: m.name, created: m.created_at, owned_by: m.owned_by };
    let embedding = Model { id: embed::model_info().id, created: 0, owned_by: EMBEDDER.to_owned() };
    let opened = |model: &Model| caller.key.require_model(&model.id).is_ok();
    Ok(listed.into_iter().map(model).chain([embedding]).filter(opened).collect())
}
