//! HTML source to text and tags: the part of the standard's tokenizer (<https://html.spec.whatwg.org/#tokenization>) that decides where markup ends.
//!
//! One pass, and linear on broken input too: whatever a search doesn't find it will not search for again. Unlike a browser it never
//! swallows the rest of a document because of a tag, quote or comment that is not closed.

use std::ops::Range;

/// A part of the source, in order.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Event<'a> {
    /// Characters, entities not decoded.
    Text(Range<usize>),
    /// `<name …>`. Names are as written.
    Open { name: &'a str, range: Range<usize> },
    /// `</name>`.
    Close { name: &'a str, range: Range<usize> },
    /// Comments, declarations, and the content of elements that nobody reads.
    Dropped(Range<usize>),
}

pub(super) struct Lexer<'a> {
    html: &'a str,
    at: usize,
    /// After this there is no `>` any more.
    last_close: usize,
    /// A quote was left open once: from then on quotes in tags mean nothing.
    quotes_broken: bool,
    /// After this there is no `-->` any more.
    comments_broken: bool,
    /// Content to drop until the closing tag of this name.
    raw: Option<&'a str>,
}

/// Elements whose content is not markup and is not read.
const RAW: [&str; 5] = ["script", "style", "iframe", "noembed", "noframes"];

impl<'a> Lexer<'a> {
    pub(super) fn new(html: &'a str) -> Self {
        Self {
            html,
            at: 0,
            last_close: html.rfind('>').unwrap_or(0),
            quotes_broken: false,
            comments_broken: false,
            raw: None,
        }
    }

    fn rest(&self, from: usize) -> &'a str {
        self.html.get(from..).unwrap_or_default()
    }

    /// Everything up to `end`, which becomes the next position.
    fn take(&mut self, end: usize) -> Range<usize> {
        let start = std::mem::replace(&mut self.at, end);
        start..end
    }

    /// The end of the markup that starts here, if any does.
    fn markup(&mut self) -> Option<Event<'a>> {
        if self.at > self.last_close {
            return None;
        }
        let rest = self.rest(self.at);
        if let Some(end) = rest.strip_prefix("<!--").and_then(|comment| self.comment_end(comment)) {
            return Some(Event::Dropped(self.take(self.at + end)));
        }
        let mut after = rest.chars().skip(1);
        match after.next()? {
            '!' | '?' => {
                let end = self.at + rest.find('>')? + 1;
                Some(Event::Dropped(self.take(end)))
            }
            '/' if after.next()?.is_ascii_alphabetic() => {
                let name = name(rest.get(2..)?);
                let end = self.at + rest.find('>')? + 1;
                Some(Event::Close { name, range: self.take(end) })
            }
            first if first.is_ascii_alphabetic() => {
                let name = name(rest.get(1..)?);
                let end = self.tag_end(self.at + 1 + name.len())?;
                self.raw = RAW.into_iter().any(|raw| name.eq_ignore_ascii_case(raw)).then_some(name);
                Some(Event::Open { name, range: self.take(end) })
            }
            _ => None,
        }
    }

    /// Length of a comment, from the text after its `<!--`.
    fn comment_end(&mut self, comment: &str) -> Option<usize> {
        // `<!-->` and `<!--->` are comments too.
        if comment.starts_with('>') || comment.starts_with("->") {
            return comment.find('>').map(|end| "<!--".len() + end + 1);
        }
        if self.comments_broken {
            return None;
        }
        let end = comment.find("-->");
        self.comments_broken = end.is_none();
        end.map(|end| "<!--".len() + end + "-->".len())
    }

    /// One past the `>` that closes a tag, not counting those in quoted attribute values.
    fn tag_end(&mut self, from: usize) -> Option<usize> {
        let mut quote = None;
        if !self.quotes_broken {
            for (offset, byte) in self.rest(from).bytes().enumerate() {
                match (quote, byte) {
                    (None, b'>') => return Some(from + offset + 1),
                    (None, b'"' | b'\'') => quote = Some(byte),
                    (Some(open), byte) if byte == open => quote = None,
                    _ => {}
                }
            }
            self.quotes_broken = true;
        }
        self.rest(from).find('>').map(|offset| from + offset + 1)
    }

    /// The content of an element that nobody reads.
    fn raw(&mut self, name: &str) -> Range<usize> {
        let mut from = self.at;
        while let Some(close) = self.rest(from).find("</").map(|offset| from + offset) {
            let named = self.html.get(close + 2..close + 2 + name.len());
            if named.is_some_and(|named| named.eq_ignore_ascii_case(name)) {
                return self.take(close);
            }
            from = close + 2;
        }
        self.take(self.html.len())
    }
}

impl<'a> Iterator for Lexer<'a> {
    type Item = Event<'a>;

    fn next(&mut self) -> Option<Event<'a>> {
        if self.at >= self.html.len() {
            return None;
        }
        if let Some(name) = self.raw.take() {
            return Some(Event::Dropped(self.raw(name)));
        }
        if self.rest(self.at).starts_with('<')
            && let Some(event) = self.markup()
        {
            return Some(event);
        }
        let text = self.rest(self.at + 1).find('<').map_or(self.html.len(), |offset| self.at + 1 + offset);
        Some(Event::Text(self.take(text)))
    }
}

fn name(rest: &str) -> &str {
    let end = rest.find(|c: char| c.is_ascii_whitespace() || matches!(c, '/' | '>')).unwrap_or(rest.len());
    rest.get(..end).unwrap_or_default()
}
