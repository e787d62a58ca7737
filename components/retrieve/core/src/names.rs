//! What names, identifiers and other small inputs may be. Every refusal names the field and the remedy.

use crate::Error;

/// Longest name of a tenant or collection. Both are part of every key, and some stores bound keys at 255 bytes.
const MAX_NAME: usize = 64;
/// Longest identifier of a document.
const MAX_ID: usize = 256;
/// Longest title.
const MAX_TITLE: usize = 1024;
/// Most bytes of keys and values of a document's or a collection's metadata.
const MAX_METADATA: usize = 16 * 1024;

pub(crate) fn tenant(tenant: &str) -> Result<(), Error> {
    let allowed = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
    check((1..=MAX_NAME).contains(&tenant.len()) && tenant.chars().all(allowed), || {
        format!("tenant is {tenant:?}; use 1 to {MAX_NAME} of A-Z, a-z, 0-9, -, _ and .")
    })
}

pub(crate) fn collection(tenant_name: &str, name: &str) -> Result<(), Error> {
    let allowed = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || matches!(c, '-' | '_' | '.');
    tenant(tenant_name)?;
    check((1..=MAX_NAME).contains(&name.len()) && name.chars().all(allowed), || {
        format!("the collection's name is {}; use 1 to {MAX_NAME} of a-z, 0-9, -, _ and .", shown(name))
    })
}

pub(crate) fn document_id(id: &str) -> Result<(), Error> {
    check(!id.is_empty(), || {
        "document.id is empty; give it a name that is unique in the collection".to_owned()
    })?;
    check(id.len() <= MAX_ID, || format!("document.id has {} bytes; use at most {MAX_ID}", id.len()))?;
    check(!id.chars().any(char::is_control), || {
        format!("document.id is {}; leave out its control characters", shown(id))
    })
}

pub(crate) fn title(title: &str) -> Result<(), Error> {
    check(title.len() <= MAX_TITLE, || {
        format!("document.title has {} bytes; use at most {MAX_TITLE}", title.len())
    })
}

pub(crate) fn metadata(metadata: &[(String, String)]) -> Result<(), Error> {
    let bytes: usize = metadata.iter().map(|(key, value)| key.len() + value.len()).sum();
    check(bytes <= MAX_METADATA, || format!("metadata has {bytes} bytes; use at most {MAX_METADATA}"))
}

pub(crate) fn check(holds: bool, message: impl FnOnce() -> String) -> Result<(), Error> {
    if holds { Ok(()) } else { Err(Error::InvalidRequest(message())) }
}

/// A name quoted, and shortened where it is absurdly long.
fn shown(name: &str) -> String {
    match name.char_indices().nth(80) {
        Some((end, _)) => format!("{:?}…", name.get(..end).unwrap_or_default()),
        None => format!("{name:?}"),
    }
}
