//! Requests: what is read, what is passed over, and what is refused by which name.

use gusset_types::{
    Controls, Effort, Image, ImageDetail, ImageSource, JsonSchema, Message, Part, Reasoning, ReasoningBudget,
    ResponseFormat, Role, Sampling, Tool, ToolCall, ToolChoice, ToolContent, ToolResult,
};
use serde_json::{Value, json};

use crate::Error;
use crate::dialect::{Asked, Form};

fn parse(body: &Value) -> Result<Asked, Error> {
    super::super::parse(body.to_string().as_bytes()).map(|(asked, _)| asked)
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

fn weather() -> Value {
    json!({"type": "function", "function": {"name": "weather", "parameters": {"type": "object"}}})
}

#[track_caller]
fn refuse(body: &Value, code: &str, param: &str) {
    let response = parse(body).unwrap_err().response();
    assert_eq!((response.status, response.code), (400, code), "{}", response.message);
    assert_eq!(response.param.as_deref(), Some(param));
    assert!(!response.message.is_empty());
}

#[test]
fn a_plain_request_is_read() {
    let body = with(json!({})).to_string();
    let (asked, form) = super::super::parse(body.as_bytes()).unwrap();
    assert_eq!(asked.model, "docs");
    assert_eq!(asked.messages, [message(Role::User, "Why?")]);
    assert_eq!((asked.sampling, asked.controls), (Sampling::default(), Controls::default()));
    assert!(!asked.stream);
    assert!(matches!(form, Form::Chat { include_usage: false }));
}

#[test]
fn every_field_that_has_a_meaning_is_read() {
    let asked = parse(&json!({
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
        "temperature": 0, "top_p": 1.0, "top_k": 40, "seed": -3, "stop": ["a", "b"],
        "frequency_penalty": 0.5, "presence_penalty": -2,
        "reasoning_effort": "minimal", "user": "ada", "parallel_tool_calls": false,
    }))
    .unwrap();
    let expected = [
        message(Role::System, "Be brief."),
        Message::new(Role::User, vec![Part::Text("One".into()), Part::Text("two".into())]),
        Message::new(Role::Assistant, vec![]),
        message(Role::User, "?"),
    ];
    assert_eq!(asked.messages, expected);
    let sampling = Sampling {
        max_tokens: Some(7),
        temperature: Some(0.0),
        top_p: Some(1.0),
        top_k: Some(40),
        frequency_penalty: Some(0.5),
        presence_penalty: Some(-2.0),
        seed: Some(-3),
        stop: vec!["a".to_owned(), "b".to_owned()],
    };
    assert_eq!(asked.sampling, sampling);
    let controls = Controls {
        parallel_tool_calls: Some(false),
        reasoning: Some(ReasoningBudget { effort: Some(Effort::Minimal), tokens: None }),
        user: Some("ada".into()),
        ..Controls::default()
    };
    assert_eq!(asked.controls, controls);
    assert!(asked.stream);
    assert_eq!(parse(&with(json!({"stop": "x"}))).unwrap().sampling.stop, ["x"]);
    assert_eq!(parse(&with(json!({"safety_identifier": "s"}))).unwrap().controls.user.as_deref(), Some("s"));
}

#[test]
fn tools_are_read_with_their_schemas_in_order() {
    let body = r#"{"model": "m", "messages": [{"role": "user", "content": "?"}],
        "tools": [
            {"type": "function", "function": {"name": "weather", "description": "Of a city", "strict": true,
                "parameters": {"type": "object", "properties": {"unit": {"type": "string"}, "city": {"type": "string"}}}}},
            {"type": "function", "function": {"name": "now"}}
        ],
        "tool_choice": {"type": "function", "function": {"name": "weather"}}}"#;
    let (asked, _) = super::super::parse(body.as_bytes()).unwrap();
    let parameters =
        r#"{"type":"object","properties":{"unit":{"type":"string"},"city":{"type":"string"}}}"#.to_owned();
    let first = Tool {
        name: "weather".into(),
        description: Some("Of a city".into()),
        parameters,
        strict: Some(true),
        cache_breakpoint: false,
    };
    let now = Tool {
        name: "now".into(),
        description: None,
        parameters: String::new(),
        strict: None,
        cache_breakpoint: false,
    };
    assert_eq!(asked.controls.tools, [first, now]);
    assert_eq!(asked.controls.tool_choice, Some(ToolChoice::Named("weather".into())));
    for (word, choice) in
        [("auto", ToolChoice::Auto), ("none", ToolChoice::None), ("required", ToolChoice::Required)]
    {
        let asked = parse(&with(json!({"tools": [weather()], "tool_choice": word}))).unwrap();
        assert_eq!(asked.controls.tool_choice, Some(choice));
    }
}

