//! Figures that were reached, below which a change does not pass.

use std::collections::BTreeMap;

use anyhow::Context;

/// By set and system, or by system and metric.
pub struct Baselines(BTreeMap<String, BTreeMap<String, f64>>);

impl Baselines {
    /// Those of a measure in `baselines.toml`.
    ///
    /// # Errors
    /// The file isn't what it should be.
    pub fn committed(measure: &str) -> anyhow::Result<Self> {
        let mut all: BTreeMap<String, BTreeMap<String, BTreeMap<String, f64>>> =
            toml::from_str(include_str!("../baselines.toml")).context("reading baselines.toml")?;
        Ok(Self(all.remove(measure).unwrap_or_default()))
    }

    /// The least that a system has to reach on a set.
    #[must_use]
    pub fn least(&self, set: &str, system: &str) -> Option<f64> {
        self.0.get(set)?.get(system).copied()
    }
}
