//! `tokenizer.json` to a vocabulary, if its rules are those of our tokenizer: WordPiece as uncased BERTs have it.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::Value;

use crate::error::Error;

const FILE: &str = "tokenizer.json";

const OTHER_RULES: &str = "take a model with the tokenizer of an uncased BERT (`BertTokenizer`)";

#[derive(Deserialize)]
struct File {
    model: Model,
    #[serde(default)]
    added_tokens: Vec<Added>,
    #[serde(default)]
    normalizer: Value,
    #[serde(default)]
    pre_tokenizer: Value,
    #[serde(default)]
    post_processor: Value,
}

#[derive(Deserialize)]
struct Model {
    #[serde(default)]
    vocab: BTreeMap<String, u32>,
    unk_token: String,
    continuing_subword_prefix: String,
    #[serde(default = "longest_word")]
    max_input_chars_per_word: usize,
}

#[derive(Deserialize)]
struct Added {
    id: u32,
    content: String,
}

/// What BERT has, and our tokenizer too.
const fn longest_word() -> usize {
    100
}

/// The vocabulary, one token a line, each on that of its id.
///
/// # Errors
/// A file that can't be parsed, another kind of tokenizer, or ids that aren't all those from 0.
pub(super) fn vocabulary(file: &[u8]) -> Result<String, Error> {
    let malformed = |source: serde_json::Error| Error::Malformed { format: FILE, source: source.into() };
    let value: Value = serde_json::from_slice(file).map_err(malformed)?;
    // Others have other fields, so this comes before them. Early files don't name WordPiece, but have its prefix.
    let model = value.get("model").unwrap_or(&Value::Null);
    let unnamed = if model.get("continuing_subword_prefix").is_some() { "WordPiece" } else { "nothing" };
    let kind = model.get("type").and_then(Value::as_str).unwrap_or(unnamed);
    expect(kind == "WordPiece", "model.type", || format!("{kind} instead of WordPiece"))?;
    let file: File = serde_json::from_value(value).map_err(malformed)?;
    rules(&file)?;
    lines(file)
}

fn rules(file: &File) -> Result<(), Error> {
    let File { model, normalizer, pre_tokenizer, post_processor, .. } = file;
    let prefix = &model.continuing_subword_prefix;
    expect(prefix == "##", "model.continuing_subword_prefix", || format!("`{prefix}` instead of `##`"))?;
    let unknown = &model.unk_token;
    expect(unknown == "[UNK]", "model.unk_token", || format!("`{unknown}` instead of `[UNK]`"))?;
    let longest = model.max_input_chars_per_word;
    expect(longest == longest_word(), "model.max_input_chars_per_word", || {
        format!("{longest} instead of 100")
    })?;

    let is = |value: &Value, kind: &str| value.get("type").and_then(Value::as_str) == Some(kind);
    let on = |option: &str| normalizer.get(option).and_then(Value::as_bool).unwrap_or(true);
    expect(is(normalizer, "BertNormalizer"), "normalizer.type", || "not BertNormalizer".to_owned())?;
    expect(on("lowercase"), "normalizer.lowercase", || "the model is cased".to_owned())?;
    expect(on("strip_accents"), "normalizer.strip_accents", || "accents are kept".to_owned())?;
    expect(on("clean_text"), "normalizer.clean_text", || "control characters are kept".to_owned())?;
    let ideographs = on("handle_chinese_chars");
    expect(ideographs, "normalizer.handle_chinese_chars", || "ideographs aren't words".to_owned())?;
    expect(is(pre_tokenizer, "BertPreTokenizer"), "pre_tokenizer.type", || {
        "not BertPreTokenizer".to_owned()
    })?;
    expect(is_bert_template(post_processor), "post_processor", || {
        "a text doesn't become `[CLS] text [SEP]`".to_owned()
    })
}

/// Whether a text is put between `[CLS]` and `[SEP]`.
fn is_bert_template(processor: &Value) -> bool {
    match processor.get("type").and_then(Value::as_str) {
        Some("BertProcessing") => true,
        Some("TemplateProcessing") => {
            let pieces = processor.get("single").and_then(Value::as_array);
            let id = |piece: &Value| {
                let piece = piece.get("SpecialToken").or_else(|| piece.get("Sequence"))?;
                piece.get("id")?.as_str().map(str::to_owned)
            };
            let ids: Option<Vec<String>> = pieces.and_then(|pieces| pieces.iter().map(id).collect());
            ids.is_some_and(|ids| ids == ["[CLS]", "A", "[SEP]"])
        }
        _ => false,
    }
}

fn lines(file: File) -> Result<String, Error> {
    let mut by_id: BTreeMap<u32, String> =
        file.model.vocab.into_iter().map(|(token, id)| (id, token)).collect();
    for Added { id, content } in file.added_tokens {
        by_id.entry(id).or_insert(content);
    }
    let mut vocabulary = String::new();
    for ((id, token), expected) in by_id.iter().zip(0..) {
        let gap = *id != expected;
        expect(!gap, "model.vocab", || format!("no token has the id {expected}"))?;
        expect(!token.contains('\n'), "model.vocab", || format!("token {id} is more than one line"))?;
        vocabulary.push_str(token);
        vocabulary.push('\n');
    }
    Ok(vocabulary)
}

fn expect(holds: bool, field: &'static str, problem: impl FnOnce() -> String) -> Result<(), Error> {
    if holds {
        return Ok(());
    }
    Err(Error::Setting { file: FILE, field, problem: problem(), remedy: OTHER_RULES })
}
