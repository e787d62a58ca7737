//! Answers, whole and streamed.

use gusset_types::{Event, FinishReason};
use proptest::prelude::*;
use serde_json::{Value, json};

use crate::Error;
use crate::answer::Outcome;
use crate::dialect::Form;
use crate::dialect::testing::{self, data, events, failure, outcome};

const EXTENSION: &str =
    r#""x_gusset":{"kind":"generated","citations":[],"trace_id":"ab","cost":0.25,"failures":[]}"#;
const USAGE: &str = r#""usage":{"input_tokens":10,"cache_creation_input_tokens":4,"cache_read_input_tokens":16,"output_tokens":12}"#;

fn messages() -> Form {
    Form::Messages { prompt_tokens: 7 }
}

fn id() -> String {
    format!("msg_{}", "ab".repeat(16))
}

#[test]
fn an_answer_in_one_piece() {
    let expected = format!(
        r#"{{"id":"{}","type":"message","role":"assistant","model":"docs/llama","content":[{{"type":"thinking","thinking":"Thinking.","signature":"c2VhbA=="}},{{"type":"text","text":"Let me look."}},{{"type":"tool_use","id":"call_a","name":"weather","input":{{"city": "Oslo"}}}},{{"type":"tool_use","id":"call_b","name":"now","input":{{}}}}],"stop_reason":"tool_use","stop_sequence":null,{USAGE},{EXTENSION}}}"#,
        id()
    );
    assert_eq!(testing::whole(messages(), events(), &outcome(FinishReason::ToolCalls)), expected);
}

#[test]
fn an_answer_in_pieces() {
    let expected = [
        format!(
            "event: message_start\ndata: {{\"type\":\"message_start\",\"message\":{{\"id\":\"{}\",\"type\":\"message\",\"role\":\"assistant\",\"model\":\"docs/llama\",\"content\":[],\"stop_reason\":null,\"stop_sequence\":null,\"usage\":{{\"input_tokens\":7,\"cache_creation_input_tokens\":0,\"cache_read_input_tokens\":0,\"output_tokens\":0}}}}}}",
            id()
        ),
        r#"event: content_block_start
data: {"type":"content_block_start","index":0,"content_block":{"type":"thinking","thinking":"","signature":""}}

event: content_block_delta
data: {"type":"content_block_delta","index":0,"delta":{"type":"thinking_delta","thinking":"Think"}}

event: content_block_delta
data: {"type":"content_block_delta","index":0,"delta":{"type":"thinking_delta","thinking":"ing."}}

event: content_block_delta
data: {"type":"content_block_delta","index":0,"delta":{"type":"signature_delta","signature":"c2VhbA=="}}

event: content_block_stop
data: {"type":"content_block_stop","index":0}

event: content_block_start
data: {"type":"content_block_start","index":1,"content_block":{"type":"text","text":""}}

event: content_block_delta
data: {"type":"content_block_delta","index":1,"delta":{"type":"text_delta","text":"Let me "}}

event: content_block_delta
data: {"type":"content_block_delta","index":1,"delta":{"type":"text_delta","text":"look."}}

event: content_block_stop
data: {"type":"content_block_stop","index":1}

event: content_block_start
data: {"type":"content_block_start","index":2,"content_block":{"type":"tool_use","id":"call_a","name":"weather","input":{}}}

event: content_block_delta
data: {"type":"content_block_delta","index":2,"delta":{"type":"input_json_delta","partial_json":"{\"city\": "}}

event: content_block_delta
data: {"type":"content_block_delta","index":2,"delta":{"type":"input_json_delta","partial_json":"\"Oslo\"}"}}

event: content_block_stop
data: {"type":"content_block_stop","index":2}

event: content_block_start
data: {"type":"content_block_start","index":3,"content_block":{"type":"tool_use","id":"call_b","name":"now","input":{}}}

event: content_block_delta
data: {"type":"content_block_delta","index":3,"delta":{"type":"input_json_delta","partial_json":"{}"}}

event: content_block_stop
data: {"type":"content_block_stop","index":3}"#
            .to_owned(),
        format!(
            "event: message_delta\ndata: {{\"type\":\"message_delta\",\"delta\":{{\"stop_reason\":\"tool_use\",\"stop_sequence\":null}},{USAGE},{EXTENSION}}}"
        ),
        "event: message_stop\ndata: {\"type\":\"message_stop\"}\n\n".to_owned(),
    ]
    .join("\n\n");
    assert_eq!(testing::stream(messages(), events(), Ok(outcome(FinishReason::ToolCalls))), expected);
}

