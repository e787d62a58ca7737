//! HTML to readable text, with the way back to the bytes it came from.
//!
//! `lexer` cuts the source into text and tags in one pass, whatever is broken in it; `element` says what a tag means for a
//! reader; `reader` writes text, boundaries and headings; `source` maps positions of that text to positions of the source. No tree is built, so
//! nesting costs nothing, and nothing is looked up by what it is nested in but lists, tables and preformatted text.

mod element;
mod lexer;
mod reader;
mod source;

use crate::outline::Outline;

/// What a reader sees of an HTML document.
#[derive(Debug)]
pub(crate) struct Readable {
    pub(crate) text: String,
    map: source::SourceMap,
}

impl Readable {
    /// Where in the HTML a piece that starts at `position` of the text starts: before the tags that open it.
    pub(crate) fn source(&self, position: usize) -> usize {
        self.map.source(position)
    }
}

/// Reads a document: scripts, styles and comments are dropped, entities decoded, white space collapsed, blocks separated by line breaks.
pub(crate) fn read(html: &str) -> (Readable, Outline) {
    let mut reader = reader::Reader::new(html);
    for event in lexer::Lexer::new(html) {
        reader.event(event);
    }
    reader.finish()
}
