//! Properties that hold for every document, format and budget, and the cases in `cases/`.

use proptest::prelude::*;

use crate::{Chunk, Error, Format, Options, Strategy as By, Tokenizer, split};

/// Words and punctuation as BERT's pre-tokenizer finds them, then pieces of four characters; a word of more than a
/// hundred characters is one token. It keeps the contract of [`Tokenizer`] and no more than that.
pub(crate) struct Fours;

impl Tokenizer for Fours {
    fn token_offsets(&self, text: &str) -> Vec<u32> {
        let mut offsets = Vec::new();
        let mut word: Vec<usize> = Vec::new();
        let mut end_word = |word: &mut Vec<usize>| {
            let step = if word.len() > 100 { word.len() } else { 4 };
            offsets.extend(word.iter().step_by(step.max(1)).map(|&offset| offset as u32));
            word.clear();
        };
        for (offset, c) in text.char_indices() {
            let space = crate::tokens::is_space(c);
            let alone = c.is_ascii_punctuation()
                || ('\u{4e00}'..='\u{9fff}').contains(&c)
                || "。、！？，".contains(c);
            if space || alone {
                end_word(&mut word);
            }
            if alone {
                word.push(offset);
                end_word(&mut word);
            } else if !space && !c.is_control() && c != '\u{feff}' {
                word.push(offset);
            }
        }
        end_word(&mut word);
        offsets
    }
}

/// The tokenizer of the embedding model that ships.
struct WordPiece(gusset_tokenizer::Tokenizer);

impl Tokenizer for WordPiece {
    fn token_offsets(&self, text: &str) -> Vec<u32> {
        self.0.offsets(text).into_iter().map(|offset| offset as u32).collect()
    }
}

static WORD_PIECE: std::sync::LazyLock<WordPiece> = std::sync::LazyLock::new(|| {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../../models/all-minilm-l6-v2/vocab.txt");
    WordPiece(gusset_tokenizer::Tokenizer::from_vocab(&std::fs::read_to_string(path).unwrap()).unwrap())
});

fn count(text: &str) -> u32 {
    Fours.token_offsets(text).len() as u32
}

fn options(strategy: By, max_tokens: u32, overlap_tokens: u32) -> Options {
    Options { strategy, max_tokens, overlap_tokens, parent_tokens: 0, context: false }
}

fn text_of<'a>(document: &'a str, chunk: &'a Chunk) -> &'a str {
    chunk.text.as_deref().unwrap_or(&document[chunk.start as usize..chunk.end as usize])
}

fn check(document: &str, format: Format, options: &Options) -> Vec<Chunk> {
    check_with(&Fours, document, format, options)
}

/// What holds whatever the input.
fn check_with(tokenizer: &dyn Tokenizer, document: &str, format: Format, options: &Options) -> Vec<Chunk> {
    let count = |text: &str| tokenizer.token_offsets(text).len() as u32;
    let chunks = split(document, format, options, tokenizer).unwrap();
    assert_eq!(chunks.is_empty(), document.is_empty());
    let mut end = 0;
    for (index, chunk) in chunks.iter().enumerate() {
        let (from, to) = (chunk.start as usize, chunk.end as usize);
        assert!(document.is_char_boundary(from) && document.is_char_boundary(to), "inside a character");
        if options.overlap_tokens == 0 || index == 0 {
            assert_eq!(from, end, "a gap or a repetition");
        } else {
            assert!(from <= end, "a gap");
            assert!(from >= chunks[index - 1].start as usize, "repeats more than the predecessor");
            if format != Format::Html {
                assert!(count(&document[from..end]) <= options.overlap_tokens, "repeats too much");
            }
        }
        end = to;
        let text = text_of(document, chunk);
        assert_eq!(chunk.tokens, count(text), "tokens of {text:?}");
        assert!(chunk.tokens <= options.max_tokens, "{} tokens: {text:?}", chunk.tokens);
        assert!(text.len() <= (16 * options.max_tokens as usize).max(256), "{} bytes", text.len());
        assert_eq!(chunk.text.is_some(), format == Format::Html);
    }
    assert_eq!(end, document.len(), "an end is missing");
    chunks
}

