//! Cheap facts about a prompt's text that say how hard it is: lengths, numbers, code, options to choose from, turns of phrase.
//!
//! Subject-free on purpose: an embedding says what a prompt is about, which a model trained on some subjects uses too eagerly on others.
//! ASCII and words only, one pass over the bytes and one over the words; a prompt of a thousand bytes costs a few microseconds.

use std::collections::HashSet;

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

#[derive(Default)]
struct Bytes {
    lines: usize,
    digits: usize,
    numbers: usize,
    arithmetic: usize,
    questions: usize,
    code: usize,
    formula: usize,
    quotes: usize,
    capitals: usize,
    foreign: usize,
    sentences: usize,
    money: usize,
}

impl Bytes {
    fn of(text: &str) -> Self {
        let mut found = Self { lines: 1, ..Self::default() };
        let mut before = b' ';
        for byte in text.bytes() {
            match byte {
                b'\n' => found.lines += 1,
                b'0'..=b'9' => {
                    found.digits += 1;
                    found.numbers += usize::from(!before.is_ascii_digit());
                }
                b'+' | b'*' | b'/' | b'=' | b'<' | b'>' => found.arithmetic += 1,
                b'?' => {
                    found.questions += 1;
                    found.sentences += 1;
                }
                b'{' | b'}' | b';' | b'`' | b'[' | b']' => found.code += 1,
                b'\\' | b'^' | b'_' => found.formula += 1,
                b'"' => found.quotes += 1,
                b'A'..=b'Z' => found.capitals += 1,
                b'$' | b'%' => found.money += 1,
                b' ' if matches!(before, b'.' | b'!') => found.sentences += 1,
                0x80.. => found.foreign += 1,
                _ => {}
            }
            before = byte;
        }
        found
    }
}

#[derive(Default)]
struct Words {
    lower: String,
    question: Option<String>,
    count: usize,
    distinct: usize,
    letters: usize,
    long: usize,
    code: usize,
    negations: usize,
    explain: usize,
    write: usize,
    prove: usize,
    calculate: usize,
    passage: usize,
    suppositions: usize,
    years: usize,
    names: usize,
    first_person: usize,
    comparisons: usize,
    causes: usize,
}

impl Words {
    fn of(text: &str) -> Self {
        let lower = text.to_ascii_lowercase();
        let mut found = Self::default();
        let mut distinct = HashSet::new();
        for word in lower.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()) {
            found.count += 1;
            found.letters += word.len();
            found.long += usize::from(word.len() >= 9);
            distinct.insert(word);
            found.classify(word);
        }
        found.distinct = distinct.len();
        found.names = names(text);
        found.lower = lower;
        found
    }

    fn classify(&mut self, word: &str) {
        match word {
            "what" | "who" | "when" | "where" | "which" | "how" | "why" => {
                self.question.get_or_insert_with(|| word.to_owned());
            }
            "def" | "return" | "import" | "function" | "class" | "const" | "int" | "python" => self.code += 1,
            "not" | "except" | "never" | "neither" | "nor" | "no" | "without" | "incorrect" | "false"
            | "least" => {
                self.negations += 1;
            }
            "explain" | "describe" | "discuss" | "compare" | "summarize" => self.explain += 1,
            "write" | "implement" | "create" | "generate" | "complete" => self.write += 1,
            "prove" | "show" | "derive" | "theorem" | "proof" => self.prove += 1,
            "calculate" | "compute" | "find" | "solve" | "determine" | "evaluate" | "estimate" => {
                self.calculate += 1;
            }
            "passage" | "article" | "author" | "paragraph" | "according" | "text" | "excerpt" => {
                self.passage += 1
            }
            "if" | "suppose" | "assume" | "let" | "given" | "consider" | "would" => self.suppositions += 1,
            "i" | "my" | "me" | "myself" => self.first_person += 1,
            "more" | "most" | "best" | "greater" | "larger" | "less" | "than" | "highest" | "lowest" => {
                self.comparisons += 1;
            }
            "because" | "therefore" | "since" | "thus" | "cause" | "causes" | "result" | "due" => {
                self.causes += 1
            }
            _ => {}
        }
        let year = word.len() == 4 && (word.starts_with("1") || word.starts_with("20"));
        self.years += usize::from(year && word.bytes().all(|byte| byte.is_ascii_digit()));
    }
}

/// Words that begin with a capital where no sentence does.
fn names(text: &str) -> usize {
    let mut starts = true;
    let mut names = 0;
    for word in text.split_ascii_whitespace() {
        let capital = word.as_bytes().first().is_some_and(u8::is_ascii_uppercase);
        names += usize::from(capital && !starts && word.len() > 2);
        starts = word.ends_with(['.', '?', '!', ':']);
    }
    names
}

/// The answers that a prompt gives to choose from: lines of the form `A. …`, `(B) …` or `c) …`.
#[derive(Default)]
struct Options {
    lengths: Vec<f32>,
    /// Mean share of words that two of them have in common.
    likeness: f32,
    /// Share of them with a digit.
    numeric: f32,
}

impl Options {
    fn of(text: &str) -> Self {
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

    fn mean(&self) -> f32 {
        self.lengths.iter().sum::<f32>() / self.lengths.len().max(1) as f32
    }

    /// Standard deviation of the lengths by their mean.
    fn spread(&self) -> f32 {
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
