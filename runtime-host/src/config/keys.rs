//! The hash of a bearer key, and whose it is.

use std::fmt;
use std::str::FromStr;

/// The tenant of a key that names none, and of open access.
const DEFAULT_TENANT: &str = "default";

/// A bearer key that may call. Only its hash is known: a configuration file is no place for the key itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Key {
    /// sha256 of the key, in lower-case hexadecimal.
    pub sha256: String,
    /// Whose data the key reads and writes.
    pub tenant: String,
}

/// `sha256:<64 hexadecimal digits>`, with `=tenant` after it for any tenant but `default`.
impl FromStr for Key {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let form = "must be `sha256:` and 64 hexadecimal digits, as `printf %s KEY | sha256sum` prints them, \
                    with `=tenant` behind it if the key belongs to a tenant";
        let hash = text.strip_prefix("sha256:").ok_or(form)?;
        let (hash, tenant) = hash.split_once('=').unwrap_or((hash, DEFAULT_TENANT));
        if hash.len() != 64 || !hash.bytes().all(|b| b.is_ascii_hexdigit()) {
            return Err(form.into());
        }
        let allowed = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.');
        if tenant.is_empty() || tenant.len() > 64 || !tenant.bytes().all(allowed) {
            return Err(format!(
                "names the tenant `{tenant}`; a tenant is 1 to 64 of A-Z, a-z, 0-9, `-`, `_`, `.`"
            ));
        }
        Ok(Self { sha256: hash.to_ascii_lowercase(), tenant: tenant.into() })
    }
}

/// As the guest's `api_key_hashes` lists it.
impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}={}", self.sha256, self.tenant)
    }
}
