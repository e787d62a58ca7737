//! A passage cut into what may be quoted by itself: sentences and list items without their markup, tables and code blocks whole.

use unicode_segmentation::UnicodeSegmentation;

use super::markup::plain;

/// After these, a full stop ends no sentence. Lower case.
const ABBREVIATIONS: [&str; 24] = [
    "mr", "mrs", "ms", "dr", "prof", "st", "sr", "jr", "vs", "no", "nos", "fig", "inc", "ltd", "co", "corp",
    "e.g", "i.e", "cf", "al", "approx", "dept", "sen", "gov",
];

/// A sentence of more bytes is divided at its full stops even where a small letter follows: it is more than one.
const LONG_SENTENCE: usize = 300;

/// Something to quote.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Unit {
    /// Without markup; of several lines only in a table or code.
    pub(super) text: String,
}

impl Unit {
    pub(super) fn is_question(&self) -> bool {
        self.text.ends_with('?')
    }
}

/// The units of a passage, in order. Headings and rules are none.
pub(super) fn units(passage: &str) -> Vec<Unit> {
    let mut builder = Builder::default();
    for line in passage.lines() {
        builder.line(line);
    }
    builder.finish()
}

#[derive(Default)]
struct Builder {
    units: Vec<Unit>,
    /// Prose of the paragraph or list item at hand.
    prose: String,
    /// Lines of the table or code block at hand.
    block: Vec<String>,
    /// What closes the code block at hand.
    fence: Option<&'static str>,
}

impl Builder {
    fn line(&mut self, line: &str) {
        let text = line.trim();
        let fence = ["```", "~~~"].into_iter().find(|fence| text.starts_with(fence));
        match (self.fence, fence) {
            (Some(open), _) => {
                self.block.push(line.trim_end().to_owned());
                if fence == Some(open) {
                    self.fence = None;
                    self.end_block();
                }
            }
            (None, Some(fence)) => {
                self.end_paragraph();
                self.end_block();
                self.fence = Some(fence);
                self.block.push(line.trim_end().to_owned());
            }
            (None, None) if is_row(text) => {
                self.end_paragraph();
                self.block.push(text.to_owned());
            }
            (None, None) => {
                self.end_block();
                self.prose_line(text);
            }
        }
    }

    fn prose_line(&mut self, text: &str) {
        if text.is_empty() || is_heading(text) || is_rule(text) {
            return self.end_paragraph();
        }
        let text = text.trim_start_matches(['>', ' ']);
        let item = list_item(text);
        if item.is_some() {
            self.end_paragraph();
        }
        if !self.prose.is_empty() {
            self.prose.push(' ');
        }
        self.prose.push_str(item.unwrap_or(text));
    }

    fn end_paragraph(&mut self) {
        let prose = plain(&std::mem::take(&mut self.prose));
        self.units.extend(sentences(&prose).map(|text| Unit { text }));
    }

    fn end_block(&mut self) {
        let block = std::mem::take(&mut self.block);
        if !block.is_empty() {
            self.units.push(Unit { text: block.join("\n") });
        }
    }

    fn finish(mut self) -> Vec<Unit> {
        self.end_paragraph();
        if self.fence.is_some() {
            // A chunk may end inside a code block; what is quoted of it must not swallow what follows.
            self.block.push("```".to_owned());
        }
        self.end_block();
        self.units
    }
}

/// Sentences of a paragraph, by Unicode's rules (UAX #29) but for abbreviations, which those leave to the reader, and for text
/// without capitals, which they don't divide.
fn sentences(paragraph: &str) -> impl Iterator<Item = String> {
    let mut sentences: Vec<&str> = Vec::new();
    let mut rest = paragraph;
    while !rest.is_empty() {
        let (sentence, after) = rest.split_at(end_of_sentence(rest));
        if sentence.len() <= LONG_SENTENCE {
            sentences.push(sentence);
        } else {
            sentences.extend(sentence.split_inclusive(". ").flat_map(|part| part.split_inclusive("? ")));
        }
        rest = after;
    }
    sentences.into_iter().map(|sentence| sentence.trim().to_owned()).filter(|sentence| has_words(sentence))
}

/// Where the first sentence of `text` ends.
fn end_of_sentence(text: &str) -> usize {
    let mut end = 0;
    for bound in text.split_sentence_bounds() {
        end += bound.len();
        if !ends_in_abbreviation(bound) {
            break;
        }
    }
    end
}

/// `Dr.`, `J.`, `U.S.`
fn ends_in_abbreviation(sentence: &str) -> bool {
    let Some(rest) = sentence.trim_end().strip_suffix('.') else { return false };
    let last = rest.rsplit(|c: char| c.is_whitespace() || c == '(').next().unwrap_or_default();
    let mut letters =
        last.split('.').map(|part| part.chars().count() == 1 && part.chars().all(char::is_uppercase));
    letters.all(|initial| initial) || ABBREVIATIONS.contains(&last.to_lowercase().as_str())
}

fn has_words(text: &str) -> bool {
    text.chars().any(char::is_alphanumeric)
}

/// A row of a table, with pipes around its cells or only between them.
fn is_row(text: &str) -> bool {
    text.starts_with('|') || text.contains(" | ")
}

/// Markdown's `# …`, and MediaWiki's `= … =`.
fn is_heading(text: &str) -> bool {
    let marks = text.trim_start_matches('#');
    let markdown = marks.len() < text.len() && (marks.is_empty() || marks.starts_with(' '));
    markdown || (text.len() > 2 && text.starts_with("= ") && text.ends_with(" ="))
}

/// A rule, or the underline of a heading.
fn is_rule(text: &str) -> bool {
    text.len() >= 3 && text.chars().all(|c| matches!(c, '-' | '=' | '*' | '_' | ' '))
}

/// What follows `-`, `*`, `+`, `1.` or `1)` at the beginning of a list item.
fn list_item(text: &str) -> Option<&str> {
    let after = match text.strip_prefix(['-', '*', '+', '•']) {
        Some(after) => after,
        None => {
            let digits = text.bytes().take_while(u8::is_ascii_digit).count();
            let after = text.get(digits..).filter(|_| (1..=3).contains(&digits))?;
            after.strip_prefix(['.', ')'])?
        }
    };
    after.strip_prefix(' ').map(str::trim_start)
}
