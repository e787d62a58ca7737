//! `GET /v1/models` and `GET /v1/models/{id}`.

use serde_json::{Value, json};

use crate::Error;

/// Something that `model` may be in a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Model {
    /// Its name.
    pub id: String,
    /// Unix time in seconds; zero where nobody says.
    pub created: u64,
    /// `gusset`, or the target that serves it.
    pub owned_by: String,
}

impl Model {
    fn json(&self) -> Value {
        json!({ "id": self.id, "object": "model", "created": self.created, "owned_by": self.owned_by })
    }
}

/// The list.
#[must_use]
pub fn list(models: &[Model]) -> Value {
    json!({ "object": "list", "data": models.iter().map(Model::json).collect::<Vec<_>>() })
}

/// One of the list.
///
/// # Errors
/// [`Error::UnknownModel`] with the names there are.
pub fn get(models: &[Model], id: &str) -> Result<Value, Error> {
    let found = models.iter().find(|model| model.id == id);
    found.map(Model::json).ok_or_else(|| Error::UnknownModel {
        model: id.to_owned(),
        known: models.iter().map(|model| model.id.clone()).collect(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_model_is_listed_and_found() {
        let models = [Model { id: "docs".into(), created: 3, owned_by: "gusset".into() }];
        let expected = json!({"id": "docs", "object": "model", "created": 3, "owned_by": "gusset"});
        assert_eq!(list(&models), json!({"object": "list", "data": [expected]}));
        assert_eq!(get(&models, "docs"), Ok(expected));
        let unknown = Error::UnknownModel { model: "gpt".into(), known: vec!["docs".into()] };
        assert_eq!(get(&models, "gpt"), Err(unknown));
    }
}
