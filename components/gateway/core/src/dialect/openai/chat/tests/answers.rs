//! Answers, byte by byte, as OpenAI's reference has them.

use gusset_types::{Event, FinishReason};
use proptest::prelude::*;
use serde_json::{Value, json};

use crate::Error;
use crate::answer::Outcome;
use crate::dialect::Form;
use crate::dialect::testing::{self, citation, data, events, failure, outcome};

const CHAT: Form = Form::Chat { include_usage: true };
const EXTENSION: &str =
    r#""x_gusset":{"kind":"generated","citations":[],"trace_id":"ab","cost":0.25,"failures":[]}"#;
const USAGE: &str = r#""usage":{"prompt_tokens":30,"completion_tokens":12,"total_tokens":42,"prompt_tokens_details":{"cached_tokens":16},"completion_tokens_details":{"reasoning_tokens":5}}"#;

fn id() -> String {
    format!("chatcmpl-{}", "ab".repeat(16))
}

#[test]
fn an_answer_in_one_piece() {
    let (id, events) = (id(), vec![Event::Text("Be".into()), Event::Text("cause.".into())]);
    let expected = format!(
        r#"{{"id":"{id}","object":"chat.completion","created":7,"model":"docs/llama","choices":[{{"index":0,"message":{{"role":"assistant","content":"Because.","refusal":null}},"logprobs":null,"finish_reason":"stop"}}],{USAGE},{EXTENSION}}}"#
    );
    assert_eq!(testing::whole(CHAT, events, &outcome(FinishReason::Stop)), expected);
}

