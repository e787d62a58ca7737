//! Tokens of texts for models whose own tokenizer is elsewhere: counted with the embedding model's, bounded by the core.

use gusset_generate::TokenCount;
use gusset_tokenizer::Tokenizer;
use std::sync::OnceLock;

/// The embedding model's vocabulary. A quarter of a megabyte, so it is part of the executable.
const VOCABULARY: &str = include_str!("../../../models/all-minilm-l6-v2/vocab.txt");

/// Counts for each text, in order.
///
/// # Errors
/// Only where the vocabulary that was compiled in is damaged.
pub fn count_tokens(texts: &[String]) -> Result<Vec<TokenCount>, String> {
    static TOKENIZER: OnceLock<Result<Tokenizer, String>> = OnceLock::new();
    let tokenizer =
        TOKENIZER.get_or_init(|| Tokenizer::from_vocab(VOCABULARY).map_err(|error| error.to_string()));
    Ok(gusset_generate::count_tokens(tokenizer.as_ref().map_err(Clone::clone)?, texts))
}
