//! What a chunk is about, said in front of it: its headings, and the sentence that the chunk before it in its section begins with.

use std::ops::Range;

use crate::divide::Piece;
use crate::lines::lines;
use crate::segment::sentences;
use crate::tokens::{Tokenizer, Tokens, is_space};

/// Tokens of a sentence below which it is no gist.
const GIST: usize = 4;

/// A context of at most `most` tokens for each piece; `None` where there is nothing to say.
pub(crate) fn contexts(
    tokens: &Tokens<'_>,
    tokenizer: &dyn Tokenizer,
    pieces: &[Piece],
    headings: &[Vec<String>],
    most: u32,
) -> Vec<Option<String>> {
    let mut before: Option<(&Piece, &Vec<String>)> = None;
    let context = |(piece, headings)| {
        let before = before.replace((piece, headings)).filter(|(_, above)| *above == headings);
        let mut said = headings.join(" > ");
        if let Some((before, _)) = before {
            let gist = first_sentence(tokens.text, &before.range, headings);
            if tokenizer.token_offsets(&gist).len() >= GIST {
                said = if said.is_empty() { gist } else { format!("{said}\n{gist}") };
            }
        }
        let offsets = tokenizer.token_offsets(&said);
        if let Some(&over) = offsets.get(most as usize) {
            let end = said.get(..over as usize).and_then(|kept| kept.rfind(is_space)).unwrap_or_default();
            said.truncate(end);
        }
        Some(said.trim_end().to_owned()).filter(|said| !said.is_empty())
    };
    pieces.iter().zip(headings).map(context).collect()
}

/// The first sentence of a range that is no heading, on one line.
fn first_sentence(text: &str, range: &Range<usize>, headings: &[String]) -> String {
    let mut start = range.start;
    for line in lines(text.get(range.clone()).unwrap_or_default()) {
        let said = line.text.trim_matches(|c: char| matches!(c, '#' | '=' | '-') || is_space(c));
        start = range.start + line.start;
        if !said.is_empty() && !headings.iter().any(|heading| heading == said) {
            break;
        }
    }
    let end = range.end.min(text.floor_char_boundary(start + 512));
    let end = sentences(text, &(start..end)).first().copied().unwrap_or(end);
    let sentence = text.get(start..end).unwrap_or_default();
    sentence.split_whitespace().collect::<Vec<_>>().join(" ")
}