#[test]
fn a_conversation_with_calls_and_their_results_is_read() {
    let asked = parse(&json!({"model": "m", "messages": [
        {"role": "user", "content": "Weather?"},
        {
            "role": "assistant", "content": "Looking.", "reasoning_content": "Hm.",
            "tool_calls": [
                {"id": "call_1", "type": "function", "function": {"name": "weather", "arguments": "{ \"city\":\"Oslo\" }"}},
                {"id": "call_2", "type": "function", "function": {"name": "now", "arguments": ""}},
            ],
        },
        {"role": "tool", "tool_call_id": "call_2", "content": "noon"},
        {"role": "tool", "tool_call_id": "call_1", "content": [
            {"type": "text", "text": "rain"},
            {"type": "image_url", "image_url": {"url": "https://example.org/a.png"}},
        ]},
        {"role": "assistant", "content": [{"type": "refusal", "refusal": "No."}], "thinking_blocks": [
            {"type": "thinking", "thinking": "Deep.", "signature": "s"},
            {"type": "redacted_thinking", "data": "d"},
        ]},
    ]}))
    .unwrap();
    let call = |id: &str, name: &str, arguments: &str| {
        Part::ToolCall(ToolCall { id: id.into(), name: name.into(), arguments: arguments.into() })
    };
    let thought = |text: &str, seal: Option<&str>| {
        Part::Reasoning(Reasoning { text: text.into(), seal: seal.map(str::to_owned) })
    };
    let result = |call_id: &str, content| {
        let result = ToolResult { call_id: call_id.into(), content, is_error: false };
        Message::new(Role::Tool, vec![Part::ToolResult(result)])
    };
    let picture = Image { source: ImageSource::Url("https://example.org/a.png".into()), detail: None };
    let expected = [
        message(Role::User, "Weather?"),
        Message::new(
            Role::Assistant,
            vec![
                thought("Hm.", None),
                Part::Text("Looking.".into()),
                call("call_1", "weather", "{ \"city\":\"Oslo\" }"),
                call("call_2", "now", ""),
            ],
        ),
        result("call_2", vec![ToolContent::Text("noon".into())]),
        result("call_1", vec![ToolContent::Text("rain".into()), ToolContent::Image(picture)]),
        Message::new(
            Role::Assistant,
            vec![thought("Deep.", Some("s")), thought("", Some("d")), Part::Refusal("No.".into())],
        ),
    ];
    assert_eq!(asked.messages, expected);
}

#[test]
fn pictures_are_read() {
    let asked = parse(&with(json!({"messages": [{"role": "user", "content": [
        {"type": "image_url", "image_url": {"url": "https://example.org/a.png", "detail": "high"}},
        {"type": "image_url", "image_url": {"url": "data:image/png;base64,iVBORw0="}},
    ]}]})))
    .unwrap();
    let by_url = Image {
        source: ImageSource::Url("https://example.org/a.png".into()),
        detail: Some(ImageDetail::High),
    };
    let inline = ImageSource::Inline { media_type: "image/png".into(), base64: "iVBORw0=".into() };
    let expected = vec![Part::Image(by_url), Part::Image(Image { source: inline, detail: None })];
    assert_eq!(asked.messages, [Message::new(Role::User, expected)]);
}

