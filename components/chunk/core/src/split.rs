//! One document to its chunks: structure, division, overlap, and the way back to the document's own bytes.

use std::ops::Range;

use crate::divide::{Piece, divide};
use crate::html::Readable;
use crate::join::join;
use crate::options::{Format, Options, Strategy};
use crate::outline::{Outline, Path};
use crate::overlap::overlap;
use crate::tokens::{Tokenizer, Tokens, is_space};
use crate::{Error, html, markdown, plain};

/// A piece of a document.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Chunk {
    /// First byte of the range in the document. Without overlap, where the predecessor ends; zero for the first.
    pub start: u32,
    /// One past the last byte; the document's length for the last chunk.
    pub end: u32,
    /// Tokens of the readable text. Zero where it has none: white space, or HTML that is all markup.
    pub tokens: u32,
    /// Headings above the chunk's first word, outermost first, each at most 256 bytes.
    pub headings: Vec<String>,
    /// Readable text where it isn't the range's own bytes: HTML without markup.
    pub text: Option<String>,
}

/// Splits a document into chunks that cover it in order.
///
/// Ranges never cut a UTF-8 character, and no chunk has more than `max_tokens` tokens or `max(256, 16 * max_tokens)` bytes
/// of readable text, a single character that is more tokens than the budget apart. An empty document has no chunk; one of white
/// space alone has chunks of zero tokens, so that no byte is lost.
///
/// # Errors
/// Options outside their range; a document beyond 4 GiB.
pub fn split(
    document: &str,
    format: Format,
    options: &Options,
    tokenizer: &dyn Tokenizer,
) -> Result<Vec<Chunk>, Error> {
    options.validate()?;
    let length = u32::try_from(document.len()).map_err(|_| Error::DocumentTooLarge(document.len()))?;
    if document.is_empty() {
        return Ok(Vec::new());
    }
    let (readable, outline) = match format {
        Format::Plain => (None, Outline { boundaries: plain::boundaries(document), headings: Vec::new() }),
        Format::Markdown => (None, markdown::outline(document)),
        Format::Html => {
            let (readable, outline) = html::read(document);
            (Some(readable), outline)
        }
    };
    let boundaries = match (options.strategy, format) {
        (Strategy::Structural, _) | (Strategy::Recursive, Format::Plain) => outline.boundaries,
        (Strategy::Recursive, Format::Markdown) => plain::boundaries(document),
        (Strategy::Recursive, Format::Html) => outline.boundaries.flattened(),
    };
    let text = readable.as_ref().map_or(document, |readable| &readable.text);
    let tokens = Tokens::new(text, tokenizer);
    let budget = options.budget();
    let mut pieces = join(text, &boundaries, &budget, divide(&tokens, &boundaries, budget));
    let mut path = Path::new(&outline.headings);
    let headings: Vec<_> = pieces.iter().map(|piece| path.at(first_word(text, &piece.range))).collect();
    overlap(&tokens, options, &mut pieces);

    let source =
        |position| readable.as_ref().map_or(position, |readable: &Readable| readable.source(position)) as u32;
    let last = pieces.len().saturating_sub(1);
    let chunk = |(index, (piece, headings)): (usize, (Piece, Vec<String>))| Chunk {
        start: if index == 0 { 0 } else { source(piece.range.start) },
        end: if index == last { length } else { source(piece.range.end) },
        tokens: piece.tokens,
        headings,
        text: readable.as_ref().and_then(|readable| readable.text.get(piece.range)).map(str::to_owned),
    };
    Ok(pieces.into_iter().zip(headings).enumerate().map(chunk).collect())
}

/// Where the first word of a range starts, or the range itself if it has none.
fn first_word(text: &str, range: &Range<usize>) -> usize {
    let part = text.get(range.clone()).unwrap_or_default();
    range.start + part.find(|c| !is_space(c)).unwrap_or_default()
}
