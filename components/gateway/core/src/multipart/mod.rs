//! `multipart/form-data` (RFC 7578 over RFC 2046), read strictly out of a body that is all there.
//!
//! Parts are slices of the body: nothing is copied but names. Bounded in parts and in header bytes; a form that stops before
//! its closing delimiter is an error, so that a file cut short on its way is never taken for a whole one.

mod header;

use memchr::memmem::{Finder, find};

use crate::Error;

pub use header::boundary;

/// Parts of a form: an upload has two, and clients add a few options.
const PARTS: usize = 32;
/// Header bytes of a part: a disposition with two names of some hundred bytes, and a type.
const HEADER_BYTES: usize = 4096;

/// One field of a form.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Part<'a> {
    /// The field's name.
    pub name: String,
    /// The file's name, where the field is a file.
    pub filename: Option<String>,
    /// The field's value.
    pub content: &'a [u8],
}

/// Reads a form.
///
/// # Errors
/// [`Error::InvalidMultipart`] says what is wrong and where.
pub fn parse<'a>(body: &'a [u8], boundary: &str) -> Result<Vec<Part<'a>>, Error> {
    let delimiter = format!("\r\n--{boundary}");
    let finder = Finder::new(&delimiter);
    let mut rest = first_delimiter(body, &delimiter)?;
    let mut parts = Vec::new();
    loop {
        let offset = body.len() - rest.len();
        match rest {
            [b'-', b'-', ..] => return Ok(parts),
            [b'\r', b'\n', part @ ..] => rest = part,
            _ => return Err(invalid(format!("no line end behind the delimiter at byte {offset}"))),
        }
        if parts.len() == PARTS {
            return Err(invalid(format!("more than {PARTS} parts")));
        }
        let (headers, content) = split_headers(rest).ok_or_else(|| {
            invalid(format!(
                "the headers of the part at byte {offset} do not end within {HEADER_BYTES} bytes"
            ))
        })?;
        let (name, filename) = header::disposition(headers)
            .map_err(|problem| invalid(format!("the part at byte {offset} {problem}")))?;
        let end = finder.find(content).ok_or_else(|| {
            invalid(format!("it ends inside the part `{name}`, before the closing delimiter"))
        })?;
        let (content, after) = content.split_at_checked(end).unwrap_or((content, &[]));
        rest = after.get(delimiter.len()..).unwrap_or(&[]);
        parts.push(Part { name, filename, content });
    }
}

/// What follows the first delimiter, which begins the body.
fn first_delimiter<'a>(body: &'a [u8], delimiter: &str) -> Result<&'a [u8], Error> {
    let first = delimiter.trim_start();
    let body = body.strip_prefix(b"\r\n").unwrap_or(body);
    body.strip_prefix(first.as_bytes())
        .ok_or_else(|| invalid("it does not begin with its boundary".to_owned()))
}

/// The header lines of a part, and what follows their empty line.
fn split_headers(part: &[u8]) -> Option<(&[u8], &[u8])> {
    if let Some(content) = part.strip_prefix(b"\r\n") {
        return Some((&[], content));
    }
    let window = part.get(..HEADER_BYTES).unwrap_or(part);
    let end = find(window, b"\r\n\r\n")?;
    Some((part.get(..end)?, part.get(end + 4..)?))
}

fn invalid(problem: String) -> Error {
    Error::InvalidMultipart(problem)
}

#[cfg(test)]
mod tests;
