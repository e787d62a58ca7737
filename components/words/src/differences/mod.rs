//! Differences that no similarity outweighs: a number, a unit, a date, a name, a negation, an opposite, an owner, or who does what to whom.
//!
//! A guard may block two questions that ask the same, and costs a hit. It must not let two through that don't.

mod names;
mod numbers;
mod opposites;
mod order;
#[cfg(test)]
mod tests;

use crate::negation;
use crate::words::{Kind, Word};

/// What two questions differ in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Difference {
    /// A number, in digits or letters.
    Number,
    /// A unit, a month, a day.
    Measure,
    /// A name.
    Name,
    /// `not`, `without`, ….
    Negation,
    /// `increase` and `decrease`, ….
    Opposite,
    /// `my` and `your`, ….
    Owner,
    /// Two things change places.
    Order,
    /// Not a difference that can be seen: a question points at something outside itself.
    Pointer,
}

/// Words that point at what stands beside a question. It may differ where the question does not.
const POINTERS: &str = " following above below attached ";

/// The first difference found that forbids one question's answer for the other.
#[must_use]
pub fn difference(asked: &[Word], answered: &[Word]) -> Option<Difference> {
    if asked.iter().chain(answered).any(|word| among(POINTERS, &word.text)) {
        Some(Difference::Pointer)
    } else if numbers::numbers(asked) != numbers::numbers(answered) {
        Some(Difference::Number)
    } else if numbers::measures(asked) != numbers::measures(answered) {
        Some(Difference::Measure)
    } else if negation::count(asked) != negation::count(answered) {
        Some(Difference::Negation)
    } else if names::differ(asked, answered) {
        Some(Difference::Name)
    } else if opposites::differ(asked, answered) {
        Some(Difference::Opposite)
    } else if owned_by_others(asked, answered) {
        Some(Difference::Owner)
    } else {
        order::swapped(asked, answered).then_some(Difference::Order)
    }
}

/// Whether both name an owner, and not the same.
fn owned_by_others(asked: &[Word], answered: &[Word]) -> bool {
    let (asked, answered) = (owners(asked), owners(answered));
    asked != answered && asked.contains(&true) && answered.contains(&true)
}

/// Whose things are spoken of. Who asks doesn't matter: `how do I` and `how do you` are the same question.
fn owners(words: &[Word]) -> [bool; 3] {
    let any = |list: &str| words.iter().any(|word| word.kind == Kind::Pronoun && among(list, &word.text));
    [any(" my mine our ours "), any(" your yours "), any(" his her hers their theirs ")]
}

/// Whether a word is in a list that has a space around each.
pub(crate) fn among(list: &str, word: &str) -> bool {
    list.split(' ').any(|other| other == word && !word.is_empty())
}
