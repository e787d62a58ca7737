//! Sections, found by their chunks and returned whole, and what is embedded with a chunk without being part of it.

use std::sync::atomic::Ordering;

use super::memory::Memory;
use super::*;
use crate::Mode;

/// Paragraphs of eight words; the word `topic<n>` in the first and the last of each four.
fn content(paragraphs: usize) -> String {
    let paragraph = |n: usize| {
        let topic = if n.is_multiple_of(4) || n % 4 == 3 { n / 4 } else { 9999 };
        format!("topic{topic} number{n} and five more words here\n\n")
    };
    (0..paragraphs).map(paragraph).collect()
}

fn filled(options: &Options, content: &str) -> Memory {
    let store = Memory::default();
    retrieve(&store).create_collection(TENANT, DOCS, options, 1, Vec::new()).unwrap();
    put(&store, "doc", content).unwrap();
    store
}

fn sections() -> Options {
    Options { parent_tokens: 28, ..chunking() }
}

#[test]
fn a_section_is_returned_once_and_exactly() {
    let content = content(40);
    let store = filled(&sections(), &content);
    let found = search(&store, "topic5", 3);
    let first = &found[0];
    assert_eq!(first.text.matches("topic5 ").count(), 2, "{first:?}");
    assert_eq!(first.tokens, 28);
    for passage in &found {
        assert_eq!(passage.text, content[passage.start as usize..passage.end as usize]);
    }
    let mut starts: Vec<u32> = found.iter().map(|passage| passage.start).collect();
    starts.dedup();
    assert_eq!(starts.len(), 3, "a section came twice");
    let everything = search(&store, "anything", 50);
    assert_eq!(everything.iter().map(|passage| passage.text.len()).sum::<usize>(), content.len());
}

#[test]
fn the_score_is_that_of_the_best_chunk() {
    let content = content(40);
    let alone = search(&filled(&chunking(), &content), "topic5 number20", 1);
    let whole = search(&filled(&sections(), &content), "topic5 number20", 1);
    assert!(whole[0].text.starts_with(&alone[0].text));
    assert_eq!(whole[0].score, alone[0].score);
}

#[test]
fn a_section_may_be_in_several_parts_of_the_record() {
    let content = content(4000);
    let options = Options { parent_tokens: 7000, ..chunking() };
    let store = filled(&options, &content);
    let found = search(&store, "number1500 number2999", 4);
    assert!(found.iter().any(|passage| passage.text.len() > 40_000));
    for passage in found {
        assert_eq!(passage.text, content[passage.start as usize..passage.end as usize]);
    }
}

#[test]
fn sections_take_no_room_of_their_own() {
    let content = content(400);
    let written = |options: &Options| filled(options, &content).written.load(Ordering::Relaxed);
    let (plain, sectioned) = (written(&chunking()), written(&sections()));
    assert!(sectioned < plain + 8 * 400, "{plain} bytes without sections, {sectioned} with them");
}

#[test]
fn context_is_embedded_and_not_returned() {
    let options = Options { max_tokens: 16, context: true, ..chunking() };
    let text = "whales eat krill in cold water far from land";
    let store = Memory::default();
    retrieve(&store).create_collection(TENANT, DOCS, &options, 1, Vec::new()).unwrap();
    let titled = |title: &str| Document { title: title.to_owned(), ..document("doc", text) };
    let put =
        |title: &str| retrieve(&store).put_document(TENANT, DOCS, titled(title)).unwrap().finish().unwrap();
    let cosine = || {
        let query = Query { mode: Mode::Dense, ..Query::new("biology", 1) };
        let found = retrieve(&store).search(TENANT, DOCS, &query).unwrap().finish().unwrap();
        assert_eq!(found.hits[0].passage.text, text);
        found.hits[0].cosine
    };
    put("biology biology biology");
    let about = cosine();
    put("seas");
    let other = cosine();
    assert!(about > 0.4 && other < 0.2, "{about} with the title, {other} with another");
}
