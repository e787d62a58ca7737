//! Figures that were reached, below which a change does not pass. They hold for the data that they were reached on, and for no other of the same name.

use std::collections::BTreeMap;

use anyhow::Context;

type Section = BTreeMap<String, f64>;

/// By set and system, or by system and metric.
pub struct Baselines {
    sections: BTreeMap<String, Section>,
    /// How many questions, statements or pairs each set had.
    data: BTreeMap<String, f64>,
}

impl Baselines {
    /// Those of a measure in `baselines.toml`.
    ///
    /// # Errors
    /// The file isn't what it should be.
    pub fn committed(measure: &str) -> anyhow::Result<Self> {
        Self::parse(include_str!("../baselines.toml"), measure)
    }

    fn parse(text: &str, measure: &str) -> anyhow::Result<Self> {
        let mut all: BTreeMap<String, BTreeMap<String, Section>> =
            toml::from_str(text).context("reading baselines.toml")?;
        let data = all.get_mut("data").and_then(|data| data.remove("sizes")).unwrap_or_default();
        Ok(Self { sections: all.remove(measure).unwrap_or_default(), data })
    }

    /// Without those of sets that are not there, or have the name alone: so many questions are in each that is there.
    #[must_use]
    pub fn of_sets(mut self, sets: &[(&str, usize)]) -> Self {
        let data = &self.data;
        self.sections.retain(|section, _| {
            let own =
                sets.iter().filter(|(name, _)| section.starts_with(name)).max_by_key(|(name, _)| name.len());
            own.is_some_and(|&(name, size)| is_of(data, name, size))
        });
        self
    }

    /// All, if all sets are those that they were reached on together; none otherwise.
    #[must_use]
    pub fn of_all(mut self, together: &[&str], sets: &[(&str, usize)]) -> Self {
        let same = sets.len() == together.len()
            && sets.iter().all(|&(name, size)| together.contains(&name) && is_of(&self.data, name, size));
        if !same {
            self.sections.clear();
        }
        self
    }

    /// The least that a system has to reach on a set.
    #[must_use]
    pub fn least(&self, set: &str, system: &str) -> Option<f64> {
        self.sections.get(set)?.get(system).copied()
    }
}

fn is_of(data: &BTreeMap<String, f64>, name: &str, size: usize) -> bool {
    data.get(name).is_some_and(|&known| known == size as f64)
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "[data.sizes]\na = 10\na-b = 5\n[m.a]\nx = 0.5\n[m.\"a-b, y\"]\nx = 0.7";

    #[test]
    fn baselines_hold_for_what_they_were_reached_on() {
        let all = || Baselines::parse(TEXT, "m").unwrap();
        assert_eq!((all().least("a", "x"), all().least("a-b, y", "x")), (Some(0.5), Some(0.7)));
        let other = all().of_sets(&[("a", 10), ("a-b", 6)]);
        assert_eq!((other.least("a", "x"), other.least("a-b, y", "x")), (Some(0.5), None));
        assert_eq!(all().of_sets(&[]).least("a", "x"), None);
        assert_eq!(all().of_all(&["a", "a-b"], &[("a", 10), ("a-b", 5)]).least("a", "x"), Some(0.5));
        assert_eq!(all().of_all(&["a", "a-b"], &[("a", 10)]).least("a", "x"), None);
        Baselines::committed("ranking").unwrap();
    }
}
