//! Keys made at run time, in a key-value store.
//!
//! A key is a record under its hash, where a caller is looked up, and a line in its tenant's directory. The line is written first and
//! removed last: what opens the door is always listed, so that it can be withdrawn.

use gusset_types::Cost;
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::key::{Key, Scope, Tags};
use super::keyring::hash;
use crate::budget::Limits;
use crate::calendar::{parse_time, timestamp};
use crate::files::Store;
use crate::swap::{Change, update};
use crate::{Error, id, json};

/// What a secret begins with: nothing else is looked up, so that a wrong key costs no call of the store.
const PREFIX: &str = "gsk-";
/// Where keys of all tenants are: no tenant's name has this character.
const PLACE: &str = "~keys";
/// Keys a tenant can have: its directory is read as a whole.
const MOST: usize = 1000;

/// Keys in a store.
#[derive(Debug)]
pub struct Managed<'a, S> {
    store: &'a S,
}

/// A key that was made at run time.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Record {
    /// `key-…`; what it is withdrawn by.
    pub id: String,
    /// Unix time in seconds.
    pub created_at: u64,
    /// What it opens.
    #[serde(flatten)]
    pub key: Key,
}

/// A key and its secret, which is shown this once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Created {
    /// What is kept.
    pub record: Record,
    /// What is not.
    pub secret: String,
}

/// A line of a tenant's directory.
#[derive(Serialize, Deserialize)]
struct Line {
    id: String,
    hash: String,
}

/// The body of `POST /v1/gusset/keys`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Asked {
    name: String,
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

