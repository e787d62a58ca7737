//! Figures that were reached, below which a change does not pass.

use std::collections::BTreeMap;

use anyhow::Context;

/// By set and system.
pub struct Baselines(BTreeMap<String, BTreeMap<String, f64>>);

impl Baselines {
    /// Those of `baselines.toml`.
    ///
    /// # Errors
    /// The file isn't what it should be.
    pub fn committed() -> anyhow::Result<Self> {
        let all: BTreeMap<String, BTreeMap<String, BTreeMap<String, f64>>> =
            toml::from_str(include_str!("../baselines.toml")).context("reading baselines.toml")?;
        Ok(Self(all.into_iter().next().map(|(_, sets)| sets).unwrap_or_default()))
    }

    /// The least that a system has to reach on a set.
    #[must_use]
    pub fn least(&self, set: &str, system: &str) -> Option<f64> {
        self.0.get(set)?.get(system).copied()
    }
}
