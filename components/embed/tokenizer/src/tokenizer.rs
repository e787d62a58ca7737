//! The public face: texts to token ids, counts and offsets.

use crate::error::Error;
use crate::vocabulary::Vocabulary;
use crate::words::{Word, for_each_word};

/// A WordPiece tokenizer of the uncased BERT family.
#[derive(Clone)]
pub struct Tokenizer {
    vocabulary: Vocabulary,
    unknown: u32,
    start: u32,
    end: u32,
}

/// One token of a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Token {
    /// Line number in the vocabulary, from zero.
    pub id: u32,
    /// Byte offset in the text of the character that the token starts with.
    pub start: usize,
}

/// A text as a model reads it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Encoding {
    /// `[CLS]`, the text's tokens, `[SEP]`.
    pub ids: Vec<u32>,
    /// Tokens before truncation, `[CLS]` and `[SEP]` included.
    pub total_tokens: usize,
    /// Whether tokens were cut off at the end.
    pub truncated: bool,
}

impl Tokenizer {
    /// Reads a vocabulary of one token a line. It must have `[UNK]`, `[CLS]` and `[SEP]`.
    ///
    /// # Errors
    /// A special token that is missing, or a token that stands there twice.
    pub fn from_vocab(vocab: &str) -> Result<Self, Error> {
        let vocabulary = Vocabulary::parse(vocab)?;
        let special = |token| vocabulary.find(token).ok_or(Error::MissingToken(token));
        let (unknown, start, end) = (special("[UNK]")?, special("[CLS]")?, special("[SEP]")?);
        Ok(Self { vocabulary, unknown, start, end })
    }

    /// Tokens of the vocabulary: ids are below it.
    pub fn vocabulary_size(&self) -> usize {
        self.vocabulary.len()
    }

    /// Tokens of `text`, special tokens not included, nothing truncated.
    pub fn count(&self, text: &str) -> usize {
        let mut count = 0;
        self.for_each(text, |_| count += 1);
        count
    }

    /// Byte offset in `text` at which each token starts, ascending; special tokens not included. A character that gives several
    /// tokens gives its offset for each.
    pub fn offsets(&self, text: &str) -> Vec<usize> {
        let mut offsets = Vec::new();
        self.for_each(text, |token| offsets.push(token.start));
        offsets
    }

    /// The ids of `text` between `[CLS]` and `[SEP]`, at most `max_tokens` in all. Below 2, `max_tokens` counts as 2.
    pub fn encode(&self, text: &str, max_tokens: usize) -> Encoding {
        let room = max_tokens.saturating_sub(1).max(1);
        let mut ids = vec![self.start];
        let mut tokens = 0;
        self.for_each(text, |token| {
            tokens += 1;
            if ids.len() < room {
                ids.push(token.id);
            }
        });
        let truncated = ids.len() < tokens + 1;
        ids.push(self.end);
        Encoding { ids, total_tokens: tokens + 2, truncated }
    }

    /// Calls `each` with every token of `text`, in order; special tokens not included.
    pub fn for_each(&self, text: &str, mut each: impl FnMut(Token)) {
        let mut pieces = Vec::new();
        for_each_word(text, |word| {
            pieces.clear();
            if self.cut(word, &mut pieces) {
                pieces.iter().for_each(|&token| each(token));
            } else {
                each(Token { id: self.unknown, start: word.origin(0) });
            }
        });
    }

    /// Cuts a word into pieces. False if some part of it is in no piece: then the whole word is unknown.
    fn cut(&self, word: &Word, pieces: &mut Vec<Token>) -> bool {
        if word.is_too_long() {
            return false;
        }
        let mut at = 0;
        while let Some(rest) = word.text().get(at..).filter(|rest| !rest.is_empty()) {
            let Some((id, length)) = self.vocabulary.longest_prefix(rest, at > 0) else { return false };
            pieces.push(Token { id, start: word.origin(at) });
            at += length;
        }
        true
    }
}

impl std::fmt::Debug for Tokenizer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Tokenizer").field("unknown", &self.unknown).finish_non_exhaustive()
    }
}
