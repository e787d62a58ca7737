//! Multiple choice: the options that a text lists.

use std::collections::HashSet;

/// The answers that a prompt gives to choose from: lines of the form `A. …`, `(B) …` or `c) …`.
#[derive(Default)]
pub(super) struct Options {
    pub(super) lengths: Vec<f32>,
    /// Mean share of words that two of them have in common.
    pub(super) likeness: f32,
    /// Share of them with a digit.
    pub(super) numeric: f32,
}

impl Options {
    pub(super) fn of(text: &str) -> Self {
        let options: Vec<&str> = text.lines().filter_map(option).take(10).collect();
        if options.len() < 2 {
            return Self::default();
        }
        let sets: Vec<HashSet<String>> = options
            .iter()
            .map(|option| option.split_ascii_whitespace().map(str::to_ascii_lowercase).collect())
            .collect();
        let mut likeness = 0.0;
        let mut pairs = 0.0;
        for (at, a) in sets.iter().enumerate() {
            for b in sets.iter().skip(at + 1) {
                let union = a.union(b).count().max(1);
                likeness += a.intersection(b).count() as f32 / union as f32;
                pairs += 1.0;
            }
        }
        let numeric =
            options.iter().filter(|option| option.bytes().any(|byte| byte.is_ascii_digit())).count();
        Self {
            lengths: options.iter().map(|option| option.len() as f32).collect(),
            likeness: likeness / pairs,
            numeric: numeric as f32 / options.len() as f32,
        }
    }

    pub(super) fn mean(&self) -> f32 {
        self.lengths.iter().sum::<f32>() / self.lengths.len().max(1) as f32
    }

    /// Standard deviation of the lengths by their mean.
    pub(super) fn spread(&self) -> f32 {
        let mean = self.mean();
        let variance = self.lengths.iter().map(|length| (length - mean).powi(2)).sum::<f32>()
            / self.lengths.len().max(1) as f32;
        if mean > 0.0 { variance.sqrt() / mean } else { 0.0 }
    }
}

/// What follows an option's letter, if the line begins with one.
fn option(line: &str) -> Option<&str> {
    let line = line.trim_start();
    let line = line.strip_prefix('(').unwrap_or(line);
    let mut characters = line.chars();
    let letter = characters.next()?;
    let mark = characters.next()?;
    (letter.is_ascii_alphabetic() && letter.to_ascii_uppercase() <= 'J' && matches!(mark, '.' | ')'))
        .then(|| characters.as_str().trim())
}
