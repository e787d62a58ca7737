//! What `request.model` may be: the tenant's collections, then the models that are configured, then those that nodes list.

use crate::bindings::exports::gusset::orchestrate::orchestrate::{Error, Model};
use crate::bindings::gusset::generate::generate;
use crate::bindings::gusset::retrieve::collections;
use crate::settings;

/// Collections first.
pub(crate) async fn list(tenant: String) -> Result<Vec<Model>, Error> {
    let (collections, models) =
        futures::join!(collections::list_collections(tenant), generate::list_models());
    let collections = collections?.into_iter().map(|collection| Model {
        name: collection.name,
        created_at: collection.created_at,
        owned_by: "gusset".to_owned(),
    });
    let configured = settings::get();
    let named = configured.settings.models.iter();
    let named = named.map(|name| Model { name: name.clone(), created_at: 0, owned_by: "gusset".to_owned() });
    let listed = models.into_iter().filter(|model| !configured.settings.models.contains(&model.name));
    let listed = listed.map(|model| Model { name: model.name, created_at: 0, owned_by: model.target });
    Ok(collections.chain(named).chain(listed).collect())
}

/// The error for a name that is neither a collection's nor a model's; `models` are those that generate.
pub(crate) async fn unknown(tenant: String, models: Vec<String>) -> Error {
    match collections::list_collections(tenant).await {
        Ok(collections) => Error::UnknownModel(
            collections.into_iter().map(|collection| collection.name).chain(models).collect(),
        ),
        Err(error) => error.into(),
    }
}
