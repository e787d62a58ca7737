//! JSON bodies: parsed into a type, with errors that say the line and the column, or the field.
//!
//! Nesting is bounded by the parser (128 levels), so that no body can exhaust the stack.

use serde::de::DeserializeOwned;
use serde_json::error::Category;

use crate::Error;

/// Parses a body.
///
/// # Errors
/// [`Error::InvalidJson`] for what is no JSON, [`Error::InvalidField`] for a field of the wrong type or range.
pub fn parse<T: DeserializeOwned>(body: &[u8]) -> Result<T, Error> {
    let mut deserializer = serde_json::Deserializer::from_slice(body);
    let value = serde_path_to_error::deserialize(&mut deserializer).map_err(|error| {
        let path = error.path().to_string();
        describe(&path, error.inner())
    })?;
    deserializer.end().map_err(|error| describe(".", &error))?;
    Ok(value)
}

/// Deepest nesting of JSON text that is passed on unparsed: below what any parser on the way follows.
pub const DEPTH: usize = 100;

/// JSON text without the white space between its tokens; `None` where it nests deeper than [`DEPTH`]. `text` is known to be JSON.
#[must_use]
pub fn compact(text: &str) -> Option<String> {
    let (mut compact, mut depth, mut in_string, mut escaped) =
        (String::with_capacity(text.len()), 0, false, false);
    for letter in text.chars() {
        if in_string {
            in_string = escaped || letter != '"';
            escaped = letter == '\\' && !escaped;
        } else {
            match letter {
                ' ' | '\t' | '\n' | '\r' => continue,
                '"' => in_string = true,
                '{' | '[' => depth += 1,
                '}' | ']' => depth -= 1,
                _ => {}
            }
        }
        if depth > DEPTH {
            return None;
        }
        compact.push(letter);
    }
    Some(compact)
}

fn describe(path: &str, error: &serde_json::Error) -> Error {
    let text = error.to_string();
    let problem = text.rsplit_once(" at line ").map_or(text.as_str(), |(problem, _)| problem);
    if error.classify() != Category::Data {
        return Error::InvalidJson {
            problem: problem.to_owned(),
            line: error.line(),
            column: error.column(),
        };
    }
    let path = if path == "." { String::new() } else { path.to_owned() };
    let missing = problem.strip_prefix("missing field `").and_then(|rest| rest.strip_suffix('`'));
    let param = match missing {
        Some(field) if path.is_empty() => field.to_owned(),
        Some(field) => format!("{path}.{field}"),
        None => path,
    };
    if param.is_empty() { Error::InvalidRequest(problem.to_owned()) } else { Error::invalid(param, problem) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde::Deserialize;

    #[derive(Debug, Deserialize)]
    #[expect(dead_code, reason = "only parsed into")]
    struct Outer {
        inner: Vec<Inner>,
        count: Option<u8>,
    }

    #[derive(Debug, Deserialize)]
    #[expect(dead_code, reason = "only parsed into")]
    struct Inner {
        text: String,
    }

    #[track_caller]
    fn field(body: &str, param: &str, message: &str) {
        match parse::<Outer>(body.as_bytes()) {
            Err(Error::InvalidField { param: p, message: m }) => {
                assert_eq!(p, param);
                assert!(m.contains(message) && !m.contains("line"), "{m}");
            }
            other => panic!("{other:?}"),
        }
    }

    #[track_caller]
    fn syntax(body: &[u8], expected: (usize, usize)) {
        match parse::<Outer>(body) {
            Err(Error::InvalidJson { line, column, .. }) => assert_eq!((line, column), expected),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn a_wrong_field_is_named_by_its_path() {
        field(r#"{"inner":[{"text":"a"},{"text":5}]}"#, "inner[1].text", "expected a string");
        field(r#"{"inner":[{}]}"#, "inner[0].text", "missing field");
        field("{}", "inner", "missing field");
        field(r#"{"inner":[],"count":300}"#, "count", "300");
    }

    #[test]
    fn a_body_that_is_no_object_is_said_to_be_none() {
        assert!(matches!(parse::<Outer>(b"3"), Err(Error::InvalidRequest(_))));
        assert!(matches!(parse::<Outer>(b"null"), Err(Error::InvalidRequest(_))));
    }

    #[test]
    fn broken_json_is_said_by_line_and_column() {
        syntax(b"", (1, 0));
        syntax(b"{\n  \"inner\": [}\n", (2, 13));
        syntax(b"{\"inner\":[]} trailing", (1, 14));
        syntax(b"{\"inner\":[{\"text\":\"\xff\"}]}", (1, 20));
    }

    #[test]
    fn white_space_between_tokens_goes_and_nothing_else() {
        let check = |text: &str, expected: &str| assert_eq!(compact(text).as_deref(), Some(expected));
        check("{\n  \"a b\" : [ 1, 2.50e1 ]\t}\r\n", r#"{"a b":[1,2.50e1]}"#);
        check(r#"{"quote": "\" {[ \\", "z": 1, "a": 2}"#, r#"{"quote":"\" {[ \\","z":1,"a":2}"#);
        check(&"[".repeat(DEPTH), &"[".repeat(DEPTH));
        assert_eq!(compact(&"[".repeat(DEPTH + 1)), None);
    }

    #[test]
    fn deep_nesting_is_refused_or_skipped_never_followed() {
        let deep = |field: &str| {
            let (open, close) = ("[".repeat(200_000), "]".repeat(200_000));
            format!(r#"{{"inner":[],"{field}":{open}{close}}}"#)
        };
        assert!(parse::<Outer>(deep("inner").as_bytes()).is_err());
        let _ = parse::<Outer>(deep("unknown").as_bytes());
        assert!(matches!(
            parse::<serde_json::Value>(deep("unknown").as_bytes()),
            Err(Error::InvalidJson { .. })
        ));
    }
}
