//! Requests as clients send them, and answers as clients read them.

use gusset_types::{FinishReason, Message, Passage, Role, Sampling, Usage};
use serde_json::{Value, json};

use super::*;
use crate::Error;
use crate::answer::{Cause, Citation, Failure, Kind, Opening, Outcome, Place};

fn parse(body: Value) -> Result<Request, Error> {
    Request::parse(body.to_string().as_bytes())
}

/// A request that is fine, with other fields on top.
fn with(fields: Value) -> Value {
    let mut body = json!({"model": "docs", "messages": [{"role": "user", "content": "Why?"}]});
    body.as_object_mut().unwrap().extend(fields.as_object().unwrap().clone());
    body
}

fn message(role: Role, content: &str) -> Message {
    Message::text(role, content)
}

#[track_caller]
fn refuse(body: Value, code: &str, param: &str) {
    let response = parse(body).unwrap_err().response();
    assert_eq!((response.status, response.code), (400, code), "{}", response.message);
    assert_eq!(response.param.as_deref(), Some(param));
}

#[test]
fn a_plain_request_is_read() {
    let request = parse(with(json!({}))).unwrap();
    assert_eq!(request.model, "docs");
    assert_eq!(request.messages, [message(Role::User, "Why?")]);
    assert_eq!(request.sampling, Sampling::default());
    assert!(!request.stream && !request.include_usage);
}

#[test]
fn every_field_that_has_a_meaning_is_read() {
    let request = parse(json!({
        "model": "docs/llama",
        "messages": [
            {"role": "developer", "content": "Be brief.", "name": "app"},
            {"role": "user", "content": [{"type": "text", "text": "One"}, {"type": "text", "text": "two"}]},
            {"role": "assistant", "content": null, "tool_calls": [], "refusal": null},
            {"role": "user", "content": "?"},
        ],
        "stream": true,
        "stream_options": {"include_usage": true, "include_obfuscation": false},
        "max_tokens": 5, "max_completion_tokens": 7,
        "temperature": 0, "top_p": 1.0, "seed": -3, "stop": ["a", "b"],
    }))
    .unwrap();
    let expected = [
        message(Role::System, "Be brief."),
        message(Role::User, "One\ntwo"),
        message(Role::Assistant, ""),
        message(Role::User, "?"),
    ];
    assert_eq!(request.messages, expected);
    let stop = vec!["a".to_owned(), "b".to_owned()];
    let sampling = Sampling {
        max_tokens: Some(7),
        temperature: Some(0.0),
        top_p: Some(1.0),
        seed: Some(-3),
        stop,
        ..Sampling::default()
    };
    assert_eq!(request.sampling, sampling);
    assert!(request.stream && request.include_usage);
    assert_eq!(parse(with(json!({"stop": "x"}))).unwrap().sampling.stop, ["x"]);
}

#[test]
fn what_asks_for_nothing_and_what_is_unknown_is_passed_over() {
    for fields in [
        json!({"n": 1, "logprobs": false, "tools": [], "tool_choice": "none", "logit_bias": {}}),
        json!({"response_format": {"type": "text"}, "frequency_penalty": 0, "presence_penalty": 0.0}),
        json!({"tools": null, "stop": null, "stream": null, "stream_options": null, "n": null}),
        json!({"user": "u", "metadata": {"a": "b"}, "store": true, "modalities": ["text"], "parallel_tool_calls": true}),
        json!({"service_tier": "auto", "a_field_of_tomorrow": {"deep": [1, 2, 3]}}),
    ] {
        assert!(parse(with(fields.clone())).is_ok(), "{fields}");
    }
}

