//! One answer for the tests of all dialects, and the ways to write it.

use gusset_types::{Event, FinishReason, Passage, Usage};

use super::{Form, Identity, Writer};
use crate::Error;
use crate::answer::{CacheStatus, Cause, Citation, Failure, Kind, Opening, Outcome, Place};

pub(super) fn opening() -> Opening {
    Opening {
        kind: Kind::Generated,
        cache: CacheStatus::Miss,
        route: String::new(),
        model: "docs/llama".into(),
    }
}

pub(super) fn outcome(finish_reason: FinishReason) -> Outcome {
    Outcome {
        finish_reason,
        stop_sequence: None,
        usage: Usage {
            prompt_tokens: 30,
            completion_tokens: 12,
            cached_read_tokens: 16,
            cached_write_tokens: 4,
            reasoning_tokens: 5,
        },
        cost: Some(0.25),
        citations: Vec::new(),
        failures: Vec::new(),
        groundedness: None,
    }
}

pub(super) fn citation() -> Citation {
    let passage = Passage {
        document: "file-1".into(),
        title: "a.md".into(),
        start: 10,
        end: 20,
        text: "Because.".into(),
        headings: vec![],
        score: 0.5,
        tokens: 3,
        metadata: vec![("team".into(), "x".into())],
    };
    Citation { number: 1, passage }
}

pub(super) fn failure() -> Failure {
    Failure {
        target: "http://127.0.0.1:9000/v1".into(),
        place: Place::Node,
        cause: Cause::Interrupted,
        message: "the connection closed".into(),
        retryable: true,
        retry_after_ms: None,
        elapsed_ms: 30,
    }
}

/// A thought, text, and two calls, the second without arguments.
pub(super) fn events() -> Vec<Event> {
    vec![
        Event::Reasoning("Think".into()),
        Event::Reasoning("ing.".into()),
        Event::ReasoningSeal("c2VhbA==".into()),
        Event::Text("Let me ".into()),
        Event::Text("look.".into()),
        Event::ToolCall { index: 0, id: "call_a".into(), name: "weather".into() },
        Event::ToolArguments { index: 0, json: "{\"city\": ".into() },
        Event::ToolArguments { index: 0, json: "\"Oslo\"}".into() },
        Event::ToolCall { index: 1, id: "call_b".into(), name: "now".into() },
    ]
}

pub(super) fn writer(form: Form) -> Box<dyn Writer> {
    let identity: Identity = form.identity([0xab; 16], 7, "ab".into());
    form.writer(identity, opening())
}

/// A whole stream; an error instead of an outcome breaks it off.
pub(super) fn stream(form: Form, events: Vec<Event>, end: Result<Outcome, Error>) -> String {
    let (mut writer, mut out) = (writer(form), Vec::new());
    writer.begin(&mut out);
    events.into_iter().for_each(|event| writer.event(event, &mut out));
    match end {
        Ok(outcome) => writer.finish(&outcome, &mut out),
        Err(error) => writer.fail(&error, &mut out),
    }
    String::from_utf8(out).unwrap()
}

/// The answer in one piece.
pub(super) fn whole(form: Form, events: Vec<Event>, outcome: &Outcome) -> String {
    let mut writer = writer(form);
    events.into_iter().for_each(|event| writer.collect(event));
    String::from_utf8(writer.whole(outcome).unwrap()).unwrap()
}

/// The data of a stream's events, JSON where it is JSON.
pub(super) fn data(stream: &str) -> Vec<serde_json::Value> {
    assert!(stream.ends_with("\n\n"));
    let lines = stream.lines().filter_map(|line| line.strip_prefix("data: "));
    lines.map(|d| serde_json::from_str(d).unwrap_or_else(|_| d.into())).collect()
}

/// The arguments of parallel calls, cut anywhere and mixed: the events, and what each call must end with.
pub(super) fn mixed_arguments() -> impl proptest::strategy::Strategy<Value = (Vec<Event>, Vec<String>)> {
    use proptest::prelude::*;

    let text = "\\{\"[a-z\"\\\\{}ü \u{1F600}]{0,16}\"\\}";
    (prop::collection::vec(text, 1..4), prop::collection::vec((0_usize..4, 1_usize..5), 0..64)).prop_map(
        |(all, cuts)| {
            let call = |index: u32| Event::ToolCall { index, id: format!("c{index}"), name: "f".into() };
            let mut events: Vec<Event> = (0..).zip(&all).map(|(index, _)| call(index)).collect();
            let mut rest: Vec<Vec<char>> = all.iter().map(|text| text.chars().collect()).collect();
            let last = (0..all.len()).map(|at| (at, usize::MAX));
            for (at, length) in cuts.into_iter().map(|(at, l)| (at % all.len(), l)).chain(last) {
                let length = length.min(rest[at].len());
                let json: String = rest[at].drain(..length).collect();
                let index = u32::try_from(at).unwrap();
                events.extend((!json.is_empty()).then_some(Event::ToolArguments { index, json }));
            }
            (events, all)
        },
    )
}