fn ingredient() -> impl Strategy<Value = String> {
    prop_oneof![
        8 => "[a-zA-Z]{1,12}",
        8 => Just(" ".to_owned()),
        3 => Just("\n".to_owned()),
        2 => Just("\r\n".to_owned()),
        2 => Just("\n\n".to_owned()),
        1 => Just("\u{feff}".to_owned()),
        2 => prop_oneof![Just(". "), Just("? "), Just("。"), Just("\t"), Just("\u{a0}"), Just("\r"), Just("\u{c}")].prop_map(str::to_owned),
        2 => "[äéß日本語文字ひらがな한글😀\u{301}]{1,30}",
        1 => "[a-z]{90,400}",
        1 => " {200,400}",
        2 => prop_oneof![
            Just("\n# One\n"), Just("\n## Two ##\n"), Just("\nSetext\n===\n"), Just("\n```rs\n"), Just("\n~~~\n"), Just("\n- "), Just("\n  1. "),
            Just("\n| a | b |\n|---|---|\n| c | d |\n"), Just("\n    code\n"), Just("\n> "), Just("\n---\n"), Just("---\ntitle: x\n---\n")
        ].prop_map(str::to_owned),
        3 => prop_oneof![
            Just("<p>"), Just("</p>"), Just("<h1>"), Just("</h1>"), Just("<h3 class='a>b'>"), Just("</h3>"), Just("<ul>"), Just("<li>"), Just("</ul>"),
            Just("<table><tr><td>"), Just("</table>"), Just("<td>"), Just("<br/>"), Just("<pre>"), Just("</pre>"), Just("<script>"), Just("</script>"),
            Just("<!--"), Just("-->"), Just("<a href=\""), Just("\">"), Just("&amp;"), Just("&nGt;"), Just("&#x1F600;"), Just("&"), Just("&bogus;"),
            Just("<"), Just(">"), Just("</"), Just("<b>"), Just("</b>"), Just("<!doctype html>")
        ].prop_map(str::to_owned),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(600))]

    #[test]
    fn every_document_is_covered_within_its_budget(
        parts in prop::collection::vec(ingredient(), 0..120),
        format in prop_oneof![Just(Format::Plain), Just(Format::Markdown), Just(Format::Html)],
        strategy in prop_oneof![Just(By::Recursive), Just(By::Structural)],
        max in 1_u32..80,
        overlap in 0_u32..40,
    ) {
        check(&parts.concat(), format, &options(strategy, max, overlap % max));
    }

    // From three tokens up, which is what one Hangul syllable can be.
    #[test]
    fn the_real_tokenizer_agrees(
        parts in prop::collection::vec(ingredient(), 0..120),
        format in prop_oneof![Just(Format::Plain), Just(Format::Markdown), Just(Format::Html)],
        max in 3_u32..80,
        overlap in 0_u32..40,
    ) {
        let overlap = overlap % (max - 2);
        check_with(&*WORD_PIECE, &parts.concat(), format, &options(By::Structural, max, overlap));
    }

    #[test]
    fn without_overlap_the_chunks_are_the_document(parts in prop::collection::vec(ingredient(), 0..120), max in 1_u32..80) {
        let document = parts.concat();
        let chunks = check(&document, Format::Markdown, &options(By::Structural, max, 0));
        prop_assert_eq!(chunks.iter().map(|chunk| text_of(&document, chunk)).collect::<String>(), document);
    }
}

#[test]
fn options_outside_their_range_are_named() {
    let error =
        |max, overlap| split("a", Format::Plain, &options(By::Recursive, max, overlap), &Fours).unwrap_err();
    assert_eq!(error(0, 0), Error::MaxTokens(0));
    assert_eq!(error(100_001, 0), Error::MaxTokens(100_001));
    assert_eq!(error(8, 8), Error::Overlap { overlap: 8, max: 8 });
    assert!(error(0, 0).to_string().contains("1 to 100000"));
}

#[test]
fn white_space_alone_is_covered_by_a_chunk_without_tokens() {
    for document in [" ", "\n\n", "\u{feff}", "\r\n \t"] {
        let chunks = check(document, Format::Markdown, &options(By::Structural, 8, 0));
        assert_eq!(chunks.iter().map(|chunk| chunk.tokens).collect::<Vec<_>>(), [0], "{document:?}");
    }
}