#[test]
fn what_would_change_the_meaning_is_refused_by_name() {
    let tool = json!([{"type": "function", "function": {"name": "f"}}]);
    let check = |fields: Value, param: &str| refuse(with(fields), "unsupported_parameter", param);
    check(json!({"tools": tool}), "tools");
    check(json!({"tool_choice": "auto"}), "tool_choice");
    check(json!({"functions": [{"name": "f"}]}), "functions");
    check(json!({"function_call": "auto"}), "function_call");
    check(json!({"response_format": {"type": "json_object"}}), "response_format");
    check(json!({"n": 2}), "n");
    check(json!({"logprobs": true}), "logprobs");
    check(json!({"top_logprobs": 3}), "top_logprobs");
    check(json!({"logit_bias": {"50256": -100}}), "logit_bias");
    check(json!({"frequency_penalty": 0.5}), "frequency_penalty");
    check(json!({"presence_penalty": -1}), "presence_penalty");
    check(json!({"modalities": ["text", "audio"]}), "modalities");
    check(json!({"audio": {"voice": "alloy"}}), "audio");
    check(json!({"web_search_options": {}}), "web_search_options");

    let check = |turn: Value, param: &str| {
        refuse(with(json!({"messages": [turn]})), "unsupported_parameter", param);
    };
    let image = json!([{"type": "text", "text": "a"}, {"type": "image_url", "image_url": {"url": "x"}}]);
    check(json!({"role": "user", "content": image}), "messages[0].content[1].type");
    check(json!({"role": "tool", "content": "x", "tool_call_id": "1"}), "messages[0].role");
    check(json!({"role": "assistant", "tool_calls": tool}), "messages[0].tool_calls");
}

#[test]
fn values_that_cannot_be_are_named() {
    let check = |fields: Value, param: &str| refuse(with(fields), "invalid_value", param);
    check(json!({"model": 5}), "model");
    check(json!({"messages": "Why?"}), "messages");
    check(json!({"messages": [{"content": "x"}]}), "messages[0].role");
    check(json!({"messages": [{"role": "robot", "content": "x"}]}), "messages[0].role");
    check(json!({"messages": [{"role": "user", "content": 5}]}), "messages[0].content");
    check(json!({"messages": [{"role": "user", "content": [{"text": "x"}]}]}), "messages[0].content[0].type");
    check(
        json!({"messages": [{"role": "user", "content": [{"type": "text"}]}]}),
        "messages[0].content[0].text",
    );
    check(json!({"temperature": 2.1}), "temperature");
    check(json!({"temperature": "hot"}), "temperature");
    check(json!({"top_p": 0}), "top_p");
    check(json!({"top_p": 1.5}), "top_p");
    check(json!({"max_tokens": 0}), "max_tokens");
    check(json!({"max_completion_tokens": -1}), "max_completion_tokens");
    check(json!({"stop": ["a", "b", "c", "d", "e"]}), "stop");
    check(json!({"stop": ""}), "stop");
    check(json!({"stop": 3}), "stop");
    refuse(json!({"messages": []}), "invalid_value", "model");
    refuse(json!({"model": "docs"}), "invalid_value", "messages");
}

#[test]
fn nothing_to_answer_is_refused() {
    let check = |fields: Value, param: &str| refuse(with(fields), "empty_input", param);
    check(json!({"messages": []}), "messages");
    check(json!({"messages": [{"role": "user", "content": " \n"}]}), "messages");
    check(json!({"messages": [{"role": "user", "content": []}]}), "messages");
    check(json!({"model": " "}), "model");
}

