//! Citations in a text that streams by: `[2]`, `[1][3]`, `[1, 4]`.
//!
//! An answer that cites nothing has no citations: what a reader can't follow back from the text, the list under it must not
//! pretend to support.

use std::collections::BTreeSet;

/// Longest list of numbers between brackets that is read as citations, in bytes.
const MAX_BRACKET_BYTES: usize = 40;

/// Finds citations whatever pieces the text comes in, holding no more of it than one pair of brackets.
#[derive(Debug, Default)]
pub struct Scanner {
    /// What followed the last opening bracket.
    inside: Option<String>,
    numbers: BTreeSet<u32>,
}

impl Scanner {
    /// Reads the next piece.
    pub fn push(&mut self, text: &str) {
        for c in text.chars() {
            match (c, &mut self.inside) {
                ('[', _) => self.inside = Some(String::new()),
                (']', Some(list)) => {
                    let numbers: Option<Vec<u32>> =
                        list.split(',').map(|number| number.trim().parse().ok()).collect();
                    self.numbers.extend(numbers.into_iter().flatten());
                    self.inside = None;
                }
                ('0'..='9' | ',' | ' ', Some(list)) if list.len() < MAX_BRACKET_BYTES => list.push(c),
                _ => self.inside = None,
            }
        }
    }

    /// The passages cited, ascending: numbers from 1 to `passages`. A number that no passage has is the model's invention.
    #[must_use]
    pub fn finish(self, passages: usize) -> Vec<u32> {
        let known =
            |number: &u32| usize::try_from(*number).is_ok_and(|number| (1..=passages).contains(&number));
        self.numbers.into_iter().filter(known).collect()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn scan<'a>(pieces: impl IntoIterator<Item = &'a str>) -> Vec<u32> {
        let mut scanner = Scanner::default();
        pieces.into_iter().for_each(|piece| scanner.push(piece));
        scanner.finish(9)
    }

    #[test]
    fn only_bracketed_numbers_of_passages_are_citations() {
        for (text, expected) in [
            ("It rose [2], then fell [1][3].", vec![1, 2, 3]),
            ("Both [1, 4] say so[4].", vec![1, 4]),
            ("An [[5]] and a link [6](http://a).", vec![5, 6]),
            ("None: [0] [10] [99999999999] [x] [] [1 2] [ [", vec![]),
            ("", vec![]),
        ] {
            assert_eq!(scan([text]), expected, "{text}");
        }
    }

    proptest! {
        #[test]
        fn any_split_finds_the_same(text in "[\\[\\]0-9, a]{0,40}", cut in 0usize..40) {
            let (head, tail) = text.split_at(cut.min(text.len()));
            prop_assert_eq!(scan([head, tail]), scan([text.as_str()]));
        }
    }
}
