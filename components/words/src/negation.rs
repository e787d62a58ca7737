//! Negations, and what they deny.
//!
//! A negation denies the first words of content behind it, to the next preposition or the end of its clause: NegEx with a shorter reach (Chapman et al., *A Simple Algorithm
//! for Identifying Negated Findings and Diseases in Discharge Summaries*, 2001). Blunt: it does not see irony, nor that two negations cancel each other.

use crate::differences::among;
use crate::words::{Kind, Word, words};

/// Words that turn a text round. `un-` and the like are looked for among the opposites.
const NEGATIONS: &str =
    " not no never none neither nor nobody nothing nowhere without cannot except unless hardly ";

/// Behind a negation, what makes none of it: `not only`.
const ADDING: &str = " only just merely simply ";

/// Words that begin another clause, beside marks.
const TURNS: &str = " but although though while because which who that when whether if ";

/// Words of content that a negation denies, at most.
const REACH: usize = 2;

/// How many negations there are.
pub(crate) fn count(words: &[Word]) -> usize {
    words.iter().filter(|word| among(NEGATIONS, &word.text)).count()
}

/// Whether a statement denies what a sentence says, or says what it denies: a word of content that both have is denied in one of them only.
#[must_use]
pub fn turns_round(statement: &str, sentence: &str) -> bool {
    let (said, written) = (polarities(statement), polarities(sentence));
    let only = |these: &[(String, bool)], those: &[(String, bool)]| {
        let denied = these.iter().filter(|(_, denied)| *denied);
        denied.into_iter().any(|(stem, _)| {
            let mut there = those.iter().filter(|(other, _)| other == stem).peekable();
            there.peek().is_some() && there.all(|(_, denied)| !denied)
        })
    };
    only(&said, &written) || only(&written, &said)
}

/// The stems of a text's words of content, and whether a negation reaches them.
fn polarities(text: &str) -> Vec<(String, bool)> {
    let mut found = Vec::new();
    for clause in text.split([',', ';', ':', '(', ')', '—', '–', '.', '?', '!', '"', '“', '”']) {
        let words = words(clause);
        let mut left = 0;
        for (at, word) in words.iter().enumerate() {
            if among(NEGATIONS, &word.text) {
                let adds = words.get(at + 1).is_some_and(|next| among(ADDING, &next.text));
                left = if adds { 0 } else { REACH };
            } else if among(TURNS, &word.text) || word.kind == Kind::Preposition && left < REACH {
                left = 0;
            } else if word.kind == Kind::Content {
                found.push((word.stem.clone(), left > 0));
                left = left.saturating_sub(1);
            }
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_denial_is_seen_on_either_side() {
        for (statement, sentence, expected) in [
            ("The lease does not end after 24 months.", "The lease ends after 24 months.", true),
            ("The lease ends after 24 months.", "The lease doesn't end after 24 months.", true),
            ("The lease never ends.", "The lease does not end.", false),
            ("There is no deposit.", "A deposit is paid by the owner.", true),
            ("The flat comes without furniture.", "There is no furniture in the flat.", false),
            ("It is a bus.", "It is not a car, but a bus.", false),
            ("It cut the rent.", "It not only cut the rent but paid for the roof.", false),
            ("The match was played.", "Although it did not rain, the match was played.", false),
            ("The owner pays.", "The tenant does not move out; the owner pays.", false),
            ("", "It does not end.", false),
        ] {
            assert_eq!(turns_round(statement, sentence), expected, "{statement} | {sentence}");
        }
    }
}
