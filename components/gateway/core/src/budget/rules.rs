//! Budgets as configured, and which of them hold for a call.

use serde::{Deserialize, Deserializer, Serialize};
use sha2::{Digest, Sha256};

use super::limits::Limits;
use crate::pattern;

/// Budgets there can be: each is looked at in every call.
const MOST: usize = 256;

/// A budget. It is counted for each tenant apart: nothing crosses tenants.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Budget {
    /// Unique; said where it is exceeded.
    pub name: String,
    /// The calls that count.
    pub matches: Match,
    /// Whose calls are counted together.
    pub per: Per,
    /// At least one.
    pub limits: Limits,
    /// What becomes of calls without a known price, where spending is limited.
    pub unpriced: Unpriced,
}

/// Which calls count: each field that is written must match one of its patterns ([`pattern`]).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Match {
    /// Whose data is used.
    #[serde(deserialize_with = "one_or_many")]
    pub tenant: Vec<String>,
    /// The key's name.
    #[serde(deserialize_with = "one_or_many")]
    pub key: Vec<String>,
    /// What the application calls what it does.
    #[serde(deserialize_with = "one_or_many")]
    pub feature: Vec<String>,
    /// Whom the application does it for.
    #[serde(deserialize_with = "one_or_many")]
    pub user: Vec<String>,
    /// The model, as the request names it.
    #[serde(deserialize_with = "one_or_many")]
    pub model: Vec<String>,
    /// The path called.
    #[serde(deserialize_with = "one_or_many")]
    pub endpoint: Vec<String>,
}

/// Whose calls are counted together, inside a tenant.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Per {
    /// All of the tenant's that match.
    #[default]
    Tenant,
    /// Those of one key.
    Key,
    /// Those of one feature. Calls that name none are counted together.
    Feature,
    /// Those of one user. Calls that name none are counted together.
    User,
}

/// What becomes of a call without a known price, where spending is limited.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Unpriced {
    /// It is refused: what it costs could not be kept within the limit.
    #[default]
    Refuse,
    /// It is let through and not counted as spending.
    Allow,
}

/// Who calls, what, and for whom.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Subject<'a> {
    /// Whose data is used.
    pub tenant: &'a str,
    /// The key's name; empty under open access.
    pub key: &'a str,
    /// As the caller or its key says.
    pub feature: Option<&'a str>,
    /// As the caller or its key says.
    pub user: Option<&'a str>,
    /// As the request names it.
    pub model: &'a str,
    /// The route's pattern.
    pub endpoint: &'a str,
}

/// A count that a call belongs to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Count {
    /// Where the store keeps it, among others of the same subject.
    pub(super) place: String,
    /// Whose it is, for people.
    pub(super) subject: String,
    pub(super) budget: String,
    pub(super) limits: Limits,
    pub(super) unpriced: Unpriced,
}

/// All budgets.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Rules(Vec<Budget>);

/// A budget as it is written: flat.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    name: String,
    #[serde(default, rename = "match")]
    matches: Match,
    #[serde(default)]
    per: Per,
    #[serde(default)]
    unpriced: Unpriced,
    requests_per_minute: Option<u64>,
    tokens_per_minute: Option<u64>,
    usd_per_day: Option<f64>,
    usd_per_month: Option<f64>,
}

impl Rules {
    /// Reads a JSON array of budgets; empty text for none.
    ///
    /// # Errors
    /// What is wrong, with the position and the key.
    pub fn parse(text: &str) -> Result<Self, String> {
        if text.is_empty() {
            return Ok(Self::default());
        }
        let written: Vec<Written> =
            serde_json::from_str(text).map_err(|e| format!("is no list of budgets: {e}"))?;
        let budgets = written.into_iter().enumerate();
        let budgets = budgets
            .map(|(at, budget)| budget.check().map_err(|(key, problem)| format!("[{at}].{key} {problem}")));
        Self::new(budgets.collect::<Result<_, _>>()?)
    }

