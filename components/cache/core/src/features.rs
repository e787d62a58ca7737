//! What two questions look like beside each other, in numbers that a linear model can weigh.

use gusset_words::{Kind, Word, content};

/// Length of a row.
pub const FEATURES: usize = 21;

/// What a row is made of.
pub(crate) struct Pair<'a> {
    pub(crate) asked: &'a [Word],
    pub(crate) answered: &'a [Word],
    /// Cosine of their vectors.
    pub(crate) similarity: f64,
}

/// The row of a pair. `idf` gives a stem's inverse document frequency, from 0.0 to 1.0.
pub(crate) fn row(pair: &Pair<'_>, idf: &dyn Fn(&str) -> f64) -> [f64; FEATURES] {
    let Pair { asked, answered, similarity } = *pair;
    let (a, b) = (content(asked), content(answered));
    let (only_a, only_b) = (without(&a, &b), without(&b, &a));
    let weight = |stems: &[&str]| stems.iter().map(|stem| idf(stem)).sum::<f64>();
    let total = (weight(&a) + weight(&b)).max(0.1) / 2.0;
    let rarest = only_a.iter().chain(&only_b).map(|stem| idf(stem)).fold(0.0, f64::max);
    let of = |kind| differing(asked, answered, kind) as f64;
    let flag = |holds: bool| if holds { 1.0 } else { 0.0 };
    let equal = only_a.is_empty() && only_b.is_empty();
    let nearness = -(1.0001 - similarity).max(1e-4).ln();
    let shortest = a.len().min(b.len());
    [
        1.0,
        nearness,
        similarity,
        weight(&only_a) / total,
        weight(&only_b) / total,
        rarest,
        flag(!only_a.is_empty() && !only_b.is_empty()),
        flag(only_a.is_empty() != only_b.is_empty()),
        flag(only_a.len() == 1 && only_b.len() == 1),
        spelling(&only_a, &only_b),
        (1.0 + of(Kind::Filler)).ln(),
        of(Kind::Auxiliary).min(2.0),
        of(Kind::Pronoun).min(2.0),
        of(Kind::Preposition).min(2.0),
        of(Kind::Pointer).min(2.0),
        flag(of(Kind::Question) > 0.0),
        flag(equal && a != b),
        ((asked.len() + 1) as f64 / (answered.len() + 1) as f64).ln().abs(),
        (1.0 + (a.len() + b.len()) as f64).ln(),
        flag(shortest <= 2),
        flag(equal) * nearness,
    ]
}

/// Those of `these` that `those` lack, counted.
fn without<'a>(these: &[&'a str], those: &[&str]) -> Vec<&'a str> {
    let mut left = those.to_vec();
    let mut only = these.to_vec();
    only.retain(|stem| match left.iter().position(|other| other == stem) {
        Some(at) => {
            left.swap_remove(at);
            false
        }
        None => true,
    });
    only
}

/// Words of a kind that one has and the other has not.
fn differing(asked: &[Word], answered: &[Word], kind: Kind) -> usize {
    let of = |words: &'_ [Word]| -> Vec<String> {
        words.iter().filter(|word| word.kind == kind).map(|word| word.text.clone()).collect()
    };
    let (asked, answered) = (of(asked), of(answered));
    let (asked, answered): (Vec<&str>, Vec<&str>) =
        (asked.iter().map(String::as_str).collect(), answered.iter().map(String::as_str).collect());
    without(&asked, &answered).len() + without(&answered, &asked).len()
}

/// Share of letter pairs that the differing words have in common (Dice), 0.0 to 1.0: a slip of the pen is near 1.
fn spelling(a: &[&str], b: &[&str]) -> f64 {
    let pairs = |stems: &[&str]| -> Vec<(char, char)> {
        stems.iter().flat_map(|stem| stem.chars().zip(stem.chars().skip(1))).collect()
    };
    let (a, mut b) = (pairs(a), pairs(b));
    let total = a.len() + b.len();
    if total == 0 {
        return 0.0;
    }
    let common = a.iter().filter(|pair| match b.iter().position(|other| other == *pair) {
        Some(at) => {
            b.swap_remove(at);
            true
        }
        None => false,
    });
    2.0 * common.count() as f64 / total as f64
}

#[cfg(test)]
mod tests {
    use super::*;
    use gusset_words::words;

    fn of(a: &str, b: &str) -> [f64; FEATURES] {
        let (asked, answered) = (words(a), words(b));
        row(&Pair { asked: &asked, answered: &answered, similarity: 0.9 }, &|_| 0.5)
    }

    #[test]
    fn a_row_says_what_differs() {
        let same = of("How do I learn Rust?", "How do I learn rust");
        assert_eq!(same[3..18].iter().map(|x| x.abs()).sum::<f64>(), 0.0);
        assert_eq!(same[20], same[1]);
        let other = of("How can I learn Rust?", "Where do you learn piano");
        assert_eq!(other[5..9], [0.5, 1.0, 0.0, 1.0]);
        assert_eq!((other[11], other[12], other[15]), (1.0, 2.0, 1.0));
        assert!(of("Where is a resturant?", "Where is a restaurant?")[9] > 0.8);
    }
}
