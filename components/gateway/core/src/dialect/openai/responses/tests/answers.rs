//! Answers, whole and streamed.

use gusset_types::{Event, FinishReason};
use proptest::prelude::*;
use serde_json::{Value, json};

use super::super::Request;
use crate::Error;
use crate::answer::Outcome;
use crate::dialect::Form;
use crate::dialect::testing::{self, citation, data, events, failure, outcome};

fn form(fields: Value) -> Form {
    let mut body = json!({"model": "m", "input": "Why?"});
    body.as_object_mut().unwrap().extend(fields.as_object().unwrap().clone());
    Request::parse(body.to_string().as_bytes()).unwrap().after(&[]).unwrap().1
}

const EXTENSION: &str =
    r#""x_gusset":{"kind":"generated","citations":[],"trace_id":"ab","cost":0.25,"failures":[]}"#;

fn hex() -> String {
    "ab".repeat(16)
}

/// A response as it is written of a plain request.
fn object(status: &str, output: &str, usage: &str, end: &str) -> String {
    format!(
        r#"{{"id":"resp_{}","object":"response","created_at":7,"status":"{status}","background":false,"error":null,"incomplete_details":null,"instructions":null,"max_output_tokens":null,"model":"docs/llama","output":[{output}],"parallel_tool_calls":true,"previous_response_id":null,"reasoning":{{"effort":null,"summary":null}},"store":true,"temperature":null,"text":{{"format":{{"type":"text"}}}},"tool_choice":"auto","tools":[],"top_p":null,"truncation":"disabled","usage":{usage},"user":null,"metadata":{{}}{end}}}"#,
        hex()
    )
}

const USAGE: &str = r#"{"input_tokens":30,"input_tokens_details":{"cached_tokens":16},"output_tokens":12,"output_tokens_details":{"reasoning_tokens":5},"total_tokens":42}"#;

fn output() -> String {
    let hex = hex();
    [
        format!(
            r#"{{"type":"reasoning","id":"rs_{hex}00","summary":[{{"type":"summary_text","text":"Thinking."}}]}}"#
        ),
        format!(
            r#"{{"type":"message","id":"msg_{hex}01","status":"completed","role":"assistant","content":[{{"type":"output_text","annotations":[],"logprobs":[],"text":"Let me look."}}]}}"#
        ),
        format!(
            r#"{{"type":"function_call","id":"fc_{hex}02","status":"completed","arguments":"{{\"city\": \"Oslo\"}}","call_id":"call_a","name":"weather"}}"#
        ),
        format!(
            r#"{{"type":"function_call","id":"fc_{hex}03","status":"completed","arguments":"{{}}","call_id":"call_b","name":"now"}}"#
        ),
    ]
    .join(",")
}

#[test]
fn an_answer_in_one_piece() {
    let expected = object("completed", &output(), USAGE, &format!(",{EXTENSION}"));
    assert_eq!(testing::whole(form(json!({})), events(), &outcome(FinishReason::ToolCalls)), expected);
}

