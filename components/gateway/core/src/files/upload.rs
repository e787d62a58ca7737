//! A form with a file in it, checked: what gets here is text that can be indexed.

use crate::Error;
use crate::multipart::Part;

/// Uses that Gusset has for a file.
const PURPOSES: [&str; 2] = ["assistants", "user_data"];
/// Longest file name: what file systems take.
const FILENAME_LENGTH: usize = 255;

/// A file that may be stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Upload<'a> {
    /// 1 to 255 bytes without control characters.
    pub filename: &'a str,
    /// `assistants` or `user_data`.
    pub purpose: &'a str,
    /// Not empty.
    pub content: &'a str,
}

impl<'a> Upload<'a> {
    /// Checks the fields `file` and `purpose` of a form; other fields are passed over.
    ///
    /// # Errors
    /// A missing or invalid field, [`Error::EmptyFile`], [`Error::InvalidUtf8`], and [`Error::BodyTooLarge`] beyond
    /// `limit` bytes.
    pub fn from_form(parts: &'a [Part<'a>], limit: u64) -> Result<Self, Error> {
        let find = |name: &str| parts.iter().find(|part| part.name == name);
        let file = find("file")
            .ok_or_else(|| Error::invalid("file", "The form has no field `file` with the file to upload."))?;
        let filename = file.filename.as_deref().unwrap_or("");
        if filename.is_empty() || filename.len() > FILENAME_LENGTH || filename.chars().any(char::is_control) {
            let message = "The field `file` needs a file name of 1 to 255 bytes without control characters.";
            return Err(Error::invalid("file", message));
        }
        let purpose = find("purpose").and_then(|part| std::str::from_utf8(part.content).ok()).map(str::trim);
        let purpose = purpose.filter(|purpose| PURPOSES.contains(purpose)).ok_or_else(|| {
            Error::invalid("purpose", "The form needs a field `purpose`: `assistants` or `user_data`.")
        })?;
        if file.content.len() as u64 > limit {
            return Err(Error::BodyTooLarge { limit, setting: "file_limit_bytes" });
        }
        if file.content.is_empty() {
            return Err(Error::EmptyFile { filename: filename.to_owned() });
        }
        let content = std::str::from_utf8(file.content)
            .map_err(|e| Error::InvalidUtf8 { filename: filename.to_owned(), offset: e.valid_up_to() })?;
        Ok(Self { filename, purpose, content })
    }
}
