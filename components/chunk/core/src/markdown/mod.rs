//! The structure of Markdown, after CommonMark (<https://spec.commonmark.org>) with tables and YAML front matter.
//!
//! A scan by line, without the inline level and without a tree: a chunker needs to know where blocks start, not how they nest. `line` says
//! what one line could be, `scan` what it is after the lines before it.

mod line;
mod scan;

use crate::lines::lines;
use crate::outline::Outline;

/// Boundaries and headings of a Markdown text.
pub(crate) fn outline(text: &str) -> Outline {
    let mut scan = scan::Scan::default();
    let mut rest = lines(text).peekable();
    if rest.peek().is_some_and(|first| first.text.trim_end() == "---") {
        scan.front_matter(front_matter_lines(text));
    }
    while let Some(line) = rest.next() {
        scan.line(line, rest.peek().map_or("", |next| next.text));
    }
    scan.finish()
}

/// Lines of YAML front matter, its fences included; zero if what looks like its first line is a line across.
fn front_matter_lines(text: &str) -> usize {
    let mut inner = lines(text).skip(1).peekable();
    match inner.peek() {
        Some(first) if !first.is_blank() => inner
            .position(|line| matches!(line.text.trim_end(), "---" | "..."))
            .map_or(0, |closing| closing + 2),
        _ => 0,
    }
}
