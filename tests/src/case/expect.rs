//! What an answer has to match: a subset of it, with patterns where a value can't be known.
//!
//! An object matches if each of its fields does; an array if it is as long and each item does; anything else if it is
//! equal. An object whose one key starts with `$` is a pattern:
//!
//! | pattern | matches |
//! |---|---|
//! | `{"$contains": "text"}` | a string with that text in it |
//! | `{"$starts": "text"}` | a string that starts so |
//! | `{"$any": "string"}` | any value of that type: `string`, `number`, `array`, `object`, `bool` |
//! | `{"$some": x}` | an array with an item that matches `x` |
//! | `{"$none": x}` | an array without one |
//! | `{"$length": n}` | an array or string of that many items or bytes |
//! | `{"$between": [a, b]}` | a number from `a` to `b` |
//! | `{"$all": [x, y]}` | what matches both |
//! | `{"$not": x}` | what doesn't match |
//! | `{"$absent": true}` | a field that isn't there, or is null |

use anyhow::{Context, bail, ensure};
use serde_json::Value;

/// Checks `actual` against `expected`.
///
/// # Errors
/// Says where and how they differ.
pub fn matches(expected: &Value, actual: &Value) -> anyhow::Result<()> {
    at("", expected, actual)
}

fn at(path: &str, expected: &Value, actual: &Value) -> anyhow::Result<()> {
    match expected {
        Value::Object(fields) => {
            let mut entries = fields.iter();
            if let (Some((name, argument)), None) = (entries.next(), entries.next())
                && let Some(pattern) = name.strip_prefix('$')
            {
                return matches_pattern(pattern, argument, path, actual)
                    .with_context(|| format!("at {path}: {actual}"));
            }
            ensure!(actual.is_object(), "at {path}: {actual} is no object");
            fields.iter().try_for_each(|(name, value)| {
                at(&format!("{path}/{name}"), value, actual.get(name).unwrap_or(&Value::Null))
            })
        }
        Value::Array(items) => {
            let actual_items =
                actual.as_array().with_context(|| format!("at {path}: {actual} is no array"))?;
            ensure!(items.len() == actual_items.len(), "at {path}: {actual} has not {} items", items.len());
            items
                .iter()
                .zip(actual_items)
                .enumerate()
                .try_for_each(|(index, (item, actual))| at(&format!("{path}/{index}"), item, actual))
        }
        _ => {
            ensure!(expected == actual, "at {path}: {actual} is not {expected}");
            Ok(())
        }
    }
}

fn matches_pattern(pattern: &str, argument: &Value, path: &str, actual: &Value) -> anyhow::Result<()> {
    let text = || actual.as_str().context("is no string");
    let wanted = || argument.as_str().context("the pattern's argument is no string");
    let items = || actual.as_array().context("is no array");
    let holds = match pattern {
        "contains" => text()?.contains(wanted()?),
        "starts" => text()?.starts_with(wanted()?),
        "any" => match wanted()? {
            "string" => actual.is_string(),
            "number" => actual.is_number(),
            "array" => actual.is_array(),
            "object" => actual.is_object(),
            "bool" => actual.is_boolean(),
            other => bail!("there is no type `{other}`"),
        },
        "some" => items()?.iter().any(|item| at(path, argument, item).is_ok()),
        "none" => !items()?.iter().any(|item| at(path, argument, item).is_ok()),
        "length" => {
            let length = actual.as_array().map(Vec::len).or_else(|| actual.as_str().map(str::len));
            length.map(|length| length as u64) == argument.as_u64()
        }
        "between" => {
            let bound =
                |index: usize| argument.get(index).and_then(Value::as_f64).context("two numbers are needed");
            let number = actual.as_f64().context("is no number")?;
            (bound(0)?..=bound(1)?).contains(&number)
        }
        "all" => {
            let all = argument.as_array().context("the pattern's argument is no array")?;
            all.iter().try_for_each(|expected| at(path, expected, actual))?;
            true
        }
        "not" => at(path, argument, actual).is_err(),
        "absent" => actual.is_null(),
        other => bail!("there is no pattern `${other}`"),
    };
    ensure!(holds, "does not match {{\"${pattern}\": {argument}}}");
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::matches;
    use serde_json::{Value, json};

    #[test]
    fn patterns_mean_what_the_table_says() {
        let actual = json!({"a": [1, 2], "b": "text", "c": null, "d": {"e": true}});
        let yes = [
            json!({"b": "text"}),
            json!({"a": [1, 2]}),
            json!({"a": {"$some": 2}}),
            json!({"a": {"$none": 3}}),
            json!({"a": {"$length": 2}}),
            json!({"b": {"$contains": "ex"}}),
            json!({"b": {"$all": [{"$starts": "t"}, {"$length": 4}]}}),
            json!({"c": {"$absent": true}}),
            json!({"z": {"$absent": true}}),
            json!({"d": {"e": {"$any": "bool"}}}),
            json!({"a": {"$some": {"$between": [1.5, 2.5]}}}),
        ];
        let no = [
            json!({"b": "tex"}),
            json!({"a": [1]}),
            json!({"a": {"$some": 3}}),
            json!({"a": {"$none": 1}}),
            json!({"b": {"$absent": true}}),
            json!({"b": {"$not": "text"}}),
            json!({"d": {"e": {"$any": "string"}}}),
            json!({"b": {"$unheard": "of"}}),
        ];
        let check = |expected: &Value| matches(expected, &actual);
        for expected in &yes {
            assert!(check(expected).is_ok(), "{expected}: {:#}", check(expected).unwrap_err());
        }
        for expected in &no {
            assert!(check(expected).is_err(), "{expected}");
        }
    }
}
