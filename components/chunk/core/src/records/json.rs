//! JSON values, one or many (JSON Lines): values, then the members of the outermost, then theirs. Keys of the outermost object are headings.
//!
//! One pass over brackets and strings; text that isn't JSON has boundaries at its lines, at worst.

use crate::boundary::Level;
use crate::outline::{Heading, Outline};

/// Members below this depth are divided at lines only.
const DEPTH: usize = 4;

#[derive(Default)]
struct Scan {
    outline: Outline,
    depth: usize,
    /// Whether the next thing that isn't space starts a member.
    starts: bool,
    in_string: bool,
    escaped: bool,
    /// Where the string began that may be a key of the outermost object.
    key: Option<usize>,
    in_object: bool,
}

pub(crate) fn outline(text: &str) -> Outline {
    let mut scan = Scan { starts: true, ..Scan::default() };
    for (at, byte) in text.bytes().enumerate() {
        scan.byte(text, at, byte);
    }
    scan.outline
}

impl Scan {
    fn byte(&mut self, text: &str, at: usize, byte: u8) {
        if self.in_string {
            return self.string(text, at, byte);
        }
        match byte {
            b' ' | b'\t' | b'\r' => return,
            b'\n' => {
                self.starts |= self.depth == 0;
                return;
            }
            b',' => {
                self.starts = true;
                return;
            }
            b'}' | b']' => {
                self.depth = self.depth.saturating_sub(1);
                self.starts = false;
                return;
            }
            _ => {}
        }
        let begins = std::mem::replace(&mut self.starts, false);
        if begins && self.depth == 0 {
            // What the keys of the value before were headings of ends here.
            self.outline.headings.push(Heading::new(at, 1, ""));
        }
        if begins && at > 0 {
            let level = match self.depth {
                0 => Some(Level::Block),
                1 => Some(Level::Item),
                depth if depth < DEPTH => Some(Level::Line),
                _ => None,
            };
            if let Some(level) = level {
                self.outline.boundaries.push(at, level);
            }
        }
        match byte {
            b'"' => {
                self.in_string = true;
                self.key = (begins && self.depth == 1 && self.in_object).then_some(at);
            }
            b'{' | b'[' => {
                if self.depth == 0 {
                    self.in_object = byte == b'{';
                }
                self.depth += 1;
                self.starts = true;
            }
            _ => {}
        }
    }

    fn string(&mut self, text: &str, at: usize, byte: u8) {
        match byte {
            _ if self.escaped => self.escaped = false,
            b'\\' => self.escaped = true,
            b'"' => {
                self.in_string = false;
                if let Some(key) = self.key.take() {
                    let title = text.get(key + 1..at).unwrap_or_default();
                    self.outline.headings.push(Heading::new(key, 1, title));
                }
            }
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn starts(text: &str, level: Level) -> Vec<&str> {
        let found = outline(text);
        found
            .boundaries
            .inside(&(0..text.len()), level)
            .iter()
            .map(|&at| &text[at..(at + 4).min(text.len())])
            .collect()
    }

    #[test]
    fn lines_and_members_are_records() {
        let lines = "{\"a\": [1, 2]}\n{\"b\": \"},{\\\"\"}\n";
        assert_eq!(starts(lines, Level::Block), ["{\"b\""]);
        let array = "[{\"a\": 1, \"b\": 2}, {\"a\": 3}]";
        assert_eq!(starts(array, Level::Item), ["{\"a\"", "{\"a\""]);
    }

    #[test]
    fn keys_are_headings() {
        let titles: Vec<_> =
            outline("{\"one\": {\"x\": 1}, \"two\": 2}").headings.into_iter().map(|h| h.title).collect();
        assert_eq!(titles, ["", "one", "two"]);
    }
}
