//! Fields that would change what the answer means, and that Gusset does not support: refused by name, unless their value asks for nothing.

use serde_json::Value;

use crate::Error;

/// A field's name, its value, whether that asks for nothing, and what to say if it does.
pub(super) type Rule<'a> = (&'static str, &'a Option<Value>, fn(&Value) -> bool, &'static str);

/// Names the first field that asks for something.
pub(super) fn check(rules: &[Rule<'_>]) -> Result<(), Error> {
    for (name, value, harmless, reason) in rules {
        if value.as_ref().is_some_and(|value| !harmless(value)) {
            return Err(Error::unsupported(*name, *reason));
        }
    }
    Ok(())
}

/// For fields without a harmless value.
pub(super) fn never(_: &Value) -> bool {
    false
}

/// For flags that may be off.
pub(super) fn is_false(value: &Value) -> bool {
    value == false
}

/// For lists and objects that may be empty.
pub(super) fn is_empty(value: &Value) -> bool {
    match value {
        Value::Array(items) => items.is_empty(),
        Value::Object(fields) => fields.is_empty(),
        _ => false,
    }
}