#[test]
fn an_answer_with_calls_in_one_piece() {
    let answer = testing::whole(CHAT, events(), &outcome(FinishReason::ToolCalls));
    let message = r#""message":{"role":"assistant","content":"Let me look.","refusal":null,"reasoning_content":"Thinking.","thinking_blocks":[{"type":"thinking","thinking":"Thinking.","signature":"c2VhbA=="}],"tool_calls":[{"id":"call_a","type":"function","function":{"name":"weather","arguments":"{\"city\": \"Oslo\"}"}},{"id":"call_b","type":"function","function":{"name":"now","arguments":"{}"}}]}"#;
    assert!(answer.contains(message), "{answer}");
    assert!(answer.contains(r#""finish_reason":"tool_calls""#));
}

#[test]
fn content_is_null_only_beside_calls_and_refusals() {
    let message = |events: Vec<Event>| {
        let answer = testing::whole(CHAT, events, &outcome(FinishReason::Stop));
        let answer: Value = serde_json::from_str(&answer).unwrap();
        (
            answer["choices"][0]["message"]["content"].clone(),
            answer["choices"][0]["message"]["refusal"].clone(),
        )
    };
    assert_eq!(message(vec![]), (json!(""), Value::Null));
    let call = Event::ToolCall { index: 0, id: "c".into(), name: "f".into() };
    assert_eq!(message(vec![call]), (Value::Null, Value::Null));
    assert_eq!(message(vec![Event::Refusal("No.".into())]), (Value::Null, json!("No.")));
}

#[test]
fn citations_and_failures_are_told() {
    let outcome = Outcome {
        citations: vec![citation()],
        failures: vec![failure()],
        cost: None,
        groundedness: Some(0.5),
        ..outcome(FinishReason::Stop)
    };
    let answer: Value = serde_json::from_str(&testing::whole(CHAT, vec![], &outcome)).unwrap();
    let expected = json!({
        "kind": "generated",
        "citations": [{
            "number": 1, "document": "file-1", "title": "a.md", "start": 10, "end": 20, "text": "Because.",
            "score": 0.5, "metadata": {"team": "x"},
        }],
        "trace_id": "ab",
        "cost": null,
        "failures": [{
            "target": "http://127.0.0.1:9000/v1", "place": "node", "cause": "interrupted",
            "message": "the connection closed", "retryable": true, "elapsed_ms": 30,
        }],
        "groundedness": 0.5,
    });
    assert_eq!(answer["x_gusset"], expected);
}

#[test]
fn an_answer_in_pieces() {
    let id = id();
    let chunk = |delta: &str, reason: &str, more: &str| {
        format!(
            "data: {{\"id\":\"{id}\",\"object\":\"chat.completion.chunk\",\"created\":7,\"model\":\"docs/llama\",\"choices\":[{{\"index\":0,\"delta\":{delta},\"logprobs\":null,\"finish_reason\":{reason}}}],\"usage\":null{more}}}\n\n"
        )
    };
    let expected: String = [
        chunk(r#"{"role":"assistant","content":""}"#, "null", ""),
        chunk(r#"{"reasoning_content":"Think"}"#, "null", ""),
        chunk(r#"{"reasoning_content":"ing."}"#, "null", ""),
        chunk(
            r#"{"thinking_blocks":[{"type":"thinking","thinking":"Thinking.","signature":"c2VhbA=="}]}"#,
            "null",
            "",
        ),
        chunk(r#"{"content":"Let me "}"#, "null", ""),
        chunk(r#"{"content":"look."}"#, "null", ""),
        chunk(
            r#"{"tool_calls":[{"index":0,"id":"call_a","type":"function","function":{"name":"weather","arguments":""}}]}"#,
            "null",
            "",
        ),
        chunk(r#"{"tool_calls":[{"index":0,"function":{"arguments":"{\"city\": "}}]}"#, "null", ""),
        chunk(r#"{"tool_calls":[{"index":0,"function":{"arguments":"\"Oslo\"}"}}]}"#, "null", ""),
        chunk(
            r#"{"tool_calls":[{"index":1,"id":"call_b","type":"function","function":{"name":"now","arguments":""}}]}"#,
            "null",
            "",
        ),
        chunk(r#"{"tool_calls":[{"index":1,"function":{"arguments":"{}"}}]}"#, "null", ""),
        chunk("{}", r#""tool_calls""#, &format!(",{EXTENSION}")),
        format!(
            "data: {{\"id\":\"{id}\",\"object\":\"chat.completion.chunk\",\"created\":7,\"model\":\"docs/llama\",\"choices\":[],{USAGE}}}\n\n"
        ),
        "data: [DONE]\n\n".to_owned(),
    ]
    .concat();
    assert_eq!(testing::stream(CHAT, events(), Ok(outcome(FinishReason::ToolCalls))), expected);
}

#[test]
fn usage_is_not_said_unasked() {
    let form = Form::Chat { include_usage: false };
    let refusal = vec![Event::Refusal("No.".into())];
    let events = data(&testing::stream(form, refusal, Ok(outcome(FinishReason::ContentFilter))));
    assert_eq!(events.len(), 4);
    assert_eq!(events[1]["choices"][0]["delta"], json!({"refusal": "No."}));
    assert_eq!(events[2]["choices"][0]["finish_reason"], "content_filter");
    assert!(events.iter().all(|event| event.get("usage").is_none()));
}

#[test]
fn an_answer_that_breaks_off_never_looks_complete() {
    let stream = testing::stream(CHAT, vec![], Err(Error::Interrupted(failure())));
    let events = data(&stream);
    assert_eq!(events[1]["error"]["code"], "interrupted");
    assert_eq!(events.len(), 2);
    assert!(!stream.contains("[DONE]"));
}

proptest! {
    #[test]
    fn however_arguments_come_each_call_has_its_own((events, expected) in testing::mixed_arguments()) {
        let mut told = vec![String::new(); expected.len()];
        for event in data(&testing::stream(CHAT, events.clone(), Ok(outcome(FinishReason::ToolCalls)))) {
            for call in event["choices"][0]["delta"]["tool_calls"].as_array().into_iter().flatten() {
                let index = usize::try_from(call["index"].as_u64().unwrap()).unwrap();
                told[index].push_str(call["function"]["arguments"].as_str().unwrap());
            }
        }
        prop_assert_eq!(&told, &expected);
        let whole = testing::whole(CHAT, events, &outcome(FinishReason::ToolCalls));
        let whole: Value = serde_json::from_str(&whole).unwrap();
        let calls = whole["choices"][0]["message"]["tool_calls"].as_array().unwrap();
        let whole: Vec<_> = calls.iter().map(|c| c["function"]["arguments"].as_str().unwrap()).collect();
        prop_assert_eq!(whole, expected);
    }
}
