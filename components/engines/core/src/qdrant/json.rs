//! Fields of what the server answers, and conditions of what it is asked.

use gusset_retrieve::engine::EngineError;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

pub(super) fn get<T: DeserializeOwned>(payload: &Value, name: &str) -> Result<T, EngineError> {
    T::deserialize(field(payload, name))
        .map_err(|error| EngineError::Failed(format!("Qdrant: the field {name} of a point: {error}")))
}

/// A condition that a field has a value.
pub(super) fn is(field: &str, value: impl Into<Value>) -> Value {
    json!({ "key": field, "match": { "value": value.into() } })
}

/// A field of an object; null where there is none.
pub(super) fn field<'a>(object: &'a Value, name: &str) -> &'a Value {
    object.get(name).unwrap_or(&Value::Null)
}

/// The same, taken out.
pub(super) fn take(object: &mut Value, name: &str) -> Value {
    object.get_mut(name).map(Value::take).unwrap_or_default()
}