#[test]
fn an_answer_in_pieces() {
    let hex = hex();
    let thought = format!(
        r#"{{"type":"reasoning","id":"rs_{hex}00","summary":[{{"type":"summary_text","text":"Thinking."}}]}}"#
    );
    let message = |status: &str, content: &str| {
        format!(
            r#"{{"type":"message","id":"msg_{hex}01","status":"{status}","role":"assistant","content":[{content}]}}"#
        )
    };
    let text =
        |text: &str| format!(r#"{{"type":"output_text","annotations":[],"logprobs":[],"text":"{text}"}}"#);
    let call = |at: usize, status: &str, arguments: &str| {
        let (id, name) = [("call_a", "weather"), ("call_b", "now")][at - 2];
        format!(
            r#"{{"type":"function_call","id":"fc_{hex}0{at}","status":"{status}","arguments":"{arguments}","call_id":"{id}","name":"{name}"}}"#
        )
    };
    let summary = format!(r#""item_id":"rs_{hex}00","output_index":0,"summary_index":0"#);
    let content = format!(r#""item_id":"msg_{hex}01","output_index":1,"content_index":0"#);
    let (first, second) = (
        format!(r#""item_id":"fc_{hex}02","output_index":2"#),
        format!(r#""item_id":"fc_{hex}03","output_index":3"#),
    );
    let begun = object("in_progress", "", "null", "");
    let whole = r#"{\"city\": \"Oslo\"}"#;
    let expected = [
        ("created", format!(r#""response":{begun}"#)),
        ("in_progress", format!(r#""response":{begun}"#)),
        (
            "output_item.added",
            format!(r#""output_index":0,"item":{{"type":"reasoning","id":"rs_{hex}00","summary":[]}}"#),
        ),
        ("reasoning_summary_part.added", format!(r#"{summary},"part":{{"type":"summary_text","text":""}}"#)),
        ("reasoning_summary_text.delta", format!(r#"{summary},"delta":"Think""#)),
        ("reasoning_summary_text.delta", format!(r#"{summary},"delta":"ing.""#)),
        ("reasoning_summary_text.done", format!(r#"{summary},"text":"Thinking.""#)),
        (
            "reasoning_summary_part.done",
            format!(r#"{summary},"part":{{"type":"summary_text","text":"Thinking."}}"#),
        ),
        ("output_item.done", format!(r#""output_index":0,"item":{thought}"#)),
        ("output_item.added", format!(r#""output_index":1,"item":{}"#, message("in_progress", ""))),
        ("content_part.added", format!(r#"{content},"part":{}"#, text(""))),
        ("output_text.delta", format!(r#"{content},"delta":"Let me ","logprobs":[]"#)),
        ("output_text.delta", format!(r#"{content},"delta":"look.","logprobs":[]"#)),
        ("output_text.done", format!(r#"{content},"text":"Let me look.","logprobs":[]"#)),
        ("content_part.done", format!(r#"{content},"part":{}"#, text("Let me look."))),
        (
            "output_item.done",
            format!(r#""output_index":1,"item":{}"#, message("completed", &text("Let me look."))),
        ),
        ("output_item.added", format!(r#""output_index":2,"item":{}"#, call(2, "in_progress", ""))),
        ("function_call_arguments.delta", format!(r#"{first},"delta":"{{\"city\": ""#)),
        ("function_call_arguments.delta", format!(r#"{first},"delta":"\"Oslo\"}}""#)),
        ("function_call_arguments.done", format!(r#"{first},"name":"weather","arguments":"{whole}""#)),
        ("output_item.done", format!(r#""output_index":2,"item":{}"#, call(2, "completed", whole))),
        ("output_item.added", format!(r#""output_index":3,"item":{}"#, call(3, "in_progress", ""))),
        ("function_call_arguments.delta", format!(r#"{second},"delta":"{{}}""#)),
        ("function_call_arguments.done", format!(r#"{second},"name":"now","arguments":"{{}}""#)),
        ("output_item.done", format!(r#""output_index":3,"item":{}"#, call(3, "completed", "{}"))),
        (
            "completed",
            format!(r#""response":{}"#, object("completed", &output(), USAGE, &format!(",{EXTENSION}"))),
        ),
    ];
    let expected: String = expected
        .iter()
        .enumerate()
        .map(|(number, (name, rest))| {
            format!(
                "event: response.{name}\ndata: {{\"type\":\"response.{name}\",{rest},\"sequence_number\":{number}}}\n\n"
            )
        })
        .collect();
    let stream = testing::stream(form(json!({})), events(), Ok(outcome(FinishReason::ToolCalls)));
    for (written, wanted) in stream.split("\n\n").zip(expected.split("\n\n")) {
        assert_eq!(written, wanted);
    }
    assert_eq!(stream, expected);
}

#[test]
fn citations_are_annotations() {
    let outcome = Outcome { citations: vec![citation()], ..outcome(FinishReason::Stop) };
    let said = vec![Event::Text("Grün. ".into()), Event::Text("Because [1].".into())];
    let annotation = json!({"type": "file_citation", "index": 14, "file_id": "file-1", "filename": "a.md"});
    let whole: Value =
        serde_json::from_str(&testing::whole(form(json!({})), said.clone(), &outcome)).unwrap();
    assert_eq!(whole["output"][0]["content"][0]["annotations"], json!([annotation]));
    assert_eq!(whole["x_gusset"]["citations"][0]["number"], 1);
    let stream = data(&testing::stream(form(json!({})), said, Ok(outcome)));
    let added = stream.iter().find(|e| e["type"] == "response.output_text.annotation.added").unwrap();
    assert_eq!((&added["annotation"], &added["annotation_index"]), (&annotation, &json!(0)));
    let done = stream.iter().find(|e| e["type"] == "response.output_item.done").unwrap();
    assert_eq!(done["item"]["content"][0]["annotations"], json!([annotation]));
}

#[test]
fn seals_are_sent_to_who_asks_for_them() {
    let seal = |fields: Value| {
        let whole = testing::whole(form(fields), events(), &outcome(FinishReason::ToolCalls));
        serde_json::from_str::<Value>(&whole).unwrap()["output"][0]["encrypted_content"].clone()
    };
    assert_eq!(seal(json!({})), Value::Null);
    assert_eq!(seal(json!({"include": ["reasoning.encrypted_content"]})), "c2VhbA==");
}

#[test]
fn the_request_comes_back() {
    let fields = json!({
        "instructions": "Be brief.", "max_output_tokens": 9, "temperature": 0.5, "metadata": {"a": "b"},
        "tools": [{"type": "function", "name": "f", "parameters": {"type": "object"}}],
        "tool_choice": {"type": "function", "name": "f"}, "reasoning": {"effort": "low"}, "user": "ada",
        "text": {"format": {"type": "json_schema", "name": "n", "schema": {"type": "object"}}}, "truncation": "auto",
    });
    let whole = testing::whole(form(fields), vec![], &outcome(FinishReason::Stop));
    let whole: Value = serde_json::from_str(&whole).unwrap();
    let check = |field: &str, expected: Value| assert_eq!(whole[field], expected, "{field}");
    check("instructions", json!("Be brief."));
    check("max_output_tokens", json!(9));
    check("temperature", json!(0.5));
    check("metadata", json!({"a": "b"}));
    let tool = json!({"type": "function", "name": "f", "description": null, "parameters": {"type": "object"}, "strict": null});
    check("tools", json!([tool]));
    check("tool_choice", json!({"type": "function", "name": "f"}));
    check("reasoning", json!({"effort": "low", "summary": null}));
    let format = json!({"type": "json_schema", "name": "n", "schema": {"type": "object"}, "strict": null});
    check("text", json!({"format": format}));
    check("truncation", json!("auto"));
    check("user", json!("ada"));
}

#[test]
fn an_answer_that_is_cut_short_says_why() {
    let check = |reason: FinishReason, expected: &str| {
        let stream =
            data(&testing::stream(form(json!({})), vec![Event::Text("Be".into())], Ok(outcome(reason))));
        let last = stream.last().unwrap();
        assert_eq!(
            (&last["type"], &last["response"]["status"]),
            (&json!("response.incomplete"), &json!("incomplete"))
        );
        assert_eq!(last["response"]["incomplete_details"], json!({"reason": expected}));
        assert_eq!(last["response"]["output"][0]["status"], "incomplete");
    };
    check(FinishReason::Length, "max_output_tokens");
    check(FinishReason::ContentFilter, "content_filter");
    let refusal = vec![Event::Refusal("No.".into())];
    let stream = data(&testing::stream(form(json!({})), refusal, Ok(outcome(FinishReason::Stop))));
    let names: Vec<&str> = stream.iter().map(|event| event["type"].as_str().unwrap()).collect();
    let expected = ["content_part.added", "refusal.delta", "refusal.done", "content_part.done"];
    assert_eq!(names[3..7], expected.map(|name| format!("response.{name}")));
}

#[test]
fn an_answer_that_breaks_off_never_looks_complete() {
    let said = vec![Event::Text("Be".into())];
    let stream = testing::stream(form(json!({})), said, Err(Error::Interrupted(failure())));
    let events = data(&stream);
    let [.., error, failed] = events.as_slice() else { panic!("{stream}") };
    let expected = json!({
        "type": "error", "code": "interrupted", "param": null, "sequence_number": 5,
        "message": "The answer broke off: http://127.0.0.1:9000/v1: the connection closed",
    });
    assert_eq!(*error, expected);
    assert_eq!(
        (&failed["type"], &failed["response"]["status"]),
        (&json!("response.failed"), &json!("failed"))
    );
    assert_eq!(failed["response"]["error"]["code"], "server_error");
    assert!(!stream.contains("response.completed") && !stream.contains("[DONE]"));
}

proptest! {
    #[test]
    fn however_arguments_come_each_call_has_its_own((events, expected) in testing::mixed_arguments()) {
        let mut told = vec![String::new(); expected.len()];
        let stream = data(&testing::stream(form(json!({})), events, Ok(outcome(FinishReason::ToolCalls))));
        let mut done = Vec::new();
        for event in &stream {
            let at = || usize::try_from(event["output_index"].as_u64().unwrap()).unwrap();
            match event["type"].as_str().unwrap() {
                "response.function_call_arguments.delta" => told[at()].push_str(event["delta"].as_str().unwrap()),
                "response.function_call_arguments.done" => done.push(event["arguments"].as_str().unwrap().to_owned()),
                _ => {}
            }
        }
        prop_assert_eq!(&told, &expected);
        prop_assert_eq!(done, expected);
    }
}
