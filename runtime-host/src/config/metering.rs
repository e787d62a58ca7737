//! Who may call how much: keys, budgets, and whether what is used is summed up. Handed to the guest as it is written; checked here, before
//! a port is bound, by the core that reads it there.

use gusset_gateway::auth::Keyring;
use gusset_gateway::budget::Rules;
use serde::{Deserialize, Serialize};

/// The sections that are handed on.
#[derive(Clone, Default, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct Sections {
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) keys: Vec<toml::Table>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) budgets: Vec<toml::Table>,
    pub(super) usage: Usage,
}

#[derive(Clone, Copy, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(super) struct Usage {
    pub(super) recorded: Option<bool>,
}

/// The same as JSON texts, of which empty is nothing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Metering {
    /// `virtual_keys`.
    pub keys: String,
    /// `budgets`.
    pub budgets: String,
    /// `usage_recorded`: `true`, `false`, or empty for where somebody is told apart, limited or priced.
    pub usage_recorded: String,
}

impl Sections {
    /// The texts, checked beside the keys that are a hash and a tenant, as the guest's `api_key_hashes` lists them.
    ///
    /// # Errors
    /// The key, and what is wrong with it.
    pub(super) fn to_metering(&self, hashes: &str) -> Result<Metering, (String, String)> {
        let keys = text("keys", &self.keys)?;
        Keyring::parse(hashes)
            .and_then(|ring| ring.with_virtual(&keys))
            .map_err(|problem| place("keys", &problem))?;
        let budgets = text("budgets", &self.budgets)?;
        Rules::parse(&budgets).map_err(|problem| place("budgets", &problem))?;
        let usage_recorded = self.usage.recorded.map(|recorded| recorded.to_string()).unwrap_or_default();
        Ok(Metering { keys, budgets, usage_recorded })
    }

    #[cfg(test)]
    pub(super) fn complete() -> Self {
        let table = |text: &str| toml::from_str(text).unwrap();
        let keys = "name = 'web'\nsha256 = ''\ntenant = ''\nadmin = true\nendpoints = []\nmodels = []\ncollections = []\nfeature = ''\n\
                    user = ''\nexpires = ''\nrequests_per_minute = 1\ntokens_per_minute = 1\nusd_per_day = 1\nusd_per_month = 1";
        let budgets = "name = 'b'\nper = 'user'\nunpriced = 'allow'\nrequests_per_minute = 1\ntokens_per_minute = 1\nusd_per_day = 1\n\
                       usd_per_month = 1\n[match]\ntenant = ''\nkey = ''\nfeature = ''\nuser = ''\nmodel = ''\nendpoint = ''";
        Self { keys: vec![table(keys)], budgets: vec![table(budgets)], usage: Usage { recorded: Some(true) } }
    }
}

fn text(key: &str, tables: &[toml::Table]) -> Result<String, (String, String)> {
    if tables.is_empty() {
        return Ok(String::new());
    }
    serde_json::to_string(tables).map_err(|error| (key.to_owned(), error.to_string()))
}

/// The key that a problem of the list `section` begins with: `[0].name must …` is of `keys[0].name`.
fn place(section: &str, problem: &str) -> (String, String) {
    match problem.split_once(' ') {
        Some((at, rest)) if at.starts_with('[') => (format!("{section}{at}"), rest.to_owned()),
        _ => (section.to_owned(), problem.to_owned()),
    }
}
