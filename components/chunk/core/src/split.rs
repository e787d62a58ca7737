//! One document to its chunks: structure, division, overlap, and the way back to the document's own bytes.

use std::ops::Range;

use crate::boundary::Boundaries;
use crate::context::contexts;
use crate::divide::{Piece, divide, fill};
use crate::embedder::Embedder;
use crate::html::Readable;
use crate::join::join;
use crate::options::{Format, Options, Strategy};
use crate::outline::{Outline, Path};
use crate::overlap::overlap;
use crate::records::{csv, json};
use crate::tokens::{Tokenizer, Tokens, is_space};
use crate::{Error, code, html, markdown, plain, semantic};

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
    /// Half-open byte range of the section that it belongs to, where the options ask for one. A section is one or more whole chunks.
    pub parent: Option<(u32, u32)>,
    /// What may be put in front of the text, on a line of its own, when it is embedded: headings, and how the chunk before it begins. Its tokens and the chunk's
    /// together are within the budget.
    pub context: Option<String>,
}

/// Splits a document into chunks that cover it in order, with no model of meaning: [`Strategy::Semantic`] is refused.
///
/// # Errors
/// As [`split_with`].
pub fn split(
    document: &str,
    format: Format,
    options: &Options,
    tokenizer: &dyn Tokenizer,
) -> Result<Vec<Chunk>, Error> {
    split_with(document, format, options, tokenizer, None)
}

/// Splits a document into chunks that cover it in order.
///
/// Ranges never cut a UTF-8 character, and no chunk has more than `max_tokens` tokens or `max(256, 16 * max_tokens)` bytes
/// of readable text, a single character that is more tokens than the budget apart. An empty document has no chunk; one of white
/// space alone has chunks of zero tokens, so that no byte is lost.
///
/// # Errors
/// Options outside their range; a document beyond 4 GiB; [`Strategy::Semantic`] without an embedder, or with one that fails.
pub fn split_with(
    document: &str,
    format: Format,
    options: &Options,
    tokenizer: &dyn Tokenizer,
    embedder: Option<&dyn Embedder>,
) -> Result<Vec<Chunk>, Error> {
    options.validate()?;
    let length = u32::try_from(document.len()).map_err(|_| Error::DocumentTooLarge(document.len()))?;
    if options.strategy == Strategy::Semantic && embedder.is_none() {
        return Err(Error::NoEmbedder);
    }
    if document.is_empty() {
        return Ok(Vec::new());
    }
    let (readable, outline) = read(document, format);
    let boundaries = match (options.strategy, format) {
        (Strategy::Recursive, Format::Html) => outline.boundaries.flattened(),
        (Strategy::Recursive, Format::Markdown) => plain::outline(document).boundaries,
        _ => outline.boundaries,
    };
    let text = readable.as_ref().map_or(document, |readable| &readable.text);
    let tokens = Tokens::new(text, tokenizer);
    let parents = parents(&tokens, &boundaries, options);
    let mut pieces = pieces(&tokens, &boundaries, options, &parents, embedder)?;
    let mut path = Path::new(&outline.headings);
    let headings: Vec<_> = pieces.iter().map(|piece| path.at(first_word(text, &piece.range))).collect();
    let mut contexts = if options.context {
        contexts(&tokens, tokenizer, &pieces, &headings, options.context_tokens())
    } else {
        Vec::new()
    };
    overlap(&tokens, options, &mut pieces);

    let source =
        |position| readable.as_ref().map_or(position, |readable: &Readable| readable.source(position)) as u32;
    let range = |range: &Range<usize>| {
        let start = if range.start == 0 { 0 } else { source(range.start) };
        (start, if range.end == text.len() { length } else { source(range.end) })
    };
    let mut parents = parents.iter().peekable();
    let mut chunks = Vec::with_capacity(pieces.len());
    for ((index, piece), headings) in pieces.into_iter().enumerate().zip(headings) {
        while parents.next_if(|parent| parent.end < piece.range.end).is_some() {}
        let (start, end) = range(&piece.range);
        chunks.push(Chunk {
            start,
            end,
            tokens: piece.tokens,
            headings,
            parent: parents.peek().filter(|_| options.parent_tokens > 0).map(|parent| range(parent)),
            context: contexts.get_mut(index).and_then(Option::take),
            text: readable.as_ref().and_then(|readable| readable.text.get(piece.range)).map(str::to_owned),
        });
    }
    Ok(chunks)
}

fn read(document: &str, format: Format) -> (Option<Readable>, Outline) {
    match format {
        Format::Plain => (None, plain::outline(document)),
        Format::Markdown => (None, markdown::outline(document)),
        Format::Html => {
            let (readable, outline) = html::read(document);
            (Some(readable), outline)
        }
        Format::Code => (None, code::outline(document)),
        Format::Csv => (None, csv::outline(document)),
        Format::Json => (None, json::outline(document)),
    }
}

/// Sections that no chunk reaches across; the whole text where the options ask for none.
fn parents(tokens: &Tokens<'_>, boundaries: &Boundaries, options: &Options) -> Vec<Range<usize>> {
    let whole = 0..tokens.text.len();
    let Some(budget) = options.parent_budget() else { return vec![whole] };
    let sections = divide(tokens, boundaries, budget, whole);
    join(tokens.text, boundaries, &budget, sections).into_iter().map(|section| section.range).collect()
}

fn pieces(
    tokens: &Tokens<'_>,
    boundaries: &Boundaries,
    options: &Options,
    parents: &[Range<usize>],
    embedder: Option<&dyn Embedder>,
) -> Result<Vec<Piece>, Error> {
    let budget = options.budget();
    let join = |pieces| join(tokens.text, boundaries, &budget, pieces);
    let mut all = match (options.strategy, embedder) {
        (Strategy::Semantic, Some(embedder)) if !tokens.text.is_empty() => {
            let walls: Vec<usize> = parents.iter().map(|parent| parent.start).collect();
            let mut pieces =
                semantic::divide(tokens, boundaries, budget, &walls, embedder)?.into_iter().peekable();
            let within = |parent: &Range<usize>| {
                join(std::iter::from_fn(|| pieces.next_if(|piece| piece.range.end <= parent.end)).collect())
            };
            return Ok(parents.iter().flat_map(within).collect());
        }
        (Strategy::Semantic, None) => return Err(Error::NoEmbedder),
        _ => Vec::new(),
    };
    for parent in parents {
        match options.strategy {
            Strategy::Fixed => all.extend(fill(tokens, budget, parent.clone())),
            _ => all.extend(join(divide(tokens, boundaries, budget, parent.clone()))),
        }
    }
    Ok(all)
}

/// Where the first word of a range starts, or the range itself if it has none.
fn first_word(text: &str, range: &Range<usize>) -> usize {
    let part = text.get(range.clone()).unwrap_or_default();
    range.start + part.find(|c| !is_space(c)).unwrap_or_default()
}
