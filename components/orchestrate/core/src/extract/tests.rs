//! What is quoted, and how it reads.

use gusset_types::Passage;
use proptest::prelude::*;

use super::markup::plain;
use super::units::units;
use super::*;

fn passage(score: f32, text: &str) -> Passage {
    Passage {
        document: "d".to_owned(),
        title: "D".to_owned(),
        start: 0,
        end: 1,
        text: text.to_owned(),
        headings: Vec::new(),
        score,
        tokens: 1,
        metadata: Vec::new(),
    }
}

fn answer(question: &str, passages: &[Passage]) -> String {
    extract(question, passages).pieces().collect()
}

fn unit_texts(text: &str) -> Vec<String> {
    units(text).into_iter().map(|unit| unit.text).collect()
}

#[test]
fn the_sentence_that_answers_is_quoted_with_its_passage() {
    let passages = [
        passage(0.6, "Gusset is a plate. It joins the members of a frame. The weather was fine."),
        passage(0.5, "The host listens on port 8080 by default. Another port is set with `--listen`."),
        passage(0.4, "Nothing in here is of use."),
    ];
    let text = answer("Which port does the host listen on by default?", &passages);
    assert!(text.contains("The host listens on port 8080 by default."), "{text}");
    assert!(text.contains("[2]") && !text.contains("weather") && !text.contains("[3]"), "{text}");
}

#[test]
fn quotes_stand_in_the_order_of_the_passages_and_name_each_once() {
    let passages = [
        passage(0.9, "Cats purr when content. Dogs bark. Cats purr when ill."),
        passage(0.8, "Cats purr at 25 Hz, too."),
    ];
    let found = extract("When do cats purr?", &passages);
    assert_eq!(found.quotes.iter().map(|quote| quote.number).collect::<Vec<_>>(), [1, 2]);
    assert_eq!(
        found.pieces().collect::<Vec<_>>(),
        ["Cats purr when content. … Cats purr when ill. [1]", "\n\nCats purr at 25 Hz, too. [2]"]
    );
}

#[test]
fn nothing_to_quote_is_said_plainly() {
    for passages in [vec![], vec![passage(0.5, "# Only a heading\n\n---\n")]] {
        assert_eq!(answer("Why?", &passages), "No passage was found that could answer this.");
    }
}

#[test]
fn a_question_in_other_words_gets_the_beginning_of_the_nearest_passage() {
    let passages = [passage(0.7, "Paris is large. It has bridges."), passage(0.1, "Cows eat grass.")];
    assert_eq!(answer("Wie heißt die Hauptstadt?", &passages), "Paris is large. It has bridges. [1]");
}

#[test]
fn an_overlapping_passage_is_not_quoted_twice() {
    let passages = [passage(0.7, "The fee is eight dollars."), passage(0.6, "The fee is eight dollars.")];
    assert_eq!(answer("What is the fee?", &passages), "The fee is eight dollars. [1]");
}

#[test]
fn tables_and_code_stay_whole() {
    let text = "Segments:\n\n| name | share |\n|---|---|\n| silicon | 55% |\n\nRun it:\n```sh\nspin up\n\nspin deploy\n```\nDone.";
    assert_eq!(
        unit_texts(text),
        [
            "Segments:",
            "| name | share |\n|---|---|\n| silicon | 55% |",
            "Run it:",
            "```sh\nspin up\n\nspin deploy\n```",
            "Done."
        ]
    );
    let text = answer("What is the share of silicon?", &[passage(0.5, text)]);
    assert!(text.ends_with("| silicon | 55% |\n[1]"), "{text}");
    assert_eq!(unit_texts("```\nlet a = 1;"), ["```\nlet a = 1;\n```"]);
    assert_eq!(unit_texts("total | 1 | 2\ncash | 3 | 4"), ["total | 1 | 2\ncash | 3 | 4"]);
}

#[test]
fn headings_rules_and_list_marks_are_not_quoted() {
    let text = "# Title\nIntro\nwraps here. More.\n\n- one item\n  goes on\n* two\n1. three\n\n> quoted\n> text\n\n = = Career = = \n***\nTitle\n=====";
    assert_eq!(
        unit_texts(text),
        ["Intro wraps here.", "More.", "one item goes on", "two", "three", "quoted text", "Title"]
    );
}

#[test]
fn an_abbreviation_ends_no_sentence() {
    assert_eq!(
        unit_texts("Dr. Smith met J. Doe of Acme Inc. In 2011 they left. It cost $3.5 million. Really?"),
        ["Dr. Smith met J. Doe of Acme Inc. In 2011 they left.", "It cost $3.5 million.", "Really?"]
    );
    assert_eq!(unit_texts("The U.S. Senate met. It rose."), ["The U.S. Senate met.", "It rose."]);
    let small = "revenue rose because prices did. ".repeat(12);
    assert_eq!(unit_texts(&small), vec!["revenue rose because prices did."; 12]);
}

#[test]
fn what_repeats_the_whole_question_does_not_answer_it() {
    let command = passage(0.9, "Ask it with `ask \"What happens when a stream breaks?\"` from a shell.");
    let answering = passage(0.6, "A stream that breaks ends with an error event.");
    let said = answer("What happens when a stream breaks?", &[command, answering]);
    assert!(said.starts_with("A stream that breaks"), "{said}");
}

#[test]
fn markup_is_taken_off() {
    for (markdown, text) in [
        ("**Bold** and *thin*, __too__ and _so_.", "Bold and thin, too and so."),
        ("See [the guide](http://a/b) and ![a chart](c.png).", "See the guide and a chart."),
        ("A [ref][1] here[2], there [3].", "A ref here, there ."),
        ("A note[^a] and [brackets] stay.", "A note and [brackets] stay."),
        ("`a * b[1]` and snake_case_name, 2 * 3 * 4, a*b", "`a * b[1]` and snake_case_name, 2 * 3 * 4, a*b"),
        (r"An \*asterisk\* and a back\slash", r"An *asterisk* and a back\slash"),
        ("an open ` tick, an open [ bracket, **", "an open ` tick, an open [ bracket, **"),
        ("  much \t  space ", "much space"),
        ("[**Bold**](x) link", "Bold link"),
        ("日本語の**強調**です。", "日本語の強調です。"),
    ] {
        assert_eq!(plain(markdown), text);
    }
}

proptest! {
    #[test]
    fn any_text_can_be_asked(question in "\\PC{0,60}", texts in prop::collection::vec("[ -~\\n`|#*é\u{4e00}]{0,120}", 0..5)) {
        let passages: Vec<Passage> = texts.iter().map(|text| passage(0.5, text)).collect();
        let found = extract(&question, &passages);
        prop_assert!(found.quotes.len() <= MAX_PASSAGES);
        let numbers: Vec<u32> = found.quotes.iter().map(|quote| quote.number).collect();
        prop_assert!(numbers.is_sorted() && numbers.iter().all(|n| (1..=passages.len() as u32).contains(n)));
        prop_assert!(found.pieces().all(|piece| !piece.trim().is_empty()));
    }
}
