//! The structure of source code, from its indentation: declarations with the comments above them, their members, lines.
//!
//! No grammar of any language. What is written by people or formatted by tools is indented as it is nested, whatever the language, and that says where a
//! function starts and ends. Only what would be taken for a start by mistake is known: comments, strings of many lines, closing brackets.

use crate::boundary::Level;
use crate::lines::{Line, lines};
use crate::outline::{Heading, Outline};

/// What a line that continues the one above may start with, besides closing brackets.
const CONTINUES: [&str; 12] =
    ["else", "elif", "elsif", "except", "rescue", "catch", "finally", "ensure", "end", "where", "then", "{"];

/// What a comment, an attribute or a decorator may start with: it belongs to the declaration below.
const ABOVE: [&str; 9] = ["//", "/*", "*", "#", "--", "@", "\"\"\"", "'''", "%"];

/// What opens and closes text of many lines that is no code.
const FENCES: [(&str, &str); 3] = [("/*", "*/"), ("\"\"\"", "\"\"\""), ("'''", "'''")];

#[derive(Default)]
struct Scan {
    outline: Outline,
    /// What closes the comment or string that is open.
    fence: Option<&'static str>,
    after_blank: bool,
    /// Indent and start of the comments and attributes that end on the line before: they belong to what comes now.
    above: Option<(usize, usize)>,
    /// Indent of the members of the declaration that is open.
    members: Option<usize>,
    /// Whether the line before closed a member.
    closed: bool,
}

pub(crate) fn outline(text: &str) -> Outline {
    let mut scan = Scan::default();
    let mut rest = lines(text).peekable();
    while let Some(line) = rest.next() {
        let below = rest.peek().filter(|below| !below.is_blank()).map_or(0, Line::indent);
        scan.line(line, below);
    }
    scan.outline
}

impl Scan {
    fn line(&mut self, line: Line<'_>, below: usize) {
        if line.is_blank() {
            self.after_blank = true;
            self.above = None;
            return;
        }
        let after_blank = std::mem::replace(&mut self.after_blank, false);
        let text = line.text.trim();
        if let Some(closing) = self.fence {
            if text.contains(closing) {
                self.fence = None;
            }
            return self.push(line, Level::Line);
        }
        self.fence = opened(text);
        let indent = line.indent();
        let above = self.above.take().filter(|&(above, _)| above == indent).map(|(_, start)| start);
        let start = above.unwrap_or(line.start);
        let comment = ABOVE.iter().any(|start| text.starts_with(start)) && !text.starts_with("#include");
        if comment {
            self.above = Some((indent, start));
        }
        let continues =
            text.starts_with([')', ']', '}']) || CONTINUES.iter().any(|word| starts_with_word(text, word));
        let closed = std::mem::replace(&mut self.closed, continues && Some(indent) == self.members);
        if continues || above.is_some() {
            self.push(line, Level::Line);
        } else if indent == 0 {
            self.members = None;
            self.push(line, Level::Block);
        } else {
            let members = *self.members.get_or_insert(indent);
            let starts = indent == members && (after_blank || closed);
            self.push(line, if starts { Level::Item } else { Level::Line });
        }
        let opens = below > indent && !comment && !continues;
        match self.members {
            _ if !opens => {}
            _ if indent == 0 => self.heading(line, start, 1),
            Some(members) if indent == members => self.heading(line, start, 2),
            _ => {}
        }
    }

    fn push(&mut self, line: Line<'_>, level: Level) {
        if line.start > 0 {
            self.outline.boundaries.push(line.start, level);
        }
    }

    /// A declaration is the heading of what is said above it, too.
    fn heading(&mut self, line: Line<'_>, start: usize, level: u8) {
        let title = line.text.trim().trim_end_matches(['{', ':', ' ']);
        self.outline.headings.push(Heading::new(start, level, title));
    }
}

fn starts_with_word(text: &str, word: &str) -> bool {
    let rest = text.strip_prefix(word);
    rest.is_some_and(|rest| !rest.starts_with(|c: char| c.is_alphanumeric() || c == '_'))
}

/// What closes the comment or string that a line leaves open.
fn opened(text: &str) -> Option<&'static str> {
    FENCES.iter().find_map(|&(opening, closing)| {
        let (before, inside) = text.split_once(opening)?;
        let in_comment = ["//", "#"].iter().any(|comment| before.contains(comment));
        let odd = opening != closing || text.matches(opening).count() % 2 == 1;
        let open = if opening == closing { odd } else { !inside.contains(closing) };
        (open && !in_comment).then_some(closing)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, level: Level, expected: &[&str]) {
        let found = outline(text);
        let starts = found.boundaries.inside(&(0..text.len()), level);
        let lines: Vec<&str> = starts.iter().map(|&start| text[start..].lines().next().unwrap()).collect();
        assert_eq!(lines, expected, "{text}");
    }

    const RUST: &str = "use a;\nuse b;\n\n/// Says it.\n#[inline]\nfn say(\n    what: &str,\n) -> bool {\n    a();\n\n    b()\n}\n\nimpl A {\n    /// One.\n    fn one() {\n        x\n    }\n    fn two() {}\n}\n";
    const PYTHON: &str = "import os\n\n\nclass A:\n    \"\"\"Doc\n\nof lines.\n    \"\"\"\n\n    @property\n    def one(self):\n        return 1\n\n    def two(self):\n        return 2\n\n\ndef free():\n    pass\n";

    #[test]
    fn declarations_start_at_their_comments() {
        check(RUST, Level::Block, &["use b;", "/// Says it.", "impl A {"]);
        check(PYTHON, Level::Block, &["class A:", "def free():"]);
    }

    #[test]
    fn members_start_after_blank_lines_and_closings() {
        check(PYTHON, Level::Item, &["    @property", "    def two(self):"]);
        check(RUST, Level::Item, &["    b()", "    fn two() {}"]);
    }

    #[test]
    fn headings_are_declarations() {
        let titles =
            |text| outline(text).headings.into_iter().map(|h| (h.level, h.title)).collect::<Vec<_>>();
        let expected = [(1, "class A"), (2, "def one(self)"), (2, "def two(self)"), (1, "def free()")];
        assert_eq!(titles(PYTHON), expected.map(|(level, title)| (level, title.to_owned())));
    }
}
