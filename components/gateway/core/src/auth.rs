//! Bearer keys: known by their sha256 alone, compared in constant time, each standing for a tenant.

use sha2::{Digest, Sha256};

use crate::Error;

/// The tenant of open access, and of keys that name none.
pub const DEFAULT_TENANT: &str = "default";
/// Longest name of a tenant.
const TENANT_LENGTH: usize = 64;

/// The keys that open the door. None: it is open.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Keyring {
    keys: Vec<Key>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Key {
    hash: [u8; 32],
    tenant: String,
}

impl Keyring {
    /// Reads `hash` or `hash=tenant`, comma-separated; the hash is the hexadecimal sha256 of a key.
    ///
    /// # Errors
    /// What is wrong with the first entry that is not of that form.
    pub fn parse(text: &str) -> Result<Self, String> {
        let entries = text.split(',').map(str::trim).filter(|entry| !entry.is_empty());
        Ok(Self { keys: entries.map(Key::parse).collect::<Result<_, _>>()? })
    }

    /// The tenant of a request with that `Authorization` header.
    ///
    /// # Errors
    /// [`Error::MissingKey`] and [`Error::WrongKey`], unless access is open.
    pub fn tenant(&self, authorization: Option<&str>) -> Result<&str, Error> {
        if self.keys.is_empty() {
            return Ok(DEFAULT_TENANT);
        }
        let key = authorization.and_then(bearer).ok_or(Error::MissingKey)?;
        let hash: [u8; 32] = Sha256::digest(key).into();
        // Every entry is looked at, whichever matches.
        let matching =
            self.keys.iter().fold(None, |found, k| if equal(&k.hash, &hash) { Some(k) } else { found });
        matching.map(|key| key.tenant.as_str()).ok_or(Error::WrongKey)
    }
}

impl Key {
    fn parse(entry: &str) -> Result<Self, String> {
        let (hash, tenant) = entry.split_once('=').unwrap_or((entry, DEFAULT_TENANT));
        let mut bytes = [0; 32];
        hex::decode_to_slice(hash.trim(), &mut bytes)
            .map_err(|_| "must hold sha256 hashes of 64 hexadecimal digits, comma-separated".to_owned())?;
        let tenant = tenant.trim();
        // A tenant is the first part of every key in the store, so it must not hold a separator.
        let allowed = |b: u8| matches!(b, b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' | b'.');
        if !(1..=TENANT_LENGTH).contains(&tenant.len()) || !tenant.bytes().all(allowed) {
            return Err("names a tenant that is not 1 to 64 of `a-z`, `A-Z`, `0-9`, `-`, `_`, `.`".to_owned());
        }
        Ok(Self { hash: bytes, tenant: tenant.to_owned() })
    }
}

fn bearer(header: &str) -> Option<&str> {
    let (scheme, key) = header.split_once(' ')?;
    let key = key.trim();
    (scheme.eq_ignore_ascii_case("bearer") && !key.is_empty()).then_some(key)
}

/// Equality whose time does not depend on where the first difference is.
fn equal(a: &[u8; 32], b: &[u8; 32]) -> bool {
    let difference = a.iter().zip(b).fold(0, |all, (a, b)| all | (a ^ b));
    std::hint::black_box(difference) == 0
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hash(key: &str) -> String {
        hex::encode(Sha256::digest(key))
    }

    #[test]
    fn open_access_has_the_default_tenant() {
        for text in ["", "  ", ",,"] {
            let ring = Keyring::parse(text).unwrap();
            assert_eq!(ring.tenant(None), Ok(DEFAULT_TENANT));
            assert_eq!(ring.tenant(Some("Bearer anything")), Ok(DEFAULT_TENANT));
        }
    }

    #[test]
    fn a_key_opens_its_tenant_and_nothing_else_does() {
        let ring = Keyring::parse(&format!("{}, {}=acme", hash("one"), hash("two").to_uppercase())).unwrap();
        let check = |header: Option<&str>, expected| assert_eq!(ring.tenant(header), expected, "{header:?}");
        check(Some("Bearer one"), Ok("default"));
        check(Some("bearer  two "), Ok("acme"));
        check(Some("Bearer three"), Err(Error::WrongKey));
        check(Some(&format!("Bearer {}", hash("one"))), Err(Error::WrongKey));
        check(Some("Basic one"), Err(Error::MissingKey));
        check(Some("Bearer "), Err(Error::MissingKey));
        check(Some("one"), Err(Error::MissingKey));
        check(None, Err(Error::MissingKey));
    }

    #[test]
    fn a_malformed_entry_closes_the_door() {
        for text in ["secret", "abcd=acme", &format!("{}=a/b", hash("k")), &format!("{}=", hash("k"))] {
            assert!(Keyring::parse(text).is_err(), "{text}");
        }
    }
}
