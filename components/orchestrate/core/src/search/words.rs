//! Words of a question: which of them say what it is about.

use unicode_segmentation::UnicodeSegmentation;

/// Words that say nothing about a topic.
const FUNCTION: &str = " a an the of to in on at by for with from into onto about over under through during between and or but nor so than then as if because while \
is are was were be been being am do does did doing done have has had having can could will would shall should may might must what which who whom whose when where why how \
i you we he she it they me us him her them my your our his its their mine yours ours hers theirs this that these those here there one ones some any no not \
also just too very much many more most other another such same only own please tell know want like get got let say said mean really actually s t re ve ll d m ";

/// Words that point at something said before.
const PRONOUNS: &str =
    " it its they them their theirs he him his she her hers itself themselves himself herself ";

/// The same, if nothing follows that they belong to, or if they stand before what was spoken of.
const POINTERS: &str = " this that these those ";

/// Words that a question begins with.
const INTERROGATIVE: &str = " what which who whom whose when where why how ";

/// Words that a question without one of those begins with.
const AUXILIARY: &str = " is are was were do does did can could will would should has have had may might ";

/// A word where it stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Word<'a> {
    /// Its first byte.
    pub(super) at: usize,
    pub(super) text: &'a str,
}

impl Word<'_> {
    pub(super) fn is_content(self) -> bool {
        !self.among(FUNCTION)
    }

    pub(super) fn is_pronoun(self) -> bool {
        self.among(PRONOUNS)
    }

    pub(super) fn is_pointer(self) -> bool {
        self.among(POINTERS)
    }

    pub(super) fn is_interrogative(self) -> bool {
        self.among(INTERROGATIVE)
    }

    pub(super) fn is_auxiliary(self) -> bool {
        self.among(AUXILIARY)
    }

    /// Whether it is written like a name: with a capital that no beginning explains, or with a digit.
    pub(super) fn is_name(self) -> bool {
        let capitals = self.text.chars().filter(|c| c.is_uppercase()).count();
        let begins = self.at == 0;
        self.is_content()
            && (capitals > usize::from(begins) || self.text.contains(|c: char| c.is_ascii_digit()))
    }

    pub(super) fn is(self, word: &str) -> bool {
        self.text.eq_ignore_ascii_case(word)
    }

    pub(super) fn among(self, list: &str) -> bool {
        let word = self.text.to_lowercase();
        // `what's`, `can't`, `doesn't`.
        let head = word.split(['\'', '’']).next().unwrap_or(&word);
        let bare = if head.len() < word.len() { head.strip_suffix('n').unwrap_or(head) } else { head };
        let listed = |word: &str| !word.is_empty() && list.split(' ').any(|other| other == word);
        listed(&word) || listed(head) || listed(bare)
    }
}

/// The words of a text.
pub(super) fn words(text: &str) -> Vec<Word<'_>> {
    text.unicode_word_indices().map(|(at, text)| Word { at, text }).collect()
}