/// Whether `secret` has the form of a key made at run time.
#[must_use]
pub fn is_managed(secret: &str) -> bool {
    let digits = secret.strip_prefix(PREFIX);
    digits.is_some_and(|d| d.len() == 64 && d.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f')))
}

impl Record {
    /// Reads the body of `POST /v1/gusset/keys`: a key of `tenant`.
    ///
    /// # Errors
    /// [`Error::InvalidField`], [`Error::InvalidJson`].
    pub fn parse(body: &[u8], tenant: &str, entropy: id::Entropy, now: u64) -> Result<Self, Error> {
        let asked: Asked = json::parse(body)?;
        let invalid =
            |(field, problem): (&str, String)| Error::invalid(field, format!("`{field}` {problem}."));
        let limits = Limits::checked(
            asked.requests_per_minute,
            asked.tokens_per_minute,
            asked.usd_per_day,
            asked.usd_per_month,
        );
        let limits = limits.map_err(invalid)?;
        let time = |text: &String| {
            let form = "must be a day, `2027-01-31`, or a time, `2027-01-31T12:00:00Z`, to come".to_owned();
            parse_time(text).filter(|end| *end > now).ok_or_else(|| invalid(("expires", form)))
        };
        let expires_at = asked.expires.as_ref().map(time).transpose()?;
        let Asked { name, admin, endpoints, models, collections, feature, user, .. } = asked;
        let scope = Scope { admin, endpoints, models, collections };
        let key =
            Key { name, tenant: tenant.to_owned(), scope, tags: Tags { feature, user }, expires_at, limits };
        key.check().map_err(invalid)?;
        Ok(Self { id: id::with_prefix("key-", entropy), created_at: now, key })
    }

    /// As the endpoints show it; `secret` only where it was just made.
    #[must_use]
    pub fn show(&self, secret: Option<&str>) -> serde_json::Value {
        let Key { name, tenant, scope, tags, expires_at, limits } = &self.key;
        let mut shown = json!({
            "id": self.id,
            "object": "gusset.key",
            "created_at": self.created_at,
            "name": name,
            "tenant": tenant,
            "admin": scope.admin,
            "endpoints": scope.endpoints,
            "models": scope.models,
            "collections": scope.collections,
            "feature": tags.feature,
            "user": tags.user,
            "expires": expires_at.map(timestamp),
            "requests_per_minute": limits.requests_per_minute,
            "tokens_per_minute": limits.tokens_per_minute,
            "usd_per_day": limits.usd_per_day.map(Cost::usd),
            "usd_per_month": limits.usd_per_month.map(Cost::usd),
        });
        if let (Some(secret), Some(shown)) = (secret, shown.as_object_mut()) {
            shown.insert("secret".to_owned(), secret.into());
        }
        shown
    }
}

impl<'a, S: Store> Managed<'a, S> {
    /// The keys that `store` keeps.
    pub fn new(store: &'a S) -> Self {
        Self { store }
    }

    /// The key with that secret. One call of the store for what [`is_managed`], none otherwise.
    ///
    /// # Errors
    /// [`Error::WrongKey`] and [`Error::Store`].
    pub fn find(&self, secret: &str) -> Result<Key, Error> {
        if !is_managed(secret) {
            return Err(Error::WrongKey);
        }
        // The store compares hashes, whose bytes tell nothing of the secret's.
        let place = place(&hex::encode(hash(secret)));
        let value = self.store.get(&place).map_err(Error::Store)?.ok_or(Error::WrongKey)?;
        read::<Record>(&place, &value).map(|record| record.key)
    }

    /// Keeps a key with a secret made of these random bytes.
    ///
    /// # Errors
    /// [`Error::InvalidRequest`] where the tenant has as many as there can be, [`Error::Store`] and [`Error::Overloaded`].
    pub fn create(&self, record: Record, entropy: [u8; 32]) -> Result<Created, Error> {
        let secret = format!("{PREFIX}{}", hex::encode(entropy));
        let digest = hex::encode(hash(&secret));
        self.change(&record.key.tenant, |lines| {
            if lines.len() >= MOST {
                return Err(Error::InvalidRequest(format!(
                    "There are {MOST} keys already. Delete one first."
                )));
            }
            lines.push(Line { id: record.id.clone(), hash: digest.clone() });
            Ok(true)
        })?;
        let value = serde_json::to_vec(&record).map_err(|e| Error::Internal(e.to_string()))?;
        self.store.set(&place(&digest), &value).map_err(Error::Store)?;
        Ok(Created { record, secret })
    }

    /// The keys of a tenant, oldest first.
    ///
    /// # Errors
    /// [`Error::Store`].
    pub fn list(&self, tenant: &str) -> Result<Vec<Record>, Error> {
        let directory = directory(tenant);
        let Some(value) = self.store.get(&directory).map_err(Error::Store)? else { return Ok(Vec::new()) };
        let lines: Vec<Line> = read(&directory, &value)?;
        let places: Vec<String> = lines.iter().map(|line| place(&line.hash)).collect();
        let values = self.store.get_many(&places).map_err(Error::Store)?;
        let found = places.iter().zip(values).filter_map(|(place, value)| Some(read(place, &value?)));
        found.collect()
    }

    /// Withdraws a key of a tenant, and says whether there was one.
    ///
    /// # Errors
    /// [`Error::Store`] and [`Error::Overloaded`]; the key may then still be listed, and no longer open anything.
    pub fn delete(&self, tenant: &str, id: &str) -> Result<bool, Error> {
        let directory = directory(tenant);
        let Some(value) = self.store.get(&directory).map_err(Error::Store)? else { return Ok(false) };
        let lines: Vec<Line> = read(&directory, &value)?;
        let Some(line) = lines.into_iter().find(|line| line.id == id) else { return Ok(false) };
        self.store.delete_many(&[place(&line.hash)]).map_err(Error::Store)?;
        self.change(tenant, |lines| {
            let before = lines.len();
            lines.retain(|line| line.id != id);
            Ok(lines.len() != before)
        })?;
        Ok(true)
    }

    /// Changes a tenant's directory; `change` says whether it did.
    fn change(
        &self,
        tenant: &str,
        change: impl Fn(&mut Vec<Line>) -> Result<bool, Error>,
    ) -> Result<(), Error> {
        let directory = directory(tenant);
        update(self.store, &directory, |value| {
            let mut lines = value.map_or(Ok(Vec::new()), |value| read(&directory, value))?;
            if !change(&mut lines)? {
                return Ok(Change::Leave(()));
            }
            let value = serde_json::to_vec(&lines).map_err(|e| Error::Internal(e.to_string()))?;
            Ok(Change::Write(value, ()))
        })
    }
}

fn place(hash: &str) -> String {
    format!("{PLACE}/{hash}")
}

fn directory(tenant: &str) -> String {
    format!("{tenant}/keys-directory")
}

fn read<T: serde::de::DeserializeOwned>(place: &str, value: &[u8]) -> Result<T, Error> {
    serde_json::from_slice(value).map_err(|e| Error::Store(format!("`{place}` holds no key: {e}")))
}
