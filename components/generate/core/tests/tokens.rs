//! Token counts with the vocabulary that ships.

use gusset_generate::{TokenCount, count_tokens};
use gusset_tokenizer::Tokenizer;

fn counts<const N: usize>(texts: [&str; N]) -> Option<[u32; N]> {
    let tokenizer =
        Tokenizer::from_vocab(include_str!("../../../../models/all-minilm-l6-v2/vocab.txt")).ok()?;
    let counts = count_tokens(&tokenizer, &texts.map(str::to_owned));
    let counted = |TokenCount { tokens, exact }: TokenCount| (!exact).then_some(tokens);
    counts.into_iter().map(counted).collect::<Option<Vec<_>>>()?.try_into().ok()
}

#[test]
fn prose_is_counted_word_by_word() {
    assert_eq!(counts(["", "Hello, world!", "an international affair"]), Some([0, 4, 3]));
}

#[test]
fn what_the_vocabulary_does_not_know_is_not_one_token() {
    let [blob, faces] = counts([&"Zm9v".repeat(100), "😀😀😀😀"]).unwrap();
    assert!(blob > 100, "{blob}");
    assert_eq!(faces, 4);
}
