//! Requests: what is read, and what is refused by which name.

use gusset_types::{
    Controls, Effort, Image, ImageSource, JsonSchema, Message, Part, Reasoning, ReasoningBudget,
    ResponseFormat, Role, Sampling, Tool, ToolCall, ToolChoice, ToolContent, ToolResult,
};
use serde_json::{Value, json};

use crate::Error;
use crate::dialect::Asked;

fn parse(body: &Value) -> Result<Asked, Error> {
    super::super::parse(body.to_string().as_bytes()).map(|(asked, _)| asked)
}

/// A request that is fine, with other fields on top.
fn with(fields: Value) -> Value {
    let mut body =
        json!({"model": "m", "max_tokens": 100, "messages": [{"role": "user", "content": "Why?"}]});
    body.as_object_mut().unwrap().extend(fields.as_object().unwrap().clone());
    body
}

fn text(text: &str) -> Part {
    Part::Text(text.into())
}

fn cached(role: Role, parts: Vec<Part>) -> Message {
    Message { role, parts, cache_breakpoint: true }
}

#[test]
fn a_plain_request_is_read() {
    let asked = parse(&with(json!({}))).unwrap();
    assert_eq!(asked.model, "m");
    assert_eq!(asked.messages, [Message::text(Role::User, "Why?")]);
    assert_eq!(asked.sampling, Sampling { max_tokens: Some(100), ..Sampling::default() });
    assert_eq!(asked.controls, Controls::default());
    assert!(!asked.stream);
}

#[test]
fn every_field_that_has_a_meaning_is_read() {
    let asked = parse(&with(json!({
        "system": "Be brief.",
        "stream": true, "temperature": 1, "top_p": 0.5, "top_k": 5, "stop_sequences": ["a", "b", "c", "d", "e"],
        "thinking": {"type": "enabled", "budget_tokens": 2048},
        "metadata": {"user_id": "ada"}, "service_tier": "auto",
        "output_config": {"effort": "low", "format": {"type": "json_schema", "schema": {"type": "object"}}},
        "mcp_servers": [], "context_management": {"edits": [{"type": "clear_thinking_20251015", "keep": "all"}]},
    })))
    .unwrap();
    assert_eq!(asked.messages[0], Message::text(Role::System, "Be brief."));
    let sampling = Sampling {
        max_tokens: Some(100),
        temperature: Some(1.0),
        top_p: Some(0.5),
        top_k: Some(5),
        stop: ["a", "b", "c", "d", "e"].map(str::to_owned).to_vec(),
        ..Sampling::default()
    };
    assert_eq!(asked.sampling, sampling);
    let schema = JsonSchema {
        name: "answer".into(),
        description: None,
        schema: r#"{"type":"object"}"#.into(),
        strict: Some(true),
    };
    let controls = Controls {
        response_format: ResponseFormat::JsonSchema(schema),
        reasoning: Some(ReasoningBudget { effort: Some(Effort::Low), tokens: Some(2048) }),
        user: Some("ada".into()),
        ..Controls::default()
    };
    assert_eq!(asked.controls, controls);
    assert!(asked.stream);
    let thinking = |thinking: Value| parse(&with(json!({"thinking": thinking}))).unwrap().controls.reasoning;
    assert_eq!(
        thinking(json!({"type": "disabled"})),
        Some(ReasoningBudget { effort: None, tokens: Some(0) })
    );
    let adaptive = ReasoningBudget { effort: Some(Effort::High), tokens: None };
    assert_eq!(thinking(json!({"type": "adaptive"})), Some(adaptive));
}

