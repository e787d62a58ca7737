//! Requests: what is read, what they go on from, and what is refused by which name.

use gusset_types::{
    Controls, Effort, Event, FinishReason, Image, ImageDetail, ImageSource, JsonSchema, Message, Part,
    Reasoning, ReasoningBudget, ResponseFormat, Role, Sampling, ToolCall, ToolChoice, ToolContent,
    ToolResult,
};
use serde_json::{Value, json};

use super::super::{Request, input_items, response};
use crate::Error;
use crate::dialect::testing::{outcome, writer};
use crate::dialect::{Asked, Form};

fn parse(body: &Value) -> Result<(Asked, Form), Error> {
    Request::parse(body.to_string().as_bytes())?.after(&[])
}

/// A request that is fine, with other fields on top.
fn with(fields: Value) -> Value {
    let mut body = json!({"model": "m", "input": "Why?"});
    body.as_object_mut().unwrap().extend(fields.as_object().unwrap().clone());
    body
}

fn weather() -> Value {
    json!({"type": "function", "name": "weather", "parameters": {"type": "object"}, "strict": true})
}

fn call(id: &str, name: &str, arguments: &str) -> Part {
    Part::ToolCall(ToolCall { id: id.into(), name: name.into(), arguments: arguments.into() })
}

fn result(call_id: &str, content: Vec<ToolContent>) -> Message {
    let result = ToolResult { call_id: call_id.into(), content, is_error: false };
    Message::new(Role::Tool, vec![Part::ToolResult(result)])
}

#[test]
fn a_plain_request_is_read() {
    let (asked, _) = parse(&with(json!({}))).unwrap();
    assert_eq!(asked.messages, [Message::text(Role::User, "Why?")]);
    assert_eq!((asked.sampling, asked.controls), (Sampling::default(), Controls::default()));
    assert!(!asked.stream);
}

