//! The two headers that a form is understood by: `Content-Type` with its boundary, `Content-Disposition` with its names.
//!
//! Browsers, curl and Python's clients escape quotes in names in different ways; all of theirs are read.

use crate::Error;

/// Longest boundary (RFC 2046, 5.1.1).
const BOUNDARY_LENGTH: usize = 70;

/// The boundary that a `Content-Type` names.
///
/// # Errors
/// [`Error::UnsupportedMediaType`] for another type, [`Error::InvalidMultipart`] without a boundary that can be one.
pub fn boundary(content_type: Option<&str>) -> Result<String, Error> {
    let (media_type, parameters) = match content_type.unwrap_or("").split_once(';') {
        Some((media_type, parameters)) => (media_type, parameters),
        None => (content_type.unwrap_or(""), ""),
    };
    if !media_type.trim().eq_ignore_ascii_case("multipart/form-data") {
        return Err(Error::UnsupportedMediaType { expected: "multipart/form-data" });
    }
    let value = parameters_of(parameters)
        .into_iter()
        .flatten()
        .find(|(name, _)| name.eq_ignore_ascii_case("boundary"))
        .map(|(_, value)| value);
    let allowed = |b: u8| b.is_ascii_alphanumeric() || b"'()+_,-./:=? ".contains(&b);
    value
        .filter(|b| (1..=BOUNDARY_LENGTH).contains(&b.len()) && b.bytes().all(allowed) && !b.ends_with(' '))
        .ok_or_else(|| Error::InvalidMultipart("its content type names no valid boundary".to_owned()))
}

/// The field's and the file's name in the header lines of a part.
pub(super) fn disposition(headers: &[u8]) -> Result<(String, Option<String>), &'static str> {
    let text = std::str::from_utf8(headers).map_err(|_| "has headers that are not UTF-8")?;
    let value = text
        .split("\r\n")
        .filter_map(|line| line.split_once(':'))
        .find(|(name, _)| name.eq_ignore_ascii_case("content-disposition"))
        .map(|(_, value)| value.trim())
        .ok_or("has no content disposition")?;
    let (kind, parameters) = value.split_once(';').ok_or("has no name")?;
    if !kind.trim().eq_ignore_ascii_case("form-data") {
        return Err("is not `form-data`");
    }
    let parameters = parameters_of(parameters).ok_or("has a malformed content disposition")?;
    let find = |wanted: &str| {
        parameters.iter().find(|(name, _)| name.eq_ignore_ascii_case(wanted)).map(|(_, value)| value.as_str())
    };
    let name = find("name").ok_or("has no name")?.to_owned();
    let filename = match find("filename*") {
        Some(extended) => Some(extended_value(extended).ok_or("has a malformed `filename*`")?),
        None => find("filename").map(|name| {
            // What browsers do to the three characters that would end the value (HTML, multipart/form-data encoding).
            name.replace("%22", "\"").replace("%0D", "\r").replace("%0A", "\n")
        }),
    };
    Ok((name, filename))
}

/// `; name=value; name="value"`: pairs in order, or `None` where the text is no such list.
fn parameters_of(text: &str) -> Option<Vec<(String, String)>> {
    let mut pairs = Vec::new();
    let mut rest = text.trim_matches([' ', '\t', ';']);
    while !rest.is_empty() {
        let (name, after) = rest.split_once('=')?;
        let (value, after) = match after.strip_prefix('"') {
            Some(quoted) => unquote(quoted)?,
            None => {
                let end = after.find(';').unwrap_or(after.len());
                let (value, after) = after.split_at_checked(end)?;
                (value.trim().to_owned(), after)
            }
        };
        pairs.push((name.trim().to_owned(), value));
        let after = after.trim_start();
        if !after.is_empty() && !after.starts_with(';') {
            return None;
        }
        rest = after.trim_start_matches([' ', '\t', ';']);
    }
    Some(pairs)
}

/// The value up to its closing quote, and what follows that. A backslash escapes a quote and itself; elsewhere it is one, for
/// names with a path of Windows in them.
fn unquote(text: &str) -> Option<(String, &str)> {
    let mut value = String::new();
    let mut chars = text.char_indices().peekable();
    while let Some((at, c)) = chars.next() {
        match c {
            '"' => return Some((value, text.get(at + 1..)?)),
            '\\' => match chars.next_if(|(_, next)| matches!(next, '"' | '\\')) {
                Some((_, escaped)) => value.push(escaped),
                None => value.push('\\'),
            },
            other => value.push(other),
        }
    }
    None
}

/// RFC 5987: `utf-8'en'na%C3%AFve.md`.
fn extended_value(text: &str) -> Option<String> {
    let mut parts = text.splitn(3, '\'');
    let (charset, _, value) = (parts.next()?, parts.next()?, parts.next()?);
    if !charset.eq_ignore_ascii_case("utf-8") {
        return None;
    }
    String::from_utf8(percent_encoding::percent_decode_str(value).collect()).ok()
}