#[test]
fn a_conversation_with_calls_and_their_results_is_read() {
    let body = r#"{"model": "m", "max_tokens": 9, "messages": [
        {"role": "user", "content": [
            {"type": "text", "text": "Weather here?"},
            {"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": "iVBORw0="}},
            {"type": "image", "source": {"type": "url", "url": "https://example.org/a.png"}}
        ]},
        {"role": "assistant", "content": [
            {"type": "thinking", "thinking": "Hm.", "signature": "s"},
            {"type": "redacted_thinking", "data": "d"},
            {"type": "text", "text": "Looking."},
            {"type": "tool_use", "id": "toolu_1", "name": "weather", "input": {"z": 1.50, "a": "Oslo"}},
            {"type": "tool_use", "id": "toolu_2", "name": "now", "input": {}}
        ]},
        {"role": "user", "content": [
            {"type": "tool_result", "tool_use_id": "toolu_2", "content": "broken", "is_error": true},
            {"type": "tool_result", "tool_use_id": "toolu_1", "content": [{"type": "text", "text": "rain"}]},
            {"type": "text", "text": "And?"}
        ]},
        {"role": "assistant", "content": "So"}
    ]}"#;
    let (asked, _) = super::super::parse(body.as_bytes()).unwrap();
    let image = |source| Part::Image(Image { source, detail: None });
    let inline = ImageSource::Inline { media_type: "image/png".into(), base64: "iVBORw0=".into() };
    let call = |id: &str, name: &str, arguments: &str| {
        Part::ToolCall(ToolCall { id: id.into(), name: name.into(), arguments: arguments.into() })
    };
    let thought =
        |text: &str, seal: &str| Part::Reasoning(Reasoning { text: text.into(), seal: Some(seal.into()) });
    let result = |id: &str, text: &str, is_error| {
        let result =
            ToolResult { call_id: id.into(), content: vec![ToolContent::Text(text.into())], is_error };
        Message::new(Role::Tool, vec![Part::ToolResult(result)])
    };
    let expected = [
        Message::new(
            Role::User,
            vec![
                text("Weather here?"),
                image(inline),
                image(ImageSource::Url("https://example.org/a.png".into())),
            ],
        ),
        Message::new(
            Role::Assistant,
            vec![
                thought("Hm.", "s"),
                thought("", "d"),
                text("Looking."),
                call("toolu_1", "weather", r#"{"z": 1.50, "a": "Oslo"}"#),
                call("toolu_2", "now", "{}"),
            ],
        ),
        result("toolu_2", "broken", true),
        result("toolu_1", "rain", false),
        Message::text(Role::User, "And?"),
        Message::text(Role::Assistant, "So"),
    ];
    assert_eq!(asked.messages, expected);
}

#[test]
fn a_turn_is_cut_behind_a_breakpoint() {
    let ephemeral = json!({"type": "ephemeral", "ttl": "1h"});
    let asked = parse(&with(json!({
        "system": [{"type": "text", "text": "A"}, {"type": "text", "text": "B", "cache_control": ephemeral}],
        "tools": [{"name": "f", "input_schema": {"type": "object"}, "cache_control": ephemeral}],
        "messages": [
            {"role": "user", "content": [
                {"type": "text", "text": "C", "cache_control": ephemeral}, {"type": "text", "text": "D"},
            ]},
            {"role": "assistant", "content": [{"type": "tool_use", "id": "t", "name": "f", "input": {}}]},
            {"role": "user", "content": [{"type": "tool_result", "tool_use_id": "t", "cache_control": ephemeral}]},
        ],
    })))
    .unwrap();
    let call = ToolCall { id: "t".into(), name: "f".into(), arguments: "{}".into() };
    let result = ToolResult { call_id: "t".into(), content: vec![], is_error: false };
    let expected = [
        cached(Role::System, vec![text("A"), text("B")]),
        cached(Role::User, vec![text("C")]),
        Message::text(Role::User, "D"),
        Message::new(Role::Assistant, vec![Part::ToolCall(call)]),
        cached(Role::Tool, vec![Part::ToolResult(result)]),
    ];
    assert_eq!(asked.messages, expected);
    let tool = Tool {
        name: "f".into(),
        description: None,
        parameters: r#"{"type":"object"}"#.into(),
        strict: None,
        cache_breakpoint: true,
    };
    assert_eq!(asked.controls.tools, [tool]);
    let automatic = parse(&with(json!({"cache_control": ephemeral}))).unwrap();
    assert_eq!(automatic.messages, [cached(Role::User, vec![text("Why?")])]);
}

#[test]
fn the_choice_of_a_tool_is_read() {
    let tool = json!([{"type": "custom", "name": "f", "description": "d", "input_schema": {}}]);
    let choice = |choice: Value| {
        let controls = parse(&with(json!({"tools": tool, "tool_choice": choice}))).unwrap().controls;
        (controls.tool_choice.unwrap(), controls.parallel_tool_calls)
    };
    assert_eq!(choice(json!({"type": "auto"})), (ToolChoice::Auto, None));
    let single = json!({"type": "any", "disable_parallel_tool_use": true});
    assert_eq!(choice(single), (ToolChoice::Required, Some(false)));
    assert_eq!(choice(json!({"type": "none"})), (ToolChoice::None, None));
    assert_eq!(choice(json!({"type": "tool", "name": "f"})), (ToolChoice::Named("f".into()), None));
}

