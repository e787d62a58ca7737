//! The keys of the configuration.

use serde::Deserialize;
use sha2::{Digest, Sha256};

use super::DEFAULT_TENANT;
use super::key::{Key, Scope, Tags};
use crate::Error;
use crate::budget::Limits;
use crate::calendar::parse_time;

/// The keys that open the door. None: it is open.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Keyring {
    keys: Vec<(Hash, Key)>,
    open: Key,
    has_virtual: bool,
}

/// sha256 of a secret.
pub(super) type Hash = [u8; 32];

/// A key as the configuration writes it: flat.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    name: String,
    sha256: String,
    #[serde(default = "default_tenant")]
    tenant: String,
    #[serde(default)]
    admin: bool,
    #[serde(default)]
    endpoints: Vec<String>,
    #[serde(default)]
    models: Vec<String>,
    #[serde(default)]
    collections: Vec<String>,
    feature: Option<String>,
    user: Option<String>,
    expires: Option<String>,
    requests_per_minute: Option<u64>,
    tokens_per_minute: Option<u64>,
    usd_per_day: Option<f64>,
    usd_per_month: Option<f64>,
}

impl Keyring {
    /// Reads `hash` or `hash=tenant`, comma-separated; the hash is the hexadecimal sha256 of a key.
    ///
    /// # Errors
    /// What is wrong with the first entry that is not of that form.
    pub fn parse(text: &str) -> Result<Self, String> {
        let entries = text.split(',').map(str::trim).filter(|entry| !entry.is_empty());
        let keys = entries.map(entry).collect::<Result<_, _>>()?;
        Ok(Self { keys, open: Key::of_tenant("", DEFAULT_TENANT), has_virtual: false })
    }

    /// These keys, and those of a JSON array; empty text for none.
    ///
    /// # Errors
    /// What is wrong, with the position and the key.
    pub fn with_virtual(mut self, text: &str) -> Result<Self, String> {
        if text.is_empty() {
            return Ok(self);
        }
        let written: Vec<Written> =
            serde_json::from_str(text).map_err(|e| format!("is no list of keys: {e}"))?;
        for (at, written) in written.into_iter().enumerate() {
            let key = written.check().map_err(|(field, problem)| format!("[{at}].{field} {problem}"))?;
            if self.keys.iter().any(|(_, other)| (&other.name, &other.tenant) == (&key.1.name, &key.1.tenant))
            {
                return Err(format!(
                    "[{at}].name is `{}` again; name each key of a tenant apart",
                    key.1.name
                ));
            }
            if let Some((_, other)) = self.keys.iter().find(|(hash, _)| *hash == key.0) {
                return Err(format!(
                    "[{at}].sha256 is that of `{}` too; each key needs a secret of its own",
                    other.name
                ));
            }
            self.keys.push(key);
            self.has_virtual = true;
        }
        Ok(self)
    }

    /// Whether everybody may call.
    #[must_use]
    pub fn is_open(&self) -> bool {
        self.keys.is_empty()
    }

    /// Whether there are keys beside those that are a hash and a tenant.
    #[must_use]
    pub fn has_virtual(&self) -> bool {
        self.has_virtual
    }

    /// The key of nobody, which open access gives to everybody.
    #[must_use]
    pub fn open(&self) -> &Key {
        &self.open
    }

    /// Whether keys can be managed at all: under open access, a key would open nothing that isn't open already.
    ///
    /// # Errors
    /// [`Error::NoAdmin`].
    pub fn require_managed(&self) -> Result<(), Error> {
        let remedy = "Access is open, so that a key would open nothing more. Configure one with `admin = true` in `[[keys]]` first.";
        if self.is_open() { Err(Error::NoAdmin(remedy)) } else { Ok(()) }
    }

    /// The key with that secret; `None` where it is none of the configuration's.
    #[must_use]
    pub fn find(&self, secret: &str) -> Option<&Key> {
        let hash = hash(secret);
        // Every entry is looked at, whichever matches.
        self.keys.iter().fold(None, |found, (known, key)| if equal(known, &hash) { Some(key) } else { found })
    }
}

/// The secret of a request with these headers: a bearer token, or, as Anthropic's clients have it, `x-api-key`.
///
/// # Errors
/// [`Error::MissingKey`].
pub fn bearer<'a>(authorization: Option<&'a str>, api_key: Option<&'a str>) -> Result<&'a str, Error> {
    let token = authorization.and_then(|header| {
        let (scheme, key) = header.split_once(' ')?;
        scheme.eq_ignore_ascii_case("bearer").then(|| key.trim())
    });
    let given = token.or(api_key.map(str::trim)).filter(|key| !key.is_empty());
    given.ok_or(Error::MissingKey)
}

pub(super) fn hash(secret: &str) -> Hash {
    Sha256::digest(secret).into()
}

fn entry(entry: &str) -> Result<(Hash, Key), String> {
    let (hash, tenant) = entry.split_once('=').unwrap_or((entry, DEFAULT_TENANT));
    let hash = hash.trim();
    let bytes = read_hash(hash)
        .ok_or("must hold sha256 hashes of 64 hexadecimal digits, comma-separated".to_owned())?;
    // Reports and budgets need a name; this one is the operator's to look up.
    let name = format!("sha256:{}", hash.get(..8).unwrap_or(hash).to_ascii_lowercase());
    let key = Key::of_tenant(name, tenant.trim());
    key.check().map_err(|(field, problem)| format!("has an entry whose {field} {problem}"))?;
    Ok((bytes, key))
}

impl Written {
    fn check(self) -> Result<(Hash, Key), (&'static str, String)> {
        let digits = self.sha256.strip_prefix("sha256:").unwrap_or(&self.sha256);
        let form = "must be 64 hexadecimal digits, as `printf %s KEY | sha256sum` prints them";
        let hash = read_hash(digits).ok_or(("sha256", form.to_owned()))?;
        let limits = Limits::checked(
            self.requests_per_minute,
            self.tokens_per_minute,
            self.usd_per_day,
            self.usd_per_month,
        )?;
        let time = |text: &String| {
            let form = "must be a day, `2027-01-31`, or a time, `2027-01-31T12:00:00Z`".to_owned();
            parse_time(text).ok_or(("expires", form))
        };
        let expires_at = self.expires.as_ref().map(time).transpose()?;
        let Self { name, tenant, admin, endpoints, models, collections, feature, user, .. } = self;
        let scope = Scope { admin, endpoints, models, collections };
        let key = Key { name, tenant, scope, tags: Tags { feature, user }, expires_at, limits };
        key.check()?;
        Ok((hash, key))
    }
}

fn read_hash(digits: &str) -> Option<Hash> {
    let mut bytes = [0; 32];
    hex::decode_to_slice(digits, &mut bytes).ok().map(|()| bytes)
}

fn default_tenant() -> String {
    DEFAULT_TENANT.to_owned()
}

/// Equality whose time does not depend on where the first difference is.
fn equal(a: &Hash, b: &Hash) -> bool {
    let difference = a.iter().zip(b).fold(0, |all, (a, b)| all | (a ^ b));
    std::hint::black_box(difference) == 0
}
