//! What a statement can't have without its text: numbers, dates and names.
//!
//! English spelling, and blunt: a name is what is written with a capital inside a sentence, or has a digit among its letters. A statement that begins with
//! a name its text lacks is not caught by it, nor one that gives a name another role.

use std::collections::BTreeSet;

use rust_stemmers::{Algorithm, Stemmer};
use unicode_segmentation::UnicodeSegmentation;

/// Numbers that are spelled out. `one` is a pronoun as often as a number.
const SPELLED: [(&str, &str); 21] = [
    ("two", "2"),
    ("three", "3"),
    ("four", "4"),
    ("five", "5"),
    ("six", "6"),
    ("seven", "7"),
    ("eight", "8"),
    ("nine", "9"),
    ("ten", "10"),
    ("eleven", "11"),
    ("twelve", "12"),
    ("dozen", "12"),
    ("fifteen", "15"),
    ("twenty", "20"),
    ("thirty", "30"),
    ("forty", "40"),
    ("fifty", "50"),
    ("sixty", "60"),
    ("seventy", "70"),
    ("eighty", "80"),
    ("ninety", "90"),
];

/// Written with a capital, and no names.
const COMMON: [&str; 5] = ["i", "i'm", "i've", "i'll", "i'd"];

/// How many numbers, dates and names of a statement are in none of the texts.
#[must_use]
pub fn missing(statement: &str, texts: &[String]) -> usize {
    let stemmer = Stemmer::create(Algorithm::English);
    let there: BTreeSet<String> =
        texts.iter().flat_map(|text| text.unicode_words()).map(|word| form(&stemmer, word)).collect();
    let known = |word: &String| there.contains(word) || parts(word).all(|part| there.contains(part));
    facts(statement).map(|word| form(&stemmer, word)).filter(|word| !known(word)).count()
}

/// Numbers and names of a statement.
fn facts(statement: &str) -> impl Iterator<Item = &str> {
    let mut begins = true;
    let mut end = 0;
    statement
        .unicode_word_indices()
        .filter(move |&(at, word)| {
            let between = statement.get(end..at).unwrap_or_default();
            begins |= between.contains(['.', '?', '!', ':', ';', '"', '“', '\n', '•', '*']);
            let first = std::mem::replace(&mut begins, false);
            end = at + word.len();
            is_number(word) || is_name(word, first)
        })
        .map(|(_, word)| word)
}

fn is_number(word: &str) -> bool {
    let lower = word.to_lowercase();
    word.contains(|c: char| c.is_ascii_digit()) || SPELLED.iter().any(|(name, _)| *name == lower)
}

fn is_name(word: &str, first: bool) -> bool {
    let mut letters = word.chars().filter(|c| c.is_alphabetic());
    let capital = letters.next().is_some_and(char::is_uppercase);
    let later = letters.any(char::is_uppercase);
    (later || capital && !first) && !COMMON.contains(&word.to_lowercase().replace('’', "'").as_str())
}

/// As it is compared: numbers in digits, words stemmed.
fn form(stemmer: &Stemmer, word: &str) -> String {
    let mut lower = word.to_lowercase().replace(['’', '\''], "'");
    if lower.contains(|c: char| c.is_ascii_digit()) {
        lower.retain(|c| c != ',' && c != '\'');
        return ["st", "nd", "rd", "th", "s"]
            .iter()
            .find_map(|end| lower.strip_suffix(end))
            .unwrap_or(&lower)
            .to_owned();
    }
    lower.retain(|c| c != '.');
    let lower = lower.strip_suffix("'s").unwrap_or(&lower);
    match SPELLED.iter().find(|(name, _)| *name == lower) {
        Some((_, digits)) => (*digits).to_owned(),
        None => stemmer.stem(lower).into_owned(),
    }
}

/// `2023-24` is there where 2023 and 24 are.
fn parts(word: &str) -> impl Iterator<Item = &str> {
    word.split(|c: char| !c.is_alphanumeric()).filter(|part| !part.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_text_lacks_is_counted() {
        let text = "In October 1973 the members of OPEC proclaimed an embargo. Prices rose from 3 to nearly $12,000, the 2nd time in twenty years.";
        for (statement, expected) in [
            ("Prices rose from three to 12000 in October 1973.", 0),
            ("The embargo was proclaimed by OPEC's members.", 0),
            ("Prices rose from 3 to 14,000.", 1),
            ("It began in November 1974.", 2),
            ("The embargo of NATO was the second in 20 years.", 1),
            ("Members agreed.", 0),
        ] {
            assert_eq!(missing(statement, &[text.to_owned()]), expected, "{statement}");
        }
        let texts = ["Kissinger went to Cairo.".to_owned(), "He arrived in 1974.".to_owned()];
        assert_eq!(missing("In 1974 Henry Kissinger reached Cairo.", &texts), 1, "no text says Henry");
    }
}
