//! `/v1/files`.

use serde::Serialize;
use serde_json::{Value, json};

use crate::files::File;
use crate::page::List;

/// A file, as OpenAI describes one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Object {
    id: String,
    object: &'static str,
    bytes: u64,
    created_at: u64,
    expires_at: Option<u64>,
    filename: String,
    purpose: String,
    status: &'static str,
    status_details: Option<String>,
}

impl From<File> for Object {
    fn from(file: File) -> Self {
        Self {
            id: file.id,
            object: "file",
            bytes: file.bytes,
            created_at: file.created_at,
            expires_at: None,
            filename: file.filename,
            purpose: file.purpose,
            status: "processed",
            status_details: None,
        }
    }
}

/// A page of files.
#[must_use]
pub fn list(files: Vec<File>, has_more: bool) -> List<Object> {
    List::new(files.into_iter().map(Object::from).collect(), has_more, |object| &object.id)
}

/// What is said of a file that was removed.
#[must_use]
pub fn deleted(id: &str) -> Value {
    json!({ "id": id, "object": "file", "deleted": true })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_has_openais_shape() {
        let file = File {
            id: "file-1".into(),
            filename: "a.md".into(),
            purpose: "assistants".into(),
            bytes: 5,
            created_at: 9,
            number: 1,
            parts: 1,
        };
        let expected = json!({
            "id": "file-1", "object": "file", "bytes": 5, "created_at": 9, "expires_at": null,
            "filename": "a.md", "purpose": "assistants", "status": "processed", "status_details": null,
        });
        let json = serde_json::to_value(list(vec![file], false)).unwrap();
        assert_eq!(json["data"][0], expected);
        assert_eq!(json["last_id"], "file-1");
    }
}