#[test]
fn the_form_of_the_answer_is_read() {
    let format =
        |format: Value| parse(&with(json!({"response_format": format}))).unwrap().controls.response_format;
    assert_eq!(format(json!({"type": "text"})), ResponseFormat::Text);
    assert_eq!(format(json!({"type": "json_object"})), ResponseFormat::JsonObject);
    let schema = json!({"name": "city", "description": "One", "strict": true, "schema": {"type": "object"}});
    let expected = JsonSchema {
        name: "city".into(),
        description: Some("One".into()),
        schema: r#"{"type":"object"}"#.into(),
        strict: Some(true),
    };
    let read = format(json!({"type": "json_schema", "json_schema": schema}));
    assert_eq!(read, ResponseFormat::JsonSchema(expected));
}

#[test]
fn what_asks_for_nothing_and_what_is_unknown_is_passed_over() {
    for fields in [
        json!({"n": 1, "logprobs": false, "tools": [], "tool_choice": "none", "logit_bias": {}}),
        json!({"response_format": {"type": "text"}, "frequency_penalty": 0, "presence_penalty": 0.0}),
        json!({"tools": null, "stop": null, "stream": null, "stream_options": null, "n": null}),
        json!({"user": "u", "metadata": {"a": "b"}, "store": true, "modalities": ["text"], "parallel_tool_calls": true}),
        json!({"service_tier": "auto", "verbosity": "medium", "a_field_of_tomorrow": {"deep": [1, 2, 3]}}),
    ] {
        assert!(parse(&with(fields.clone())).is_ok(), "{fields}");
    }
}

#[test]
fn what_would_change_the_meaning_is_refused_by_name() {
    let check = |fields: Value, param: &str| refuse(&with(fields), "unsupported_parameter", param);
    check(json!({"functions": [{"name": "f"}]}), "functions");
    check(json!({"function_call": "auto"}), "function_call");
    check(json!({"n": 2}), "n");
    check(json!({"logprobs": true}), "logprobs");
    check(json!({"top_logprobs": 3}), "top_logprobs");
    check(json!({"logit_bias": {"50256": -100}}), "logit_bias");
    check(json!({"modalities": ["text", "audio"]}), "modalities");
    check(json!({"audio": {"voice": "alloy"}}), "audio");
    check(json!({"web_search_options": {}}), "web_search_options");
    check(json!({"verbosity": "low"}), "verbosity");
    check(json!({"tools": [{"type": "custom", "custom": {"name": "f"}}]}), "tools[0].type");
    check(json!({"tool_choice": {"type": "allowed_tools", "allowed_tools": {}}}), "tool_choice.type");

    let check = |turn: Value, param: &str| {
        refuse(
            &with(json!({"messages": [{"role": "user", "content": "?"}, turn]})),
            "unsupported_parameter",
            param,
        );
    };
    let audio = json!([{"type": "text", "text": "a"}, {"type": "input_audio", "input_audio": {}}]);
    check(json!({"role": "user", "content": audio}), "messages[1].content[1].type");
    let image = json!([{"type": "image_url", "image_url": {"url": "https://a"}}]);
    check(json!({"role": "system", "content": image}), "messages[1].content[0].type");
    check(json!({"role": "assistant", "content": image}), "messages[1].content[0].type");
    check(json!({"role": "function", "name": "f", "content": "x"}), "messages[1].role");
    check(json!({"role": "assistant", "function_call": {"name": "f"}}), "messages[1].function_call");
    check(json!({"role": "assistant", "audio": {"id": "a"}}), "messages[1].audio");
    let calls = json!([{"id": "c", "type": "custom", "custom": {"name": "f"}}]);
    check(json!({"role": "assistant", "tool_calls": calls}), "messages[1].tool_calls[0].type");
    let calls = json!([{"id": "c", "type": "function", "function": {"name": "f", "arguments": ""}}]);
    check(json!({"role": "user", "content": "x", "tool_calls": calls}), "messages[1].tool_calls");
}

