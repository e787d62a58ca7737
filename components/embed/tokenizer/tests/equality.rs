//! Token for token and offset for offset the same as the `tokenizers` crate with the model's own `tokenizer.json`.
#![expect(clippy::unwrap_used, reason = "a helper of a test fails the test")]

use std::path::Path;
use std::sync::LazyLock;

use gusset_tokenizer::Tokenizer;
use proptest::prelude::*;
use unicode_normalization::UnicodeNormalization as _;
use unicode_normalization::char::decompose_canonical;

static MODEL: LazyLock<(Tokenizer, tokenizers::Tokenizer)> = LazyLock::new(|| {
    let model = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../models/all-minilm-l6-v2");
    let vocab = std::fs::read_to_string(model.join("vocab.txt")).unwrap();
    let mut reference = tokenizers::Tokenizer::from_file(model.join("tokenizer.json")).unwrap();
    reference.with_truncation(None).unwrap();
    reference.with_padding(None);
    // A text that spells a special token is text to us.
    reference.set_encode_special_tokens(true);
    (Tokenizer::from_vocab(&vocab).unwrap(), reference)
});

fn check(text: &str) {
    let (ours, theirs) = &*MODEL;
    let expected = theirs.encode(text, true).unwrap();
    let encoding = ours.encode(text, usize::MAX);
    assert_eq!(encoding.ids, expected.get_ids(), "ids of {text:?}");
    assert_eq!(encoding.total_tokens, expected.get_ids().len());
    assert_eq!(ours.count(text) + 2, encoding.total_tokens);
    let starts = ours.offsets(text);
    assert!(
        starts.is_sorted() && starts.iter().all(|&start| text.is_char_boundary(start)),
        "offsets of {text:?}"
    );
    // Where normalisation puts marks into another order, the reference gives a mark the place of its neighbour.
    if !reorders(text) {
        let expected = theirs.encode(text, false).unwrap();
        let expected: Vec<usize> = expected.get_offsets().iter().map(|&(start, _)| start).collect();
        assert_eq!(starts, expected, "offsets of {text:?}");
    }
}

/// Whether canonical ordering changes anything: marks of one letter that don't stand in the order of their classes.
fn reorders(text: &str) -> bool {
    let mut decomposed = Vec::new();
    for c in text.chars() {
        decompose_canonical(c, |part| decomposed.push(part));
    }
    !text.nfd().eq(decomposed)
}

#[test]
fn nasty_texts() {
    for text in [
        "",
        " ",
        "\u{0}\u{1}\u{7f}\t\r\n",
        "Hello, world!",
        "unaffable supercalifragilisticexpialidocious",
        "[CLS] [SEP] [MASK] [UNK] [PAD]",
        "Ünïcödé ÀÉÎÕÜ ñ ç ß ẞ İstanbul ıI ŒŒ ﬁ ﬀ",
        "e\u{301}\u{327}\u{323} a\u{323}\u{302} \u{301}x \u{301}",
        "漢字かなカナ한국어 中文，標點。豈更車 𠀀𫝀𫠠𫤠",
        "한국어 각 가\u{11a8} ᄀᄀ",
        "😀😃👩‍👩‍👧‍👦🏳️‍🌈 a😀b",
        "naïve café—“quoted” ‘single’ … ¿Qué? ¡Sí! §5 ¶",
        "zero\u{200b}width\u{feff}joined\u{2060}\u{ad}soft",
        "a\u{a0}b\u{2003}c\u{3000}d\u{85}e\u{2028}f\u{1680}g",
        "\u{fffd}\u{e000}\u{f8ff} \u{378}x",
        "+-*/=<>^|~`$ 1.5e-10 0xDEAD_BEEF 10,000.00% a@b.c #tag ##ing",
        "don't can't it's I'm O'Neill",
        "ﷺ ㎏ ½ ² Ⅷ ℃ Å Ω ;",
        "\u{1d165}\u{1d16d}a \u{302f}\u{302e}b \u{16ff0}",
        "𝕳𝖊𝖑𝖑𝖔 ＨＥＬＬＯ ₁₂₃",
        "नमस्ते दुनिया שָׁלוֹם مَرْحَبًا สวัสดี",
    ] {
        check(text);
    }
    check(&"a".repeat(100));
    check(&"a".repeat(101));
    check(&"é".repeat(100));
    check(&"가".repeat(33));
    check(&"가".repeat(34));
    check(&"가".repeat(51));
}

/// Found by `any_texts`.
#[test]
fn marks_out_of_order() {
    check("*\u{1e029}\u{fe2b}%");
    check("e\u{301}\u{323}");
}

#[test]
fn every_character() {
    let mut wrong = Vec::new();
    let (ours, theirs) = &*MODEL;
    // Planes 4 to 13 are unassigned, 15 and 16 private.
    for c in (0..0x4_0000).chain(0xe_0000..0xf_0100).filter_map(char::from_u32) {
        let text = format!("un{c}able {c}");
        let expected = theirs.encode(text.as_str(), false).unwrap();
        let encoding = ours.encode(&text, usize::MAX);
        if encoding.ids.get(1..encoding.ids.len() - 1) != Some(expected.get_ids()) {
            wrong.push(c);
        }
    }
    assert!(wrong.is_empty(), "{} characters differ: {wrong:?}", wrong.len());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn ascii_texts(text in "[ -~\t\n]{0,200}") {
        check(&text);
    }

    #[test]
    fn latin_texts(text in "[ a-zA-Z\u{c0}-\u{17f}\u{300}-\u{320}.,-]{0,120}") {
        check(&text);
    }

    #[test]
    fn any_texts(text in any::<String>()) {
        check(&text);
    }

    #[test]
    fn mixed_scripts(text in "[ \u{0}-\u{3ff}\u{1100}-\u{1110}\u{3040}-\u{30ff}\u{4e00}-\u{4e10}\u{ac00}-\u{ac20}\u{1f600}-\u{1f610}]{0,60}") {
        check(&text);
    }
}

#[test]
fn truncates_and_says_so() {
    let (ours, _) = &*MODEL;
    let whole = ours.encode("one two three", 5);
    assert_eq!((whole.ids.len(), whole.total_tokens, whole.truncated), (5, 5, false));
    let cut = ours.encode("one two three four", 5);
    assert_eq!((cut.ids.len(), cut.total_tokens, cut.truncated), (5, 6, true));
    assert_eq!(cut.ids, whole.ids);
    assert_eq!(ours.encode("one", 0).ids, ours.encode("", 2).ids);
    assert!(ours.encode("one", 0).truncated);
}

#[test]
fn long_inputs_take_linear_time() {
    let (ours, _) = &*MODEL;
    assert_eq!(ours.count(&"word ".repeat(100_000)), 100_000);
    assert_eq!(ours.count(&"a".repeat(1 << 20)), 1);
    assert_eq!(ours.count(&"#".repeat(1 << 20)), 1 << 20);
    assert_eq!(ours.count(&"e\u{301}".repeat(1 << 20)), 1);
    assert_eq!(ours.count(&"\u{302f}".repeat(1 << 20)), 1);
}

#[test]
fn refuses_unusable_vocabularies() {
    use gusset_tokenizer::Error;
    assert_eq!(Tokenizer::from_vocab("").unwrap_err(), Error::MissingToken("[UNK]"));
    assert_eq!(Tokenizer::from_vocab("[UNK]\n[CLS]\n").unwrap_err(), Error::MissingToken("[SEP]"));
    assert_eq!(
        Tokenizer::from_vocab("[UNK]\na\n[CLS]\n[SEP]\na").unwrap_err(),
        Error::DuplicateToken("a".into())
    );
}
