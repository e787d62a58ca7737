//! Cheap facts about a prompt's text that say how hard it is: lengths, numbers, code, options to choose from, turns of phrase.
//!
//! Subject-free on purpose: an embedding says what a prompt is about, which a model trained on some subjects uses too eagerly on others.
//! ASCII and words only, one pass over the bytes and one over the words; a prompt of a thousand bytes costs a few microseconds.

mod bytes;
mod options;
mod words;

use bytes::Bytes;
use options::Options;
use words::Words;

/// How many features there are.
pub const COUNT: usize = NAMES.len();

/// Their names, in the order of [`features`]'s values. `log` is ln(1 + x).
pub const NAMES: [&str; 48] = [
    "log bytes",
    "log words",
    "log lines",
    "bytes a word",
    "share of digits",
    "log numbers",
    "log arithmetic signs",
    "log question marks",
    "log code marks",
    "log formula marks",
    "options",
    "log bytes an option",
    "spread of the options' lengths",
    "likeness of the options",
    "options with a digit",
    "all or none of the above",
    "log negations",
    "which of the following",
    "what",
    "who",
    "when",
    "where",
    "which",
    "how",
    "why",
    "how many",
    "asks to explain",
    "asks to write",
    "asks to prove",
    "asks to calculate",
    "numbered statements",
    "log quotation marks",
    "share of capitals",
    "share beyond ASCII",
    "log sentences",
    "share of long words",
    "words a sentence",
    "refers to a passage",
    "log suppositions",
    "log years",
    "blank to fill",
    "ends with a question mark",
    "share of names",
    "log first person",
    "log per cent and money",
    "distinct words",
    "log comparisons",
    "log causes",
];

/// Bytes of a text that are looked at: what is beyond hardly changes a share, and a prompt may be a whole book.
const LONGEST: usize = 8192;

/// The values of [`NAMES`] for a text.
pub fn features(text: &str) -> [f32; COUNT] {
    let text = head(text);
    let bytes = Bytes::of(text);
    let words = Words::of(text);
    let options = Options::of(text);
    let length = text.len().max(1) as f32;
    let count = words.count.max(1) as f32;
    let has = |phrase: &str| flag(words.lower.contains(phrase));
    let starts = |word: &str| flag(words.question.as_deref() == Some(word));
    [
        log(text.len()),
        log(words.count),
        log(bytes.lines),
        (words.letters as f32 / count).min(20.0),
        bytes.digits as f32 / length,
        log(bytes.numbers),
        log(bytes.arithmetic),
        log(bytes.questions),
        log(bytes.code + 3 * words.code),
        log(bytes.formula),
        options.lengths.len().min(10) as f32,
        (1.0 + options.mean()).ln(),
        options.spread(),
        options.likeness,
        options.numeric,
        flag(words.lower.contains("of the above") || words.lower.contains("none of the")),
        log(words.negations),
        has("of the following"),
        starts("what"),
        starts("who"),
        starts("when"),
        starts("where"),
        starts("which"),
        starts("how"),
        starts("why"),
        flag(words.lower.contains("how many") || words.lower.contains("how much")),
        flag(words.explain > 0),
        flag(words.write > 0),
        flag(words.prove > 0),
        flag(words.calculate > 0),
        flag(
            words.lower.contains("statement 1") || words.lower.contains("ii.") || words.lower.contains("1. "),
        ),
        log(bytes.quotes),
        bytes.capitals as f32 / length,
        bytes.foreign as f32 / length,
        log(bytes.sentences),
        words.long as f32 / count,
        (count / bytes.sentences.max(1) as f32).min(60.0),
        flag(words.passage > 0),
        log(words.suppositions),
        log(words.years),
        has("__"),
        flag(text.trim_end().ends_with('?')),
        words.names as f32 / count,
        log(words.first_person),
        log(bytes.money),
        words.distinct as f32 / count,
        log(words.comparisons),
        log(words.causes),
    ]
}

fn log(count: usize) -> f32 {
    (1.0 + count as f32).ln()
}

fn flag(is: bool) -> f32 {
    if is { 1.0 } else { 0.0 }
}

/// The first [`LONGEST`] bytes, cut between characters.
fn head(text: &str) -> &str {
    let mut end = text.len().min(LONGEST);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    text.get(..end).unwrap_or(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, name: &str, expected: f32) {
        let at = NAMES.iter().position(|each| *each == name).unwrap();
        let found = features(text)[at];
        assert!((found - expected).abs() < 1e-5, "{name} of {text:?} is {found}, not {expected}");
    }

    #[test]
    fn values_are_what_their_names_say() {
        let choice = "Which of the following is not 12 m?\nA. 12\nB. 12 13\n(C) no\n";
        check(choice, "options", 3.0);
        check(choice, "options with a digit", 2.0 / 3.0);
        check(choice, "likeness of the options", 0.5 / 3.0);
        check(choice, "which", 1.0);
        check(choice, "what", 0.0);
        check(choice, "which of the following", 1.0);
        check(choice, "log numbers", 5_f32.ln());
        check(choice, "log negations", 3_f32.ln());
        check("What did I do in 1999?", "ends with a question mark", 1.0);
        check("What did I do in 1999?", "log years", 2_f32.ln());
        check("What did I do in 1999?", "log first person", 2_f32.ln());
        check("met Anna in Rome", "share of names", 0.5);
        check("fn f() { return `x`; }", "log code marks", (1.0 + 8.0_f32).ln());
    }

    #[test]
    fn any_text_has_finite_values() {
        let long = "é".repeat(LONGEST);
        for text in ["", " ", "\n\n", "?", "A.\nB.\n", "日本語のプロンプト", long.as_str()] {
            assert!(features(text).iter().all(|value| value.is_finite()), "{text:?}");
        }
    }
}
