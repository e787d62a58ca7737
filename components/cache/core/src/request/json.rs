//! One spelling for all JSON texts that mean the same.

use std::fmt::Write as _;

use serde_json::{Number, Value};

use crate::Error;

/// JSON without white space, keys in order, numbers in one spelling.
pub(super) fn canonical(field: &str, text: &str) -> Result<String, Error> {
    let mut out = String::with_capacity(text.len());
    write(&parse(field, text)?, &mut out);
    Ok(out)
}

pub(super) fn parse(field: &str, text: &str) -> Result<Value, Error> {
    serde_json::from_str(text)
        .map_err(|error| Error::InvalidRequest(format!("{field} is not JSON ({error}); pass a JSON text")))
}

pub(super) fn write(value: &Value, out: &mut String) {
    match value {
        Value::Null => out.push_str("null"),
        Value::Bool(true) => out.push_str("true"),
        Value::Bool(false) => out.push_str("false"),
        Value::Number(number) => write_number(number, out),
        Value::String(text) => write_text(text, out),
        Value::Array(items) => {
            out.push('[');
            for item in items {
                write(item, out);
                out.push(',');
            }
            out.push(']');
        }
        Value::Object(fields) => {
            // A build in which something asks serde_json to keep the order of fields must not change a key.
            let mut fields: Vec<_> = fields.iter().collect();
            fields.sort_unstable_by_key(|&(name, _)| name);
            out.push('{');
            for (name, value) in fields {
                write_text(name, out);
                out.push(':');
                write(value, out);
                out.push(',');
            }
            out.push('}');
        }
    }
}

/// `Display` of an `f64` prints the shortest digits that read back as the same number, without an exponent, and a whole number like an integer.
fn write_number(number: &Number, out: &mut String) {
    let text = match number.as_f64() {
        Some(value) if number.is_f64() => {
            // Both zeros are the same to a model.
            write!(out, "{}", if value == 0.0 { 0.0 } else { value })
        }
        _ => write!(out, "{number}"),
    };
    debug_assert!(text.is_ok(), "writing to a string does not fail");
}

/// With its length, instead of escapes.
fn write_text(text: &str, out: &mut String) {
    let written = write!(out, "{}\"{text}", text.len());
    debug_assert!(written.is_ok(), "writing to a string does not fail");
}