#[test]
fn values_that_cannot_be_are_named() {
    let check = |fields: Value, param: &str| refuse(&with(fields), "invalid_value", param);
    check(json!({"model": 5}), "model");
    check(json!({"messages": "Why?"}), "messages");
    check(json!({"temperature": 2.1}), "temperature");
    check(json!({"temperature": "hot"}), "temperature");
    check(json!({"top_p": 0}), "top_p");
    check(json!({"top_p": 1.5}), "top_p");
    check(json!({"top_k": 0}), "top_k");
    check(json!({"frequency_penalty": 2.5}), "frequency_penalty");
    check(json!({"presence_penalty": -3}), "presence_penalty");
    check(json!({"max_tokens": 0}), "max_tokens");
    check(json!({"max_completion_tokens": -1}), "max_completion_tokens");
    check(json!({"stop": ["a", "b", "c", "d", "e"]}), "stop");
    check(json!({"stop": ""}), "stop");
    check(json!({"stop": 3}), "stop");
    check(json!({"reasoning_effort": "utmost"}), "reasoning_effort");
    check(json!({"response_format": {"type": "xml"}}), "response_format.type");
    check(json!({"response_format": {"type": "json_schema"}}), "response_format.json_schema");
    let nameless = json!({"type": "json_schema", "json_schema": {"name": "", "schema": {}}});
    check(json!({"response_format": nameless}), "response_format.json_schema.name");
    let empty = json!({"type": "json_schema", "json_schema": {"name": "n"}});
    check(json!({"response_format": empty}), "response_format.json_schema.schema");

    let tool = |function: Value| json!({"tools": [weather(), {"type": "function", "function": function}]});
    check(json!({"tools": [{"type": "function"}]}), "tools[0].function");
    check(tool(json!({})), "tools[1].function.name");
    check(tool(json!({"name": "a b"})), "tools[1].function.name");
    check(tool(json!({"name": "n".repeat(65)})), "tools[1].function.name");
    check(tool(json!({"name": "weather"})), "tools[1].function.name");
    check(tool(json!({"name": "f", "parameters": "{}"})), "tools[1].function.parameters");
    check(json!({"tool_choice": "required"}), "tool_choice");
    check(json!({"tool_choice": "any", "tools": [weather()]}), "tool_choice");
    let other = json!({"type": "function", "function": {"name": "f"}});
    check(json!({"tool_choice": other, "tools": [weather()]}), "tool_choice");
    check(json!({"tool_choice": {"type": "function"}, "tools": [weather()]}), "tool_choice.function");

    let check = |turn: Value, param: &str| refuse(&with(json!({"messages": [turn]})), "invalid_value", param);
    check(json!({"content": "x"}), "messages[0].role");
    check(json!({"role": "robot", "content": "x"}), "messages[0].role");
    check(json!({"role": "user", "content": 5}), "messages[0].content");
    check(json!({"role": "user", "content": [{"text": "x"}]}), "messages[0].content[0].type");
    check(json!({"role": "user", "content": [{"type": "text"}]}), "messages[0].content[0].text");
    let image =
        |fields: Value| json!({"role": "user", "content": [{"type": "image_url", "image_url": fields}]});
    check(image(json!({"url": "a.png"})), "messages[0].content[0].image_url.url");
    check(image(json!({"url": "https://a", "detail": "x"})), "messages[0].content[0].image_url.detail");
    check(image(Value::Null), "messages[0].content[0].image_url");
    check(json!({"role": "tool", "content": "x"}), "messages[0].tool_call_id");
    check(json!({"role": "tool", "content": "x", "tool_call_id": "c"}), "messages[0].tool_call_id");
    check(json!({"role": "assistant", "tool_calls": [{"id": "c"}]}), "messages[0].tool_calls[0].function");
    refuse(&json!({"messages": []}), "invalid_value", "model");
    refuse(&json!({"model": "docs"}), "invalid_value", "messages");
}

#[test]
fn nothing_to_answer_is_refused() {
    let check = |fields: Value, param: &str| refuse(&with(fields), "empty_input", param);
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
        let _ = super::super::parse(body.as_bytes());
    }
    let content = format!(r#"{{"model":"docs","messages":[{{"role":"user","content":{open}{close}}}]}}"#);
    assert!(super::super::parse(content.as_bytes()).is_err());
    let schema = format!(
        r#"{{"model":"docs","messages":[{{"role":"user","content":"a"}}],
            "tools":[{{"type":"function","function":{{"name":"f","parameters":{{"a":{open}{close}}}}}}}]}}"#
    );
    let response = super::super::parse(schema.as_bytes()).unwrap_err().response();
    assert_eq!(response.param.as_deref(), Some("tools[0].function.parameters"));
}
