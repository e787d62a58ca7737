//! Responses as the providers' API references print them, and as servers were seen to write them, each with the events that it
//! means: whole, and split at every byte.
//!
//! A case is a folder, `cases/streams/<dialect>/<name>`: `response`, byte for byte, and `expected.json`.

#![cfg_attr(
    test,
    expect(clippy::unwrap_used, reason = "what a case can't be read for is a fault of the case")
)]

use std::fs;
use std::path::{Path, PathBuf};

use gusset_generate::config::Dialect;
use gusset_generate::wire::{Completion, Decoder, Fault};
use gusset_types::{Event, FinishReason, Usage};
use serde::Deserialize;

#[derive(Debug, Deserialize, PartialEq)]
struct Expected {
    events: Vec<Event>,
    completion: Option<Ending>,
    fault: Option<Broken>,
}

#[derive(Debug, Deserialize, PartialEq)]
struct Ending {
    model: Option<String>,
    finish_reason: FinishReason,
    stop_sequence: Option<String>,
    usage: Option<Usage>,
}

#[derive(Debug, Deserialize, PartialEq)]
struct Broken {
    cause: String,
    retryable: bool,
    /// A part of it.
    message: String,
    retry_after_ms: Option<u32>,
}

struct Case {
    name: String,
    dialect: Dialect,
    response: Vec<u8>,
    expected: Expected,
}

fn folders(path: &Path) -> Vec<PathBuf> {
    let mut folders: Vec<_> = fs::read_dir(path).unwrap().map(|entry| entry.unwrap().path()).collect();
    folders.sort();
    folders
}

fn cases() -> Vec<Case> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("cases/streams");
    let mut cases = Vec::new();
    for dialect in folders(&root) {
        let spoken = format!("\"{}\"", dialect.file_name().unwrap().to_str().unwrap());
        for folder in folders(&dialect) {
            cases.push(Case {
                name: folder.display().to_string(),
                dialect: serde_json::from_str(&spoken).unwrap(),
                response: fs::read(folder.join("response")).unwrap(),
                expected: serde_json::from_slice(&fs::read(folder.join("expected.json")).unwrap()).unwrap(),
            });
        }
    }
    assert!(cases.len() > 40, "{} cases were found", cases.len());
    cases
}

fn decode<'a>(
    dialect: Dialect,
    pieces: impl IntoIterator<Item = &'a [u8]>,
) -> (Vec<Event>, Result<Completion, Fault>) {
    let (mut decoder, mut events) = (Decoder::new(dialect), Vec::new());
    for piece in pieces {
        if let Err(fault) = decoder.push(piece, &mut events) {
            return (events, Err(fault));
        }
    }
    let ending = decoder.finish(&mut events);
    (events, ending)
}

#[test]
fn responses_mean_what_is_expected() {
    for case in cases() {
        let (events, ending) = decode(case.dialect, [case.response.as_slice()]);
        assert_eq!(events, case.expected.events, "{}", case.name);
        match (ending, &case.expected) {
            (Ok(completion), Expected { completion: Some(expected), .. }) => {
                let Completion { model, finish_reason, stop_sequence, usage } = completion;
                let got = Ending { model, finish_reason, stop_sequence, usage };
                assert_eq!(&got, expected, "{}", case.name);
            }
            (Err(fault), Expected { fault: Some(expected), .. }) => {
                let got = (fault.cause.as_str(), fault.retryable, fault.retry_after_ms);
                let wanted = (expected.cause.as_str(), expected.retryable, expected.retry_after_ms);
                assert_eq!(got, wanted, "{}", case.name);
                assert!(fault.message.contains(&expected.message), "{}: {}", case.name, fault.message);
            }
            (got, _) => panic!("{}: {got:?}", case.name),
        }
    }
}

#[test]
fn any_split_means_the_same() {
    for case in cases() {
        let whole = decode(case.dialect, [case.response.as_slice()]);
        for at in 0..=case.response.len() {
            let (head, tail) = case.response.split_at(at);
            assert_eq!(decode(case.dialect, [head, tail]), whole, "{} at byte {at}", case.name);
        }
        for size in [1, 2, 3, 7, 64] {
            let split = decode(case.dialect, case.response.chunks(size));
            assert_eq!(split, whole, "{} in pieces of {size}", case.name);
        }
    }
}

#[test]
fn a_completion_that_breaks_off_is_never_whole() {
    for case in cases() {
        let Some(expected) = &case.expected.completion else { continue };
        for at in 0..case.response.len() {
            let (events, ending) = decode(case.dialect, [&case.response[..at]]);
            if let Ok(completion) = ending {
                assert_eq!(completion.finish_reason, expected.finish_reason, "{} at byte {at}", case.name);
                assert_eq!(events, case.expected.events, "{} at byte {at}", case.name);
            }
        }
    }
}

#[test]
fn events_keep_their_order() {
    for case in cases() {
        let (events, _) = decode(case.dialect, [case.response.as_slice()]);
        let mut begun = 0;
        for event in events {
            match event {
                Event::ToolCall { index, id, name } => {
                    assert_eq!(index, begun, "{}", case.name);
                    assert!(!id.is_empty() && !name.is_empty(), "{}", case.name);
                    begun += 1;
                }
                Event::ToolArguments { index, json } => {
                    assert!(index < begun && !json.is_empty(), "{}", case.name);
                }
                Event::Text(text)
                | Event::Reasoning(text)
                | Event::Refusal(text)
                | Event::ReasoningSeal(text) => {
                    assert!(!text.is_empty(), "{}", case.name);
                }
            }
        }
    }
}
