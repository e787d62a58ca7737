//! The structure of text without markup: paragraphs between blank lines, lines, and pages where form feeds end them, as in text taken from PDF.

use crate::boundary::Level;
use crate::lines::lines;
use crate::outline::{Heading, Outline};
use crate::tokens::is_safe;

/// What ends a page.
const FORM_FEED: char = '\u{c}';

pub(crate) fn outline(text: &str) -> Outline {
    let mut found = Outline::default();
    let paged = text.contains(FORM_FEED);
    let mut page = 1;
    if paged {
        found.headings.push(title(0, page));
    }
    let mut after_blank = false;
    for line in lines(text) {
        let breaks = if paged { line.text.matches(FORM_FEED).count() } else { 0 };
        if breaks > 0 {
            page += breaks;
            found.headings.push(title(line.start, page));
        }
        let blank = line.is_blank();
        if breaks > 0 && line.start > 0 && is_safe(text, line.start) {
            found.boundaries.push(line.start, Level::Heading(1));
        } else if !blank {
            found.boundaries.push(line.start, if after_blank { Level::Block } else { Level::Line });
        }
        after_blank = blank;
    }
    found
}

fn title(position: usize, page: usize) -> Heading {
    Heading::new(position, 1, &format!("Page {page}"))
}
