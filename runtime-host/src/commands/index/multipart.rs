//! A form with one file, as `POST /v1/files` takes it (RFC 7578).

use bytes::Bytes;
use sha2::{Digest, Sha256};

/// A form's body and its content type.
pub(super) struct Form {
    pub(super) content_type: String,
    pub(super) body: Bytes,
}

/// The form for a document. The boundary is made of the content's hash, so the content can't hold it unless someone has found a
/// text that holds its own sha256.
pub(super) fn document(path: &str, sha256: &str, text: &[u8]) -> Form {
    let boundary = hex::encode(Sha256::digest(format!("{sha256}{path}")));
    // Browsers escape a file's name this way.
    let name = path.replace('"', "%22").replace('\r', "%0D").replace('\n', "%0A");
    let mut body = format!(
        "--{boundary}\r\nContent-Disposition: form-data; name=\"purpose\"\r\n\r\nassistants\r\n\
         --{boundary}\r\nContent-Disposition: form-data; name=\"file\"; filename=\"{name}\"\r\n\
         Content-Type: application/octet-stream\r\n\r\n"
    )
    .into_bytes();
    body.extend_from_slice(text);
    body.extend_from_slice(format!("\r\n--{boundary}--\r\n").as_bytes());
    Form { content_type: format!("multipart/form-data; boundary={boundary}"), body: body.into() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_form_has_its_parts_between_boundaries() {
        let form = document("a \"b\".md", "00", b"text\r\n--x");
        let boundary = form.content_type.split_once("boundary=").unwrap().1;
        let body = String::from_utf8(form.body.to_vec()).unwrap();
        let parts: Vec<&str> = body.split(&format!("--{boundary}")).collect();
        assert_eq!(parts.len(), 4);
        assert!(parts[1].ends_with("\r\n\r\nassistants\r\n"), "{body}");
        assert!(
            parts[2].contains("filename=\"a %22b%22.md\"") && parts[2].ends_with("\r\n\r\ntext\r\n--x\r\n"),
            "{body}"
        );
        assert_eq!(parts[3], "--\r\n");
    }
}