#[test]
fn a_word_is_cut_where_the_tokenizer_counts_next_to_nothing() {
    let document = "x".repeat(100_000);
    assert_eq!(count(&document), 1);
    let chunks = check(&document, Format::Plain, &options(By::Recursive, 50, 0));
    assert_eq!(chunks.len(), 125);
}

#[test]
fn overlap_repeats_whole_words_of_the_predecessor() {
    let document = "one two six ten. red tan sky sun. cat dog hen owl.";
    let chunks = check(document, Format::Plain, &options(By::Recursive, 8, 3));
    let texts: Vec<_> = chunks.iter().map(|chunk| text_of(document, chunk)).collect();
    assert_eq!(texts, ["one two six ten. ", "six ten. red tan sky sun. ", "sky sun. cat dog hen owl."]);
}

/// Counts the bytes it is given.
struct Counted(std::cell::Cell<usize>);

impl Tokenizer for Counted {
    fn token_offsets(&self, text: &str) -> Vec<u32> {
        self.0.set(self.0.get() + text.len());
        Fours.token_offsets(text)
    }
}

#[test]
fn what_is_hard_to_read_takes_work_in_proportion() {
    for (name, unit) in [
        ("deep nesting", "<div>"),
        ("tags that never close", "<a \""),
        ("comments that never close", "<!-- "),
        ("scripts that never close", "<script></"),
        ("entities that are none", "&&amp"),
        ("one endless word", "x"),
        ("nothing but spaces", " "),
        ("headings", "# a\n"),
        ("lists in lists", "- - - a\n"),
        ("fences", "```\n\n"),
        ("sentences", "A. "),
        ("ideographs", "日本語"),
    ] {
        for format in [Format::Plain, Format::Markdown, Format::Html] {
            let work = |times: usize| {
                let document = unit.repeat(times);
                let (tokenizer, options) = (Counted(0.into()), options(By::Structural, 20, 0));
                let chunks = split(&document, format, &options, &tokenizer).unwrap();
                let written = |chunk: &Chunk| {
                    1 + chunk.headings.iter().chain(&chunk.text).map(String::len).sum::<usize>()
                };
                tokenizer.0.get() + chunks.iter().map(written).sum::<usize>()
            };
            let (once, twice) = (work(20_000), work(40_000));
            assert!(twice <= 2 * once + once / 100 + 64, "{name} as {format:?}: {once} to {twice}");
        }
    }
}

/// Each case is a document beside a file that says how it is split: strategy, budget and overlap in its first line, then a line a chunk.
/// `UPDATE_CASES=1` writes what is the case now.
#[test]
fn documents_are_cut_where_their_cases_say() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/cases");
    let mut seen = 0;
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let format = match path.extension().and_then(|extension| extension.to_str()) {
            Some("txt") => Format::Plain,
            Some("md") => Format::Markdown,
            Some("html") => Format::Html,
            _ => continue,
        };
        let document = std::fs::read_to_string(&path).unwrap();
        let expected_path = path.with_added_extension("chunks");
        let expected = std::fs::read_to_string(&expected_path).unwrap();
        let first = expected.lines().next().unwrap();
        let mut words = first.split(' ');
        let strategy = match words.next().unwrap() {
            "recursive" => By::Recursive,
            "structural" => By::Structural,
            other => panic!("{other}"),
        };
        let mut number = || words.next().unwrap().parse().unwrap();
        let chunks = check(&document, format, &options(strategy, number(), number()));
        let mut found = format!("{first}\n");
        for chunk in &chunks {
            let Chunk { start, end, tokens, headings, .. } = chunk;
            found += &format!("{start}..{end} {tokens} {headings:?} {:?}\n", text_of(&document, chunk));
        }
        if std::env::var_os("UPDATE_CASES").is_some() {
            std::fs::write(&expected_path, &found).unwrap();
        }
        assert_eq!(found, std::fs::read_to_string(&expected_path).unwrap(), "{}", path.display());
        seen += 1;
    }
    assert!(seen >= 6, "{seen} cases");
}