#[test]
fn a_sealed_thought_is_redacted() {
    let events = vec![Event::ReasoningSeal("sealed".into()), Event::Text("Hi".into())];
    let whole: Value =
        serde_json::from_str(&testing::whole(messages(), events.clone(), &outcome(FinishReason::Stop)))
            .unwrap();
    assert_eq!(whole["content"][0], json!({"type": "redacted_thinking", "data": "sealed"}));
    let stream = data(&testing::stream(messages(), events, Ok(outcome(FinishReason::Stop))));
    assert_eq!(stream[1]["content_block"], whole["content"][0]);
    assert_eq!(stream[2], json!({"type": "content_block_stop", "index": 0}));
    assert_eq!(stream[3]["index"], 1);
}

#[test]
fn the_stop_reason_says_why() {
    let check = |outcome: &Outcome, events: Vec<Event>, reason: &str, sequence: Value| {
        let answer: Value = serde_json::from_str(&testing::whole(messages(), events, outcome)).unwrap();
        assert_eq!((answer["stop_reason"].as_str(), &answer["stop_sequence"]), (Some(reason), &sequence));
    };
    check(&outcome(FinishReason::Stop), vec![], "end_turn", Value::Null);
    check(&outcome(FinishReason::Length), vec![], "max_tokens", Value::Null);
    check(&outcome(FinishReason::ContentFilter), vec![], "refusal", Value::Null);
    check(&outcome(FinishReason::Stop), vec![Event::Refusal("No.".into())], "refusal", Value::Null);
    let stopped = Outcome { stop_sequence: Some("END".into()), ..outcome(FinishReason::Stop) };
    check(&stopped, vec![], "stop_sequence", json!("END"));
}

#[test]
fn arguments_that_are_no_json_are_seen_as_text() {
    let events = vec![
        Event::ToolCall { index: 0, id: "c".into(), name: "f".into() },
        Event::ToolArguments { index: 0, json: "{\"a\":".into() },
    ];
    let whole = testing::whole(messages(), events, &outcome(FinishReason::Length));
    assert!(whole.contains(r#""input":"{\"a\":""#), "{whole}");
}

#[test]
fn an_answer_that_breaks_off_never_looks_complete() {
    let stream =
        testing::stream(messages(), vec![Event::Text("Be".into())], Err(Error::Interrupted(failure())));
    assert!(stream.ends_with(
        "event: error\ndata: {\"type\":\"error\",\"error\":{\"type\":\"api_error\",\"message\":\"The answer broke off: http://127.0.0.1:9000/v1: the connection closed\"},\"request_id\":\"req_ab\"}\n\n"
    ), "{stream}");
    assert!(!stream.contains("message_stop") && !stream.contains("message_delta"));
}

proptest! {
    #[test]
    fn however_arguments_come_each_call_has_its_own((events, expected) in testing::mixed_arguments()) {
        let mut told = vec![String::new(); expected.len()];
        for event in data(&testing::stream(messages(), events, Ok(outcome(FinishReason::ToolCalls)))) {
            if let Some(piece) = event["delta"]["partial_json"].as_str() {
                told[usize::try_from(event["index"].as_u64().unwrap()).unwrap()].push_str(piece);
            }
        }
        prop_assert_eq!(told, expected);
    }
}
