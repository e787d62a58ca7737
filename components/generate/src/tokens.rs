//! Token counts by the vocabulary that ships with the component; read when first needed.

use std::sync::OnceLock;

use gusset_generate::{TokenCount, count_tokens};
use gusset_tokenizer::Tokenizer;

const VOCABULARY: &str = include_str!("../../../models/all-minilm-l6-v2/vocab.txt");

/// Tokens of each text.
pub(crate) fn count(texts: &[String]) -> Vec<TokenCount> {
    static TOKENIZER: OnceLock<Option<Tokenizer>> = OnceLock::new();
    match TOKENIZER.get_or_init(|| Tokenizer::from_vocab(VOCABULARY).ok()) {
        Some(tokenizer) => count_tokens(tokenizer, texts),
        // The vocabulary is part of the build, and a test reads it; an upper bound that holds all the same: no token is empty.
        None => texts.iter().map(|text| upper_bound(text)).collect(),
    }
}

fn upper_bound(text: &str) -> TokenCount {
    TokenCount { tokens: u32::try_from(text.len()).unwrap_or(u32::MAX), exact: false }
}
