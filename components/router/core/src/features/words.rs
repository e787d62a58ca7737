//! What the words of a text say, in one pass.

use std::collections::HashSet;

/// Counts of words by what they hint at.
#[derive(Default)]
pub(super) struct Words {
    pub(super) lower: String,
    pub(super) question: Option<String>,
    pub(super) count: usize,
    pub(super) distinct: usize,
    pub(super) letters: usize,
    pub(super) long: usize,
    pub(super) code: usize,
    pub(super) negations: usize,
    pub(super) explain: usize,
    pub(super) write: usize,
    pub(super) prove: usize,
    pub(super) calculate: usize,
    pub(super) passage: usize,
    pub(super) suppositions: usize,
    pub(super) years: usize,
    pub(super) names: usize,
    pub(super) first_person: usize,
    pub(super) comparisons: usize,
    pub(super) causes: usize,
}

impl Words {
    pub(super) fn of(text: &str) -> Self {
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
