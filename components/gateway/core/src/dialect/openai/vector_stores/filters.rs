//! `filters` of a search: OpenAI's comparisons of attributes, as far as an index can hold passages against them.

use gusset_types::{Condition, Test};
use serde::Deserialize;
use serde_json::Value;

use crate::Error;

/// A comparison, or several of which all must hold.
#[derive(Debug, Deserialize)]
struct Filter {
    r#type: String,
    key: Option<String>,
    value: Option<Value>,
    filters: Option<Vec<Value>>,
}

/// Filters within filters. Deeper ones say nothing that one list doesn't.
const DEEPEST: usize = 8;

/// Reads `filters`.
///
/// # Errors
/// It isn't a filter, or one that there is no index for.
pub(super) fn parse(filter: &Value) -> Result<Vec<Condition>, Error> {
    let mut conditions = Vec::new();
    collect(filter, 0, &mut conditions)?;
    Ok(conditions)
}

fn collect(value: &Value, depth: usize, conditions: &mut Vec<Condition>) -> Result<(), Error> {
    let invalid = |message: &str| Error::invalid("filters", message.to_owned());
    if depth > DEEPEST {
        return Err(invalid("Filters may not be nested more than eight deep."));
    }
    let filter =
        Filter::deserialize(value).map_err(|error| invalid(&format!("`filters` can't be read: {error}.")))?;
    match (filter.r#type.as_str(), filter.key, filter.value, filter.filters) {
        ("and", None, None, Some(filters)) => {
            filters.iter().try_for_each(|filter| collect(filter, depth + 1, conditions))
        }
        ("or" | "ne" | "nin", ..) => {
            let reason = "only `eq`, `in`, `gt`, `gte`, `lt`, `lte` and `and` can be asked for";
            Err(Error::unsupported("filters", reason))
        }
        (kind, Some(key), Some(value), None) => {
            conditions.push(Condition { key, test: test(kind, &value)? });
            Ok(())
        }
        _ => Err(invalid("A filter has `type`, `key` and `value`, or `type` and `filters`.")),
    }
}

fn test(kind: &str, value: &Value) -> Result<Test, Error> {
    let invalid = |message: String| Error::invalid("filters", message);
    let number = || value.as_f64().ok_or_else(|| invalid(format!("`{kind}` compares numbers.")));
    match (kind, value) {
        ("eq", Value::Number(_)) => Ok(Test::Between(Some(number()?), Some(number()?))),
        ("eq", value) => Ok(Test::AnyOf(vec![text(value)?])),
        ("in", Value::Array(values)) => values.iter().map(text).collect::<Result<_, _>>().map(Test::AnyOf),
        ("in", _) => Err(invalid("`in` takes a list of values.".to_owned())),
        ("gte", _) => Ok(Test::Between(Some(number()?), None)),
        ("lte", _) => Ok(Test::Between(None, Some(number()?))),
        // The next number there is: bounds are included.
        ("gt", _) => Ok(Test::Between(Some(number()?.next_up()), None)),
        ("lt", _) => Ok(Test::Between(None, Some(number()?.next_down()))),
        _ => Err(invalid(format!("`{kind}` is no comparison; use eq, in, gt, gte, lt, lte or and."))),
    }
}

/// A value as attributes are kept.
fn text(value: &Value) -> Result<String, Error> {
    match value {
        Value::String(text) => Ok(text.clone()),
        Value::Number(number) => Ok(number.to_string()),
        Value::Bool(flag) => Ok(flag.to_string()),
        _ => Err(Error::invalid("filters", "A value must be a text, a number or a boolean.".to_owned())),
    }
}
