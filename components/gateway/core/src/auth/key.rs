//! What a key opens.

use serde::{Deserialize, Serialize};

use crate::Error;
use crate::budget::Limits;
use crate::calendar::timestamp;
use crate::pattern;

/// Paths of Gusset's own endpoints, which show what others of the tenant do.
const OWN: &str = "/v1/gusset/";
/// Longest name of a tenant.
const TENANT_LENGTH: usize = 64;
/// Longest name of a key, a feature or a user that a key brings.
const NAME_LENGTH: usize = 128;

/// A key, without its secret.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Key {
    /// For people, reports and budgets; unique inside the tenant if the operator keeps it so.
    pub name: String,
    /// Whose data it opens.
    pub tenant: String,
    /// What it opens of it.
    #[serde(default)]
    pub scope: Scope,
    /// What its calls are attributed to where they don't say.
    #[serde(default)]
    pub tags: Tags,
    /// When it stops to open anything, in Unix time in seconds. `None`: never.
    #[serde(default)]
    pub expires_at: Option<u64>,
    /// A budget of its own.
    #[serde(default)]
    pub limits: Limits,
}

/// What a key opens of its tenant. Lists are of patterns ([`pattern`]).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Scope {
    /// Whether it manages keys.
    pub admin: bool,
    /// Paths. Empty: all but those under `/v1/gusset/`, which an `admin` may call too.
    pub endpoints: Vec<String>,
    /// What a request's `model` may be, or the part of it behind a collection and `/`. Empty: everything, unless `collections` is not.
    pub models: Vec<String>,
    /// Vector stores by name, also as a request's `model`. Empty: all, unless `models` is not: then, to answer from, none.
    pub collections: Vec<String>,
}

/// What calls are attributed to.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Tags {
    /// What the application calls what it does.
    pub feature: Option<String>,
    /// Whom it does it for.
    pub user: Option<String>,
}

impl Key {
    /// A key that opens everything of `tenant` but the management of keys.
    #[must_use]
    pub fn of_tenant(name: impl Into<String>, tenant: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            tenant: tenant.into(),
            scope: Scope { endpoints: vec!["*".to_owned()], ..Scope::default() },
            ..Self::default()
        }
    }

    /// What is wrong with it, if something is.
    ///
    /// # Errors
    /// The field and the problem.
    pub fn check(&self) -> Result<(), (&'static str, String)> {
        if !(1..=NAME_LENGTH).contains(&self.name.len()) {
            return Err(("name", format!("must have 1 to {NAME_LENGTH} bytes")));
        }
        // A tenant is the first part of every key in the store, so it must not hold a separator.
        let allowed = |b: u8| matches!(b, b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' | b'.');
        if !(1..=TENANT_LENGTH).contains(&self.tenant.len()) || !self.tenant.bytes().all(allowed) {
            let form = "1 to 64 of `a-z`, `A-Z`, `0-9`, `-`, `_`, `.`";
            return Err(("tenant", format!("is `{}`, and a tenant is {form}", self.tenant)));
        }
        let Scope { endpoints, models, collections, .. } = &self.scope;
        for (field, patterns) in [("endpoints", endpoints), ("models", models), ("collections", collections)]
        {
            patterns.iter().try_for_each(|p| pattern::check(p).map_err(|problem| (field, problem)))?;
        }
        for (field, tag) in [("feature", &self.tags.feature), ("user", &self.tags.user)] {
            if tag.as_ref().is_some_and(|tag| !(1..=NAME_LENGTH).contains(&tag.len())) {
                return Err((field, format!("must have 1 to {NAME_LENGTH} bytes, or be left out")));
            }
        }
        Ok(())
    }

    /// Whether it still opens anything. `now` is Unix time in seconds.
    ///
    /// # Errors
    /// [`Error::ExpiredKey`].
    pub fn require_valid(&self, now: u64) -> Result<(), Error> {
        match self.expires_at {
            Some(end) if end <= now => Err(Error::ExpiredKey { key: self.name.clone(), at: timestamp(end) }),
            _ => Ok(()),
        }
    }

    /// Whether it may call `path`, a route's pattern.
    ///
    /// # Errors
    /// [`Error::Forbidden`].
    pub fn require_endpoint(&self, path: &str) -> Result<(), Error> {
        let Scope { admin, endpoints, .. } = &self.scope;
        let allowed = match endpoints.is_empty() {
            true => *admin || !path.starts_with(OWN),
            false => pattern::any(endpoints, path),
        };
        let missing = match endpoints.is_empty() {
            true => format!(
                "keys without `endpoints` open nothing under `{OWN}`; add `{path}` to them, or `admin`"
            ),
            false => format!("its `endpoints` are {}", listed(endpoints)),
        };
        if allowed { Ok(()) } else { Err(self.forbidden(format!("call `{path}`"), missing)) }
    }

    /// Whether it may manage keys.
    ///
    /// # Errors
    /// [`Error::Forbidden`].
    pub fn require_admin(&self) -> Result<(), Error> {
        let missing = || "it lacks the scope `admin`".to_owned();
        self.scope.admin.then_some(()).ok_or_else(|| self.forbidden("manage keys".to_owned(), missing()))
    }

    /// Whether it may ask for `model`, as a request names it: a model, a collection, or `collection/model`.
    ///
    /// # Errors
    /// [`Error::Forbidden`].
    pub fn require_model(&self, model: &str) -> Result<(), Error> {
        let Scope { models, collections, .. } = &self.scope;
        if (models.is_empty() && collections.is_empty()) || pattern::any(models, model) {
            return Ok(());
        }
        let allowed = match model.split_once('/') {
            Some((collection, model)) => {
                pattern::any(collections, collection) && (models.is_empty() || pattern::any(models, model))
            }
            // A bare name may be a model's or a collection's, and nothing here knows which: where models are limited, `*` of all
            // collections must not open all models.
            None => collections.iter().any(|p| pattern::matches(p, model) && (p != "*" || models.is_empty())),
        };
        let missing =
            || format!("its `models` are {}, its `collections` {}", listed(models), listed(collections));
        if allowed { Ok(()) } else { Err(self.forbidden(format!("use `{model}`"), missing())) }
    }

    /// Whether it may use the vector store `name`.
    ///
    /// # Errors
    /// [`Error::Forbidden`].
    pub fn require_collection(&self, name: &str) -> Result<(), Error> {
        if self.opens_collection(name) {
            return Ok(());
        }
        let missing = format!("its `collections` are {}", listed(&self.scope.collections));
        Err(self.forbidden(format!("use the vector store `{name}`"), missing))
    }

    /// Whether the vector store `name` is one of its own.
    #[must_use]
    pub fn opens_collection(&self, name: &str) -> bool {
        pattern::allows(&self.scope.collections, Some(name))
    }

    fn forbidden(&self, what: String, missing: String) -> Error {
        Error::Forbidden { key: self.name.clone(), what, missing }
    }
}

fn listed(patterns: &[String]) -> String {
    match patterns {
        [] => "none".to_owned(),
        some => some.iter().map(|p| format!("`{p}`")).collect::<Vec<_>>().join(", "),
    }
}
