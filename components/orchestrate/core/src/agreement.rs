//! Whether two answers say the same, as far as words show it: what the semantic cache learns from.
//!
//! Careful on one side only. To take one answer for two is to lose a hit; to take two for one would break the bound on wrong hits that an operator
//! declared. So numbers and negations must agree, and most of the words that carry meaning.

use std::collections::{BTreeMap, BTreeSet};

use unicode_segmentation::UnicodeSegmentation;

/// F1 of the content words from which two answers count as one. Two samples of one model to one question seldom lie below it where the answer is a
/// fact or a few sentences; answers to neighbouring questions seldom above.
const LEAST_F1: f64 = 0.6;

/// Words that carry no meaning of their own.
const FUNCTION_WORDS: [&str; 44] = [
    "a", "an", "the", "of", "to", "in", "on", "at", "by", "for", "with", "from", "and", "or", "is", "are",
    "was", "were", "be", "been", "it", "its", "this", "that", "these", "those", "as", "you", "your", "i",
    "we", "they", "he", "she", "can", "will", "would", "should", "do", "does", "so", "if", "there", "which",
];

/// Words that turn a statement round.
const NEGATIONS: [&str; 9] =
    ["no", "not", "never", "none", "cannot", "without", "nobody", "nothing", "neither"];

/// Whether two answers say the same.
#[must_use]
pub fn agree(one: &str, other: &str) -> bool {
    let (one, other) = (Words::of(one), Words::of(other));
    one.numbers == other.numbers && one.negated == other.negated && one.f1(&other) >= LEAST_F1
}

#[derive(Default)]
struct Words {
    content: BTreeMap<String, u32>,
    numbers: BTreeSet<String>,
    negated: bool,
}

impl Words {
    fn of(text: &str) -> Self {
        let mut words = Self::default();
        for word in text.unicode_words() {
            let word = word.to_lowercase();
            if word.chars().any(|c| c.is_ascii_digit()) {
                words.numbers.insert(word.clone());
            }
            if NEGATIONS.contains(&word.as_str()) || word.ends_with("n't") || word.ends_with("n’t") {
                words.negated = true;
            } else if !FUNCTION_WORDS.contains(&word.as_str()) {
                *words.content.entry(word).or_default() += 1;
            }
        }
        words
    }

    /// Of the multisets of content words (as SQuAD's evaluation computes it, <https://arxiv.org/abs/1606.05250>); 1.0 for two that have none.
    fn f1(&self, other: &Self) -> f64 {
        let total = |words: &Self| words.content.values().sum::<u32>();
        let common: u32 = self
            .content
            .iter()
            .map(|(word, count)| other.content.get(word).copied().unwrap_or(0).min(*count))
            .sum();
        match total(self) + total(other) {
            0 => 1.0,
            both => 2.0 * f64::from(common) / f64::from(both),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_fact_in_other_words_agrees() {
        assert!(agree("The capital of France is Paris.", "Paris is the capital of France."));
        assert!(agree("", " "));
    }

    #[test]
    fn other_numbers_negations_and_facts_do_not() {
        assert!(!agree("It takes 30 days to return an item.", "It takes 14 days to return an item."));
        assert!(!agree("You can return an opened item.", "You cannot return an opened item."));
        assert!(!agree("You should return an opened item.", "You shouldn't return an opened item."));
        assert!(!agree("The capital of France is Paris.", "The largest city of Germany is Berlin."));
    }
}