    /// These budgets.
    ///
    /// # Errors
    /// What is wrong, with the position and the key.
    pub fn new(budgets: Vec<Budget>) -> Result<Self, String> {
        if budgets.len() > MOST {
            return Err(format!("has {} budgets; at most {MOST} are looked at in every call", budgets.len()));
        }
        for (at, budget) in budgets.iter().enumerate() {
            if budgets.iter().take(at).any(|other| other.name == budget.name) {
                return Err(format!(
                    "[{at}].name is `{}` again; each budget needs a name of its own",
                    budget.name
                ));
            }
        }
        Ok(Self(budgets))
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The counts of a call: of every budget that matches it, and of its key where that has limits of its own.
    #[must_use]
    pub fn counts(&self, subject: &Subject<'_>, key: &Limits) -> Vec<Count> {
        let own = (!key.is_empty()).then(|| {
            let budget = format!("key {}", subject.key);
            Count::new(budget, Per::Key, subject, *key, Unpriced::Refuse)
        });
        let matching = self.0.iter().filter(|budget| budget.matches.allows(subject));
        let counts = matching.map(|b| Count::new(b.name.clone(), b.per, subject, b.limits, b.unpriced));
        let mut counts: Vec<Count> = own.into_iter().chain(counts).collect();
        // Those of one value of the store together.
        counts.sort_by(|a, b| a.place.cmp(&b.place));
        counts
    }
}

impl Written {
    fn check(self) -> Result<Budget, (&'static str, String)> {
        let Self {
            name,
            matches,
            per,
            unpriced,
            requests_per_minute,
            tokens_per_minute,
            usd_per_day,
            usd_per_month,
        } = self;
        if name.is_empty() || name.len() > 64 {
            return Err(("name", "must have 1 to 64 bytes".to_owned()));
        }
        let limits = Limits::checked(requests_per_minute, tokens_per_minute, usd_per_day, usd_per_month)?;
        if limits.is_empty() {
            let remedy = "limits nothing; give it `requests_per_minute`, `tokens_per_minute`, `usd_per_day` or `usd_per_month`";
            return Err(("name", format!("is `{name}`, which {remedy}")));
        }
        matches.check()?;
        Ok(Budget { name, matches, per, limits, unpriced })
    }
}

impl Match {
    fn allows(&self, subject: &Subject<'_>) -> bool {
        pattern::allows(&self.tenant, Some(subject.tenant))
            && pattern::allows(&self.key, Some(subject.key))
            && pattern::allows(&self.feature, subject.feature)
            && pattern::allows(&self.user, subject.user)
            && pattern::allows(&self.model, Some(subject.model))
            && pattern::allows(&self.endpoint, Some(subject.endpoint))
    }

    fn check(&self) -> Result<(), (&'static str, String)> {
        let fields = [
            ("match.tenant", &self.tenant),
            ("match.key", &self.key),
            ("match.feature", &self.feature),
            ("match.user", &self.user),
            ("match.model", &self.model),
            ("match.endpoint", &self.endpoint),
        ];
        fields.into_iter().try_for_each(|(field, patterns)| {
            patterns.iter().try_for_each(|p| pattern::check(p).map_err(|problem| (field, problem)))
        })
    }
}

impl Count {
    fn new(budget: String, per: Per, subject: &Subject<'_>, limits: Limits, unpriced: Unpriced) -> Self {
        let tenant = subject.tenant;
        let named = |kind: &str, name: &str| {
            // Names are the caller's: of any length, and of any characters.
            let digest = hex::encode(Sha256::digest(name).get(..16).unwrap_or_default());
            let shown: String = name.chars().take(64).collect();
            let shown =
                if name.is_empty() { format!("calls without a {kind}") } else { format!("{kind} `{shown}`") };
            (format!("{tenant}/budgets/{kind}/{digest}"), shown)
        };
        let (place, subject) = match per {
            Per::Tenant => (format!("{tenant}/budgets/tenant"), format!("tenant `{tenant}`")),
            Per::Key => named("key", subject.key),
            Per::Feature => named("feature", subject.feature.unwrap_or_default()),
            Per::User => named("user", subject.user.unwrap_or_default()),
        };
        Self { place, subject, budget, limits, unpriced }
    }
}

/// A list of patterns, or the only one.
fn one_or_many<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<String>, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Patterns {
        One(String),
        Many(Vec<String>),
    }
    Ok(match Patterns::deserialize(deserializer)? {
        Patterns::One(pattern) => vec![pattern],
        Patterns::Many(patterns) => patterns,
    })
}
