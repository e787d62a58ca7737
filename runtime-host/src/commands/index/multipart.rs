//! A form with one file, as `POST /v1/files` takes it (RFC 7578).

use bytes::Bytes;
use sha2::{Digest, Sha256};

/// Bytes of a file's name that servers take.
const NAME: usize = 255;

/// A form's body and its content type.
pub(super) struct Form {
    pub(super) content_type: String,
    pub(super) body: Bytes,
}

/// The form for a document. The boundary is made of the content's hash, so the content can't hold it unless someone has found a
/// text that holds its own sha256.
pub(super) fn document(path: &str, sha256: &str, text: &[u8]) -> Form {
    let boundary = hex::encode(Sha256::digest(format!("{sha256}{path}")));
    // Browsers escape quotes this way.
    let name = file_name(path).replace('"', "%22");
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

/// A path as a file's name, within what servers take: without control characters, and where it is too long from the first folder on that fits. It is for people;
/// the path itself travels beside it.
fn file_name(path: &str) -> String {
    let path: String = path.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    let fits = |start: usize| path.len() - start <= NAME;
    let folders = std::iter::once(0).chain(path.match_indices('/').map(|(at, _)| at + 1));
    let start = folders.into_iter().find(|start| fits(*start));
    // No file system gives a name that is longer, unless in another encoding.
    let start = start.unwrap_or_else(|| path.ceil_char_boundary(path.len().saturating_sub(NAME)));
    path.get(start..).unwrap_or_default().to_owned()
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

    #[test]
    fn a_path_is_a_name_that_servers_take() {
        let check = |path: &str, expected: &str| assert_eq!(file_name(path), expected);
        check("a/b.md", "a/b.md");
        check("two\nlines.md", "two lines.md");
        check(&format!("{}/{}/c.md", "a".repeat(200), "b".repeat(200)), &format!("{}/c.md", "b".repeat(200)));
        check(&"é".repeat(200), &"é".repeat(127));
    }
}