#[test]
fn nesting_is_bounded() {
    let (open, close) = ("[".repeat(100_000), "]".repeat(100_000));
    for field in ["messages", "tools", "stop", "unknown"] {
        let body = format!(
            r#"{{"model":"docs","messages":[{{"role":"user","content":"a"}}],"{field}":{open}{close}}}"#
        );
        let _ = Request::parse(body.as_bytes());
    }
    let content = format!(r#"{{"model":"docs","messages":[{{"role":"user","content":{open}{close}}}]}}"#);
    assert!(Request::parse(content.as_bytes()).is_err());
}

fn identity() -> Identity {
    Identity { id: "chatcmpl-1".into(), created: 7, trace_id: "ab".into() }
}

fn opening() -> Opening {
    Opening { kind: Kind::Extractive, model: "docs/extractive".into() }
}

fn outcome() -> Outcome {
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
    let failure = Failure {
        target: "http://127.0.0.1:9000/v1".into(),
        place: Place::Node,
        cause: Cause::TimedOut,
        message: "no first token in 30000 ms".into(),
        retryable: true,
        elapsed_ms: 30_000,
    };
    Outcome {
        finish_reason: FinishReason::Stop,
        usage: Usage { prompt_tokens: 11, completion_tokens: 4, ..Usage::default() },
        citations: vec![Citation { number: 1, passage }],
        failures: vec![failure],
    }
}

fn extension() -> Value {
    json!({
        "kind": "extractive",
        "citations": [{
            "number": 1, "document": "file-1", "title": "a.md", "start": 10, "end": 20, "text": "Because.",
            "score": 0.5, "metadata": {"team": "x"},
        }],
        "trace_id": "ab",
        "failures": [{
            "target": "http://127.0.0.1:9000/v1", "place": "node", "cause": "timed_out",
            "message": "no first token in 30000 ms", "retryable": true, "elapsed_ms": 30000,
        }],
    })
}

#[test]
fn an_answer_in_one_piece() {
    let expected = json!({
        "id": "chatcmpl-1", "object": "chat.completion", "created": 7, "model": "docs/extractive",
        "choices": [{
            "index": 0,
            "message": {"role": "assistant", "content": "Because. [1]", "refusal": null},
            "logprobs": null,
            "finish_reason": "stop",
        }],
        "usage": {"prompt_tokens": 11, "completion_tokens": 4, "total_tokens": 15},
        "x_gusset": extension(),
    });
    let (identity, opening, outcome) = (identity(), opening(), outcome());
    let completion = Completion::new(&identity, &opening, "Because. [1]", &outcome);
    assert_eq!(serde_json::to_value(&completion).unwrap(), expected);
}

/// The events' data, JSON where it is JSON.
fn events(bytes: &[u8]) -> Vec<Value> {
    let text = std::str::from_utf8(bytes).unwrap();
    assert!(text.ends_with("\n\n"));
    let data = text.split_terminator("\n\n").map(|event| event.strip_prefix("data: ").unwrap());
    data.map(|d| serde_json::from_str(d).unwrap_or_else(|_| json!(d))).collect()
}

#[test]
fn an_answer_in_pieces() {
    let mut out = Vec::new();
    let stream = Stream::new(identity(), opening(), true);
    stream.begin(&mut out);
    stream.text("Be\n\ncause.", &mut out);
    stream.finish(&outcome(), &mut out);
    let chunk = |choices: Value, usage: Value| {
        json!({
            "id": "chatcmpl-1", "object": "chat.completion.chunk", "created": 7, "model": "docs/extractive",
            "choices": choices, "usage": usage,
        })
    };
    let choice = |delta: Value, reason: Value| json!([{"index": 0, "delta": delta, "logprobs": null, "finish_reason": reason}]);
    let mut last = chunk(choice(json!({}), json!("stop")), Value::Null);
    last["x_gusset"] = extension();
    let expected = [
        chunk(choice(json!({"role": "assistant", "content": ""}), Value::Null), Value::Null),
        chunk(choice(json!({"content": "Be\n\ncause."}), Value::Null), Value::Null),
        last,
        chunk(json!([]), json!({"prompt_tokens": 11, "completion_tokens": 4, "total_tokens": 15})),
        json!("[DONE]"),
    ];
    assert_eq!(events(&out), expected);
}

#[test]
fn usage_is_not_said_unasked() {
    let mut out = Vec::new();
    let stream = Stream::new(identity(), opening(), false);
    stream.begin(&mut out);
    stream.finish(&outcome(), &mut out);
    let events = events(&out);
    assert_eq!(events.len(), 3);
    assert!(events.iter().all(|event| event.get("usage").is_none()));
}

#[test]
fn an_answer_that_breaks_off_never_looks_complete() {
    let mut out = Vec::new();
    let stream = Stream::new(identity(), opening(), true);
    stream.begin(&mut out);
    stream.fail(&Error::Interrupted(outcome().failures[0].clone()), &mut out);
    let events = events(&out);
    assert_eq!(events[1]["error"]["code"], "interrupted");
    assert_eq!(events.len(), 2);
}