#[test]
fn every_field_that_has_a_meaning_is_read() {
    let (asked, _) = parse(&with(json!({
        "instructions": "Be brief.", "stream": true, "store": false, "max_output_tokens": 99,
        "temperature": 0.5, "top_p": 0.5, "tools": [weather()],
        "tool_choice": {"type": "function", "name": "weather"}, "parallel_tool_calls": false,
        "text": {"format": {"type": "json_schema", "name": "city", "strict": true, "schema": {"type": "object"}}},
        "reasoning": {"effort": "low", "summary": "auto"}, "user": "ada", "metadata": {"a": "b"},
        "truncation": "auto", "include": ["reasoning.encrypted_content"], "service_tier": "auto", "background": false,
    })))
    .unwrap();
    let expected = [Message::text(Role::System, "Be brief."), Message::text(Role::User, "Why?")];
    assert_eq!(asked.messages, expected);
    let sampling =
        Sampling { max_tokens: Some(99), temperature: Some(0.5), top_p: Some(0.5), ..Sampling::default() };
    assert_eq!(asked.sampling, sampling);
    let controls = asked.controls;
    assert_eq!((controls.tools[0].name.as_str(), controls.tools[0].strict), ("weather", Some(true)));
    assert_eq!(controls.tools[0].parameters, r#"{"type":"object"}"#);
    assert_eq!(controls.tool_choice, Some(ToolChoice::Named("weather".into())));
    assert_eq!((controls.parallel_tool_calls, controls.user.as_deref()), (Some(false), Some("ada")));
    assert_eq!(controls.reasoning, Some(ReasoningBudget { effort: Some(Effort::Low), tokens: None }));
    let schema = JsonSchema {
        name: "city".into(),
        description: None,
        schema: r#"{"type":"object"}"#.into(),
        strict: Some(true),
    };
    assert_eq!(controls.response_format, ResponseFormat::JsonSchema(schema));
    assert!(asked.stream);
}

#[test]
fn items_become_turns() {
    let (asked, _) = parse(&with(json!({"input": [
        {"role": "developer", "content": "Be brief."},
        {"type": "message", "role": "user", "content": [
            {"type": "input_text", "text": "Weather?"},
            {"type": "input_image", "image_url": "data:image/png;base64,iVBORw0=", "detail": "low"},
        ]},
        {"type": "reasoning", "id": "rs_1", "summary": [{"type": "summary_text", "text": "Hm."}], "encrypted_content": "s"},
        {"type": "reasoning", "id": "rs_2", "summary": [], "content": null, "encrypted_content": null},
        {"type": "message", "id": "msg_1", "status": "completed", "role": "assistant", "content": [
            {"type": "output_text", "text": "Looking.", "annotations": [], "logprobs": []},
        ]},
        {"type": "function_call", "id": "fc_1", "status": "completed", "call_id": "call_1", "name": "weather", "arguments": "{ }"},
        {"type": "function_call", "call_id": "call_2", "name": "now", "arguments": ""},
        {"type": "function_call_output", "call_id": "call_1", "output": "rain"},
        {"type": "function_call_output", "call_id": "call_2", "output": [{"type": "input_text", "text": "noon"}]},
        {"role": "assistant", "content": "So"},
    ]})))
    .unwrap();
    let inline = ImageSource::Inline { media_type: "image/png".into(), base64: "iVBORw0=".into() };
    let image = Part::Image(Image { source: inline, detail: Some(ImageDetail::Low) });
    let expected = [
        Message::text(Role::System, "Be brief."),
        Message::new(Role::User, vec![Part::Text("Weather?".into()), image]),
        Message::new(
            Role::Assistant,
            vec![
                Part::Reasoning(Reasoning { text: "Hm.".into(), seal: Some("s".into()) }),
                Part::Text("Looking.".into()),
                call("call_1", "weather", "{ }"),
                call("call_2", "now", ""),
            ],
        ),
        result("call_1", vec![ToolContent::Text("rain".into())]),
        result("call_2", vec![ToolContent::Text("noon".into())]),
        Message::text(Role::Assistant, "So"),
    ];
    assert_eq!(asked.messages, expected);
}

#[test]
fn a_conversation_goes_on_from_what_was_kept() {
    let first = with(json!({"instructions": "Old.", "tools": [weather()]}));
    let (_, form) = parse(&first).unwrap();
    let mut writer = writer(form);
    let said = [
        Event::Reasoning("Hm.".into()),
        Event::ReasoningSeal("seal".into()),
        Event::ToolCall { index: 0, id: "call_1".into(), name: "weather".into() },
        Event::ToolArguments { index: 0, json: "{\"city\":".into() },
        Event::ToolArguments { index: 0, json: " \"Oslo\"}".into() },
    ];
    said.into_iter().for_each(|event| writer.collect(event));
    let outcome = outcome(FinishReason::ToolCalls);
    let record = writer.record(&outcome).unwrap();
    let answered = writer.whole(&outcome).unwrap();
    assert_eq!(response(&record).unwrap().get().as_bytes(), answered, "what is kept is what was answered");

    let record = serde_json::from_str(&serde_json::to_string(&record).unwrap()).unwrap();
    let next = json!({
        "model": "m", "instructions": "New.", "previous_response_id": "resp_1",
        "input": [{"type": "function_call_output", "call_id": "call_1", "output": "rain"}],
    });
    let request = Request::parse(next.to_string().as_bytes()).unwrap();
    assert_eq!(request.previous(), Some("resp_1"));
    let (asked, _) = request.clone().after(std::slice::from_ref(&record)).unwrap();
    let expected = [
        Message::text(Role::System, "New."),
        Message::text(Role::User, "Why?"),
        Message::new(
            Role::Assistant,
            vec![
                Part::Reasoning(Reasoning { text: "Hm.".into(), seal: Some("seal".into()) }),
                call("call_1", "weather", "{\"city\": \"Oslo\"}"),
            ],
        ),
        result("call_1", vec![ToolContent::Text("rain".into())]),
    ];
    assert_eq!(asked.messages, expected);
    assert!(request.after(&[]).is_err(), "the call is in what it goes on from");

    let items = serde_json::to_value(input_items(&record, "").unwrap()).unwrap();
    let id = format!("msg_{}i00", "ab".repeat(16));
    let item = json!({
        "id": id, "type": "message", "role": "user", "content": [{"type": "input_text", "text": "Why?"}],
    });
    let expected =
        json!({"object": "list", "data": [item], "first_id": id, "last_id": id, "has_more": false});
    assert_eq!(items, expected);
    assert!(input_items(&record, "limit=0").is_err());
}

#[test]
fn what_is_not_to_be_stored_is_not() {
    let (_, form) = parse(&with(json!({"store": false}))).unwrap();
    assert!(writer(form).record(&outcome(FinishReason::Stop)).is_none());
    let (_, form) = parse(&with(json!({}))).unwrap();
    let mut writer = writer(form);
    assert!(writer.record(&outcome(FinishReason::Stop)).is_some());
    writer.not_kept();
    let answer = String::from_utf8(writer.whole(&outcome(FinishReason::Stop)).unwrap()).unwrap();
    assert!(answer.contains(r#""store":false"#), "{answer}");
}

#[test]
fn what_cannot_be_is_named() {
    let check = |body: &Value, param: &str| {
        let response = parse(body).unwrap_err().response();
        assert_eq!((response.status, response.param.as_deref()), (400, Some(param)), "{}", response.message);
    };
    check(&json!({"model": "m"}), "input");
    check(&json!({"input": "x"}), "model");
    let field = |fields: Value, param: &str| check(&with(fields), param);
    field(json!({"input": ""}), "input");
    field(json!({"input": []}), "input");
    field(json!({"input": 5}), "input");
    field(json!({"max_output_tokens": 0}), "max_output_tokens");
    field(json!({"temperature": 3}), "temperature");
    field(json!({"top_p": 0}), "top_p");
    field(json!({"truncation": "hard"}), "truncation");
    field(json!({"reasoning": {"effort": "utmost"}}), "reasoning.effort");
    field(json!({"metadata": {"a": 1}}), "metadata.a");
    field(json!({"metadata": {"a": "b".repeat(513)}}), "metadata");
    field(json!({"text": {"format": {"type": "xml"}}}), "text.format.type");
    field(json!({"text": {"format": {"type": "json_schema", "schema": {}}}}), "text.format.name");
    field(json!({"text": {"format": {"type": "json_schema", "name": "n"}}}), "text.format.schema");
    field(json!({"text": {"verbosity": "low"}}), "text.verbosity");
    field(json!({"background": true}), "background");
    field(json!({"conversation": "conv_1"}), "conversation");
    field(json!({"prompt": {"id": "pmpt_1"}}), "prompt");
    field(json!({"top_logprobs": 3}), "top_logprobs");
    field(json!({"include": ["message.output_text.logprobs"]}), "include");
    for hosted in ["web_search", "file_search", "code_interpreter", "image_generation", "mcp", "custom"] {
        field(json!({"tools": [weather(), {"type": hosted}]}), "tools[1].type");
    }
    field(json!({"tools": [{"type": "function"}]}), "tools[0].name");
    field(json!({"tools": [{"type": "function", "name": "f", "parameters": []}]}), "tools[0].parameters");
    field(json!({"tool_choice": {"type": "function"}}), "tool_choice.name");
    field(json!({"tool_choice": {"type": "file_search"}}), "tool_choice.type");
    field(json!({"tool_choice": "any"}), "tool_choice");

    let item = |item: Value, param: &str| field(json!({"input": [item]}), &format!("input[0].{param}"));
    item(json!({"content": "x"}), "role");
    item(json!({"role": "robot", "content": "x"}), "role");
    item(json!({"role": "user"}), "content");
    item(json!({"type": "item_reference", "id": "msg_1"}), "type");
    item(json!({"type": "web_search_call", "id": "ws_1"}), "type");
    item(json!({"type": "function_call", "name": "f", "arguments": ""}), "call_id");
    item(json!({"type": "function_call_output", "call_id": "c", "output": "x"}), "call_id");
    item(json!({"type": "function_call_output", "call_id": "c"}), "output");
    let piece = |role: &str, piece: Value, param: &str| {
        item(json!({"role": role, "content": [piece]}), &format!("content[0].{param}"));
    };
    piece("user", json!({"type": "input_file", "file_id": "f"}), "type");
    piece("user", json!({"type": "input_text"}), "text");
    piece("user", json!({"type": "input_image", "file_id": "f"}), "image_url");
    piece("user", json!({"type": "input_image", "image_url": "a.png"}), "image_url");
    piece("user", json!({"type": "input_image", "image_url": "https://a", "detail": "x"}), "detail");
    piece("assistant", json!({"type": "input_image", "image_url": "https://a"}), "type");
    piece("system", json!({"type": "refusal", "refusal": "x"}), "type");
}
