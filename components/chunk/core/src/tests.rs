//! Properties that hold for every document, format and budget, and the cases in `cases/`.

use proptest::prelude::*;

use crate::{Chunk, Embedder, Error, Format, Options, Strategy as By, Tokenizer, split, split_with};

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

/// Meaning as a bag of letters.
struct Letters;

impl Embedder for Letters {
    fn embed(&self, texts: &[&str]) -> Result<Vec<f32>, String> {
        let mut all = Vec::new();
        for text in texts {
            let mut vector = [0.01_f32; 8];
            text.bytes().for_each(|byte| vector[usize::from(byte) % 8] += 1.0);
            let norm = vector.iter().map(|value| value * value).sum::<f32>().sqrt();
            all.extend(vector.map(|value| value / norm));
        }
        Ok(all)
    }
}

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
    let chunks = split_with(document, format, options, tokenizer, Some(&Letters)).unwrap();
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
        let context = chunk.context.as_deref().map_or(0, count);
        assert!(
            chunk.tokens + context <= options.max_tokens,
            "{context} tokens of context: {:?}",
            chunk.context
        );
        assert!(options.context || chunk.context.is_none());
        assert!(chunk.tokens <= options.max_tokens, "{} tokens: {text:?}", chunk.tokens);
        assert!(text.len() <= (16 * options.max_tokens as usize).max(256), "{} bytes", text.len());
        assert_eq!(chunk.text.is_some(), format == Format::Html);
    }
    assert_eq!(end, document.len(), "an end is missing");
    check_sections(document, options, &chunks, &count);
    chunks
}

/// Sections cover the document in order, too, are whole chunks, and keep their budget.
fn check_sections(document: &str, options: &Options, chunks: &[Chunk], count: &dyn Fn(&str) -> u32) {
    assert!(chunks.iter().all(|chunk| chunk.parent.is_some() == (options.parent_tokens > 0)));
    let mut end = 0;
    for section in chunks.chunk_by(|a, b| a.parent == b.parent) {
        let (Some(first), Some(last), Some((from, to))) =
            (section.first(), section.last(), section[0].parent)
        else {
            continue;
        };
        assert_eq!((first.start, last.end, from), (from, to, end), "not whole chunks, or a gap");
        let text: String = section.iter().map(|chunk| text_of(document, chunk)).collect();
        assert!(count(&text) <= options.parent_tokens, "{} tokens: {text:?}", count(&text));
        end = to;
    }
}

fn any_format() -> impl Strategy<Value = Format> {
    prop_oneof![
        Just(Format::Plain),
        Just(Format::Markdown),
        Just(Format::Html),
        Just(Format::Code),
        Just(Format::Csv),
        Just(Format::Json)
    ]
}

fn any_strategy() -> impl Strategy<Value = By> {
    prop_oneof![Just(By::Recursive), Just(By::Structural), Just(By::Fixed), Just(By::Semantic)]
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
        2 => prop_oneof![
            Just("\nfn a() {\n    b();\n}\n"), Just("\n/// Doc\n"), Just("\n/*"), Just("*/"), Just("\nclass A:\n    def b(self):\n        pass\n"), Just("\"\"\""),
            Just("\na,\"b\nc\",d\n"), Just("\""), Just("{\"a\": ["), Just("]}"), Just("},\n{\"b\": 1, "), Just("\\"), Just(",")
        ].prop_map(str::to_owned),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(600))]

    #[test]
    fn every_document_is_covered_within_its_budget(
        parts in prop::collection::vec(ingredient(), 0..120),
        format in any_format(),
        strategy in any_strategy(),
        max in 1_u32..80,
        overlap in 0_u32..40,
        context in any::<bool>(),
    ) {
        let room = max - if context { max / 4 } else { 0 };
        check(&parts.concat(), format, &Options { context, ..options(strategy, max, overlap % room) });
    }

    #[test]
    fn sections_are_whole_chunks(
        parts in prop::collection::vec(ingredient(), 0..120),
        format in any_format(),
        strategy in any_strategy(),
        max in 1_u32..40,
        more in 1_u32..200,
        context in any::<bool>(),
    ) {
        let options = Options { parent_tokens: max + more, context, ..options(strategy, max, 0) };
        check(&parts.concat(), format, &options);
    }

    // From three tokens up, which is what one Hangul syllable can be.
    #[test]
    fn the_real_tokenizer_agrees(
        parts in prop::collection::vec(ingredient(), 0..120),
        format in any_format(),
        strategy in any_strategy(),
        max in 3_u32..80,
        overlap in 0_u32..40,
    ) {
        let overlap = overlap % (max - 2);
        check_with(&*WORD_PIECE, &parts.concat(), format, &options(strategy, max, overlap));
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
    let section = |parent_tokens, overlap| {
        let options = Options { parent_tokens, ..options(By::Recursive, 8, overlap) };
        split("a", Format::Plain, &options, &Fours).unwrap_err()
    };
    assert_eq!(section(8, 0), Error::Parent { parent: 8, max: 8 });
    assert_eq!(section(100_001, 0), Error::Parent { parent: 100_001, max: 8 });
    assert_eq!(section(20, 2), Error::ParentOverlap(2));
    let semantic = split("", Format::Plain, &options(By::Semantic, 8, 0), &Fours);
    assert_eq!(semantic.unwrap_err(), Error::NoEmbedder);
}

