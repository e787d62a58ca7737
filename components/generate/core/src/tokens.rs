//! Tokens of texts whose model's own tokenizer isn't here.

use gusset_tokenizer::Tokenizer;

use crate::TokenCount;

/// Longest ASCII word that counts as the tokens WordPiece makes of it. Its vocabulary has no piece longer than this.
const LONGEST_PIECE: usize = 18;

/// Counts with the embedding model's WordPiece vocabulary of 30,522 entries.
///
/// The byte-pair vocabularies of generative models are larger and need fewer tokens for prose; code and other languages than
/// English are where they can need more. Hence the bound of 1.5 in the contract. What WordPiece calls one unknown token, a
/// long identifier or an emoji, is many to them, and counted as many.
#[must_use]
pub fn count_tokens(tokenizer: &Tokenizer, texts: &[String]) -> Vec<TokenCount> {
    texts.iter().map(|text| TokenCount { tokens: count(tokenizer, text), exact: false }).collect()
}

fn count(tokenizer: &Tokenizer, text: &str) -> u32 {
    let mut ends = tokenizer.offsets(text);
    let starts = ends.clone();
    ends.push(text.len());
    let spans = starts.iter().zip(ends.iter().skip(1));
    let tokens: usize = spans.map(|(&start, &end)| weight(text.get(start..end).unwrap_or_default())).sum();
    u32::try_from(tokens).unwrap_or(u32::MAX)
}

/// Tokens of the text from one token's start to the next.
fn weight(span: &str) -> usize {
    let word = span.trim_end();
    if word.is_ascii() {
        if word.len() <= LONGEST_PIECE { 1 } else { word.len().div_ceil(3) }
    } else {
        word.chars().filter(|c| !c.is_ascii()).count()
    }
}