#[test]
fn a_count_needs_no_length() {
    let body = json!({"model": "m", "messages": [{"role": "user", "content": "Why?"}], "system": "S"});
    let counted = super::super::parse_count(body.to_string().as_bytes()).unwrap();
    assert_eq!(counted.messages.len(), 2);
    assert_eq!(super::super::count(7).to_string(), r#"{"input_tokens":7}"#);
}

#[test]
fn what_cannot_be_is_named() {
    let check = |body: &Value, param: &str| {
        let response = parse(body).unwrap_err().response();
        assert_eq!((response.status, response.param.as_deref()), (400, Some(param)), "{}", response.message);
    };
    check(&json!({"model": "m", "messages": [{"role": "user", "content": "Why?"}]}), "max_tokens");
    let field = |fields: Value, param: &str| check(&with(fields), param);
    field(json!({"max_tokens": 0}), "max_tokens");
    field(json!({"model": ""}), "model");
    field(json!({"messages": []}), "messages");
    field(json!({"temperature": 1.5}), "temperature");
    field(json!({"top_p": 0}), "top_p");
    field(json!({"top_k": 0}), "top_k");
    field(json!({"stop_sequences": ["a", ""]}), "stop_sequences[1]");
    field(json!({"thinking": {"type": "enabled"}}), "thinking.budget_tokens");
    field(json!({"thinking": {"type": "deep"}}), "thinking.type");
    field(json!({"output_config": {"effort": "utmost"}}), "output_config.effort");
    field(json!({"output_format": {"type": "xml"}}), "output_format.type");
    field(json!({"output_format": {"type": "json_schema"}}), "output_format.schema");
    field(json!({"mcp_servers": [{"url": "https://a"}]}), "mcp_servers");
    field(json!({"container": "c"}), "container");
    field(json!({"context_management": {"edits": [{"type": "x"}]}}), "context_management");
    field(json!({"cache_control": {"type": "eternal"}}), "cache_control.type");
    field(json!({"tools": [{"name": "f"}]}), "tools[0].input_schema");
    field(json!({"tools": [{"name": "a b", "input_schema": {}}]}), "tools[0].name");
    field(json!({"tools": [{"type": "web_search_20250305", "name": "web_search"}]}), "tools[0].type");
    field(json!({"tool_choice": {"type": "any"}}), "tool_choice");
    field(json!({"tool_choice": {"type": "tool"}}), "tool_choice.name");
    field(json!({"tool_choice": {"type": "some"}}), "tool_choice.type");
    field(json!({"system": [{"type": "image"}]}), "system[0].type");

    let turn = |turn: Value, param: &str| field(json!({"messages": [turn]}), param);
    turn(json!({"role": "system", "content": "x"}), "messages[0].role");
    turn(json!({"role": "user"}), "messages[0].content");
    turn(json!({"role": "user", "content": null}), "messages[0].content");
    let block = |role: &str, block: Value, param: &str| {
        turn(json!({"role": role, "content": [block]}), &format!("messages[0].content[0].{param}"));
    };
    block("user", json!({"type": "text"}), "text");
    block("user", json!({"type": "document", "source": {"type": "base64"}}), "type");
    block("user", json!({"type": "tool_use", "id": "t", "name": "f", "input": {}}), "type");
    block("user", json!({"type": "image"}), "source");
    block("user", json!({"type": "image", "source": {"type": "file"}}), "source.type");
    block("user", json!({"type": "image", "source": {"type": "url", "url": "a"}}), "source.url");
    let text = json!({"type": "base64", "media_type": "text/plain", "data": "YQ=="});
    block("user", json!({"type": "image", "source": text}), "source");
    block("user", json!({"type": "tool_result"}), "tool_use_id");
    block("user", json!({"type": "tool_result", "tool_use_id": "t"}), "tool_use_id");
    block("user", json!({"type": "text", "text": "x", "cache_control": {"type": "y"}}), "cache_control.type");
    block("assistant", json!({"type": "tool_use", "id": "t", "name": "f"}), "input");
    block("assistant", json!({"type": "image"}), "type");
    block("assistant", json!({"type": "redacted_thinking"}), "data");
}