#[test]
fn an_embedder_that_fails_or_miscounts_is_an_error() {
    struct Broken(Result<Vec<f32>, String>);
    impl Embedder for Broken {
        fn embed(&self, _: &[&str]) -> Result<Vec<f32>, String> {
            self.0.clone()
        }
    }
    for answer in [Err("gone".to_owned()), Ok(vec![]), Ok(vec![1.0; 3])] {
        let (document, options) =
            ("One sentence is here. Another sentence is there.", options(By::Semantic, 8, 0));
        let found = split_with(document, Format::Plain, &options, &Fours, Some(&Broken(answer)));
        assert!(matches!(found, Err(Error::Embedder(_))), "{found:?}");
    }
}

#[test]
fn context_says_where_a_chunk_stands() {
    let document = "# Trees\n\nOaks grow very old here. They like rain and much light. Some are hollow inside. Owls live in them all year.";
    let chunks =
        check(document, Format::Markdown, &Options { context: true, ..options(By::Structural, 40, 0) });
    let contexts: Vec<_> = chunks.iter().map(|chunk| chunk.context.as_deref()).collect();
    assert_eq!(contexts, [Some("Trees"), Some("Trees\nOaks grow very old here.")]);
}

#[test]
fn pages_of_a_pdf_are_headings() {
    let document = "First page.\n\u{c}Second page.\n\u{c}Third.";
    let chunks = check(document, Format::Plain, &options(By::Structural, 6, 0));
    let pages: Vec<_> = chunks.iter().map(|chunk| chunk.headings.concat()).collect();
    assert_eq!(pages, ["Page 1", "Page 2", "Page 3"]);
}

#[test]
fn text_without_capitals_is_cut_after_its_full_stops() {
    let document =
        "the tax was paid in full during 2017. a second tax is owed; it was not paid. no others are known.";
    let chunks = check(document, Format::Plain, &options(By::Structural, 16, 0));
    let texts: Vec<_> = chunks.iter().map(|chunk| text_of(document, chunk)).collect();
    assert_eq!(
        texts,
        [
            "the tax was paid in full during 2017. ",
            "a second tax is owed; it was not paid. ",
            "no others are known."
        ]
    );
}

#[test]
fn long_documents_are_embedded_window_by_window() {
    let document =
        "One sentence of many that are here. Another kind of text stands there, too. ".repeat(4000);
    let chunks = check(&document, Format::Plain, &options(By::Semantic, 60, 0));
    assert!(chunks.len() > 1000);
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
        for (format, strategy) in [
            (Format::Plain, By::Structural),
            (Format::Markdown, By::Structural),
            (Format::Html, By::Structural),
            (Format::Code, By::Structural),
            (Format::Csv, By::Structural),
            (Format::Json, By::Structural),
            (Format::Plain, By::Fixed),
            (Format::Plain, By::Semantic),
        ] {
            let work = |times: usize| {
                let document = unit.repeat(times);
                let (tokenizer, options) = (Counted(0.into()), options(strategy, 20, 0));
                let chunks = split_with(&document, format, &options, &tokenizer, Some(&Letters)).unwrap();
                let written = |chunk: &Chunk| {
                    1 + chunk.headings.iter().chain(&chunk.text).map(String::len).sum::<usize>()
                };
                tokenizer.0.get() + chunks.iter().map(written).sum::<usize>()
            };
            let (once, twice) = (work(20_000), work(40_000));
            assert!(
                twice <= 2 * once + once / 100 + 64,
                "{name} as {format:?}, {strategy:?}: {once} to {twice}"
            );
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
            Some("rs" | "py") => Format::Code,
            Some("csv") => Format::Csv,
            Some("jsonl") => Format::Json,
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
            "fixed" => By::Fixed,
            "semantic" => By::Semantic,
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
