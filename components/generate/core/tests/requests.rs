//! One canonical request through every dialect's writer.
//!
//! A case is a file, `cases/requests/<name>.json`: `request` in canonical words, and `bodies`, what each dialect makes of it, or
//! `unsupported` where it can't, with a part of what it says then.

#![cfg_attr(
    test,
    expect(clippy::unwrap_used, reason = "what a case can't be read for is a fault of the case")
)]

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use gusset_generate::config::{Capability, Dialect, Secret};
use gusset_generate::{Cause, Node, Place, Plan, Request, wire};
use gusset_types::{Controls, Message, Part, Role, Sampling, ToolCall};
use proptest::prelude::*;
use serde::Deserialize;
use serde_json::Value;

const DIALECTS: [(&str, Dialect, &str); 4] = [
    ("openai", Dialect::OpenAi, "gpt-4o"),
    ("openai-responses", Dialect::OpenAiResponses, "gpt-5"),
    ("anthropic", Dialect::Anthropic, "claude-sonnet-4-5"),
    ("gemini", Dialect::Gemini, "gemini-2.5-flash"),
];

#[derive(Deserialize)]
struct Case {
    request: Canonical,
    /// Other models than those of [`DIALECTS`].
    #[serde(default)]
    models: BTreeMap<String, String>,
    #[serde(default)]
    bodies: BTreeMap<String, Value>,
    #[serde(default)]
    unsupported: BTreeMap<String, String>,
}

#[derive(Deserialize)]
struct Canonical {
    messages: Vec<Message>,
    #[serde(default)]
    sampling: Value,
    #[serde(default)]
    controls: Value,
}

/// `given` over what the default of its type has.
fn over<T: Default + serde::Serialize + serde::de::DeserializeOwned>(given: Value) -> T {
    let mut whole = serde_json::to_value(T::default()).unwrap();
    if let Value::Object(given) = given {
        whole.as_object_mut().unwrap().extend(given);
    }
    serde_json::from_value(whole).unwrap()
}

fn request(messages: Vec<Message>, sampling: Sampling, controls: Controls) -> Request {
    Request { model: "asked".to_owned(), messages, sampling, controls, plan: Plan::default(), trace: None }
}

fn node(dialect: Dialect) -> Node {
    let mut node = Node::new(dialect.home().unwrap_or("http://127.0.0.1:9000/v1"));
    node.dialect = dialect;
    node
}

#[test]
fn every_dialect_writes_what_is_expected() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("cases/requests");
    let mut seen = 0;
    for entry in fs::read_dir(root).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_str().unwrap();
        let case: Case = serde_json::from_slice(&fs::read(&path).unwrap()).expect(name);
        let canonical = case.request;
        let request = request(canonical.messages, over(canonical.sampling), over(canonical.controls));
        assert_eq!(request.validate(), Ok(()), "{name}");
        for (spoken, dialect, model) in DIALECTS {
            let model = case.models.get(spoken).map_or(model, String::as_str);
            let written = wire::completion(&node(dialect), model, &request);
            match (written, case.bodies.get(spoken), case.unsupported.get(spoken)) {
                (Ok(http), Some(expected), None) => {
                    let body: Value = serde_json::from_slice(http.body()).unwrap();
                    let (body, expected) = (format!("{body:#}"), format!("{expected:#}"));
                    assert_eq!(body, expected, "{name}, {spoken}:\n{body}");
                }
                (Err(failure), None, Some(words)) => {
                    assert_eq!((failure.place, failure.cause), (Place::Edge, Cause::Unsupported), "{name}");
                    assert!(failure.message.contains(words), "{name}, {spoken}: {}", failure.message);
                }
                (got, ..) => panic!("{name}, {spoken}: {got:?}"),
            }
            seen += 1;
        }
    }
    assert!(seen >= 4 * 8, "{seen}");
}

#[test]
fn each_dialect_has_its_path_and_its_headers() {
    let request = request(vec![Message::text(Role::User, "Hi")], Sampling::default(), Controls::default());
    let expected = [
        ("http://127.0.0.1:9000/v1/chat/completions", "authorization", "Bearer sk-1"),
        ("https://api.openai.com/v1/responses", "authorization", "Bearer sk-1"),
        ("https://api.anthropic.com/v1/messages", "x-api-key", "sk-1"),
        (
            "https://generativelanguage.googleapis.com/v1beta/models/gemini-2.5-flash:streamGenerateContent?alt=sse",
            "x-goog-api-key",
            "sk-1",
        ),
    ];
    for ((_, dialect, model), (url, header, value)) in DIALECTS.into_iter().zip(expected) {
        let mut node = node(dialect);
        node.api_key = Some(Secret::new("sk-1"));
        node.headers.insert("anthropic-version".to_owned(), Secret::new("2024-01-01"));
        let http = wire::completion(&node, model, &request).unwrap();
        assert_eq!((http.method().as_str(), http.uri().to_string().as_str()), ("POST", url));
        assert_eq!(http.headers()[header], value);
        assert_eq!(http.headers()["anthropic-version"], "2024-01-01");
        let listing = wire::models(&node).unwrap();
        assert_eq!((listing.method().as_str(), &listing.headers()[header]), ("GET", &http.headers()[header]));
    }
    let http = wire::completion(&node(Dialect::Anthropic), "claude-sonnet-4-5", &request).unwrap();
    assert_eq!(http.headers()["anthropic-version"], "2023-06-01");
}

#[test]
fn models_are_listed_in_every_dialect() {
    let google = r#"{"models":[
        {"name":"models/gemini-2.5-flash","inputTokenLimit":1048576,"supportedGenerationMethods":["generateContent","countTokens"]},
        {"name":"models/embedding-001","inputTokenLimit":2048,"supportedGenerationMethods":["embedContent"]}]}"#;
    let anthropic = r#"{"data":[{"type":"model","id":"claude-opus-4-6","display_name":"Claude Opus 4.6",
        "created_at":"2026-02-04T00:00:00Z","max_input_tokens":200000}],"has_more":false,"first_id":"a","last_id":"b"}"#;
    for (dialect, body, name, tokens) in [
        (Dialect::Gemini, google, "gemini-2.5-flash", 1_048_576),
        (Dialect::Anthropic, anthropic, "claude-opus-4-6", 200_000),
    ] {
        let models = wire::parse_models(&node(dialect), body.as_bytes()).unwrap();
        let models: Vec<_> = models.iter().map(|model| (model.name.as_str(), model.context_tokens)).collect();
        assert_eq!(models, [(name, Some(tokens))]);
    }
}

#[test]
fn what_a_node_is_declared_not_to_do_is_an_error_before_the_call() {
    let cases = [
        (
            r#"{"messages":[{"role":"user","parts":[{"image":{"source":{"url":"http://a/b.png"},"detail":null}}]}]}"#,
            "vision",
        ),
        (
            r#"{"messages":[{"role":"user","parts":[]}],"controls":{"tools":[{"name":"f","parameters":""}]}}"#,
            "tools",
        ),
        (
            r#"{"messages":[{"role":"user","parts":[]}],"controls":{"response_format":"json_object"}}"#,
            "structured_output",
        ),
        (
            r#"{"messages":[{"role":"user","parts":[]}],"controls":{"reasoning":{"effort":"low"}}}"#,
            "reasoning",
        ),
        (r#"{"messages":[{"role":"user","parts":[]}],"sampling":{"top_k":3}}"#, "top_k"),
    ];
    for (spoken, dialect, model) in DIALECTS {
        for (json, capability) in cases {
            let canonical: Canonical = serde_json::from_str(json).unwrap();
            let request = request(canonical.messages, over(canonical.sampling), over(canonical.controls));
            let mut node = node(dialect);
            node.capabilities = Some(Vec::new());
            let failure = wire::completion(&node, model, &request).unwrap_err();
            assert_eq!((failure.place, failure.cause), (Place::Edge, Cause::Unsupported), "{spoken}");
            assert!(failure.message.contains(&format!("\"{capability}\"")), "{spoken}: {}", failure.message);
            assert_eq!(failure.target, node.target());
        }
    }
    let mut vllm = node(Dialect::OpenAi);
    vllm.capabilities = Some(vec![Capability::TopK]);
    let sampling = Sampling { top_k: Some(3), ..Sampling::default() };
    let request = request(vec![Message::text(Role::User, "Hi")], sampling, Controls::default());
    let http = wire::completion(&vllm, "m", &request).unwrap();
    assert!(String::from_utf8_lossy(http.body()).contains("\"top_k\":3"));
}

#[test]
fn openai_itself_is_asked_in_its_newer_words() {
    let sampling = Sampling { max_tokens: Some(7), ..Sampling::default() };
    let request = request(vec![Message::text(Role::User, "Hi")], sampling, Controls::default());
    let body = |url: &str| {
        let http = wire::completion(&Node::new(url), "gpt-5", &request).unwrap();
        String::from_utf8(http.into_body()).unwrap()
    };
    assert!(body("https://api.openai.com/v1").contains("\"max_completion_tokens\":7"));
    assert!(body("http://127.0.0.1:9000/v1").contains("\"max_tokens\":7"));
}

/// A JSON object as a model may write it: any order of keys, any white space, numbers in any form.
fn arguments() -> impl Strategy<Value = String> {
    let value = prop_oneof![
        "-?[1-9][0-9]{0,20}(\\.[0-9]{1,3})?([eE][+-]?[0-9]{1,2})?",
        "\"[a-zA-Z0-9 äß€😀/]{0,12}\"",
        Just("\"\\u00e1\\n\\\"\"".to_owned()),
        Just("[ true,false , null ]".to_owned()),
        Just("{\"b\" : {} ,\"a\":[]}".to_owned()),
    ];
    let member = ("[a-z]{1,4}", " {0,2}", value, "[ \n\t]{0,2}");
    prop::collection::vec(member, 0..5).prop_map(|members| {
        let members: Vec<_> =
            members.into_iter().map(|(key, a, value, b)| format!("\"{key}\"{a}:{b}{value}")).collect();
        format!("{{{}}}", members.join(", "))
    })
}

proptest! {
    #[test]
    fn arguments_go_out_byte_for_byte(json in arguments()) {
        let call = ToolCall { id: "call_1".to_owned(), name: "f".to_owned(), arguments: json.clone() };
        let messages = vec![Message::text(Role::User, "Hi"), Message::new(Role::Assistant, vec![Part::ToolCall(call)])];
        let request = request(messages, Sampling::default(), Controls::default());
        let quoted = serde_json::to_string(&json).unwrap();
        for ((spoken, dialect, model), (key, value)) in DIALECTS.into_iter().zip([
            ("arguments", &quoted), ("arguments", &quoted), ("input", &json), ("args", &json),
        ]) {
            let http = wire::completion(&node(dialect), model, &request).unwrap();
            let body = String::from_utf8(http.into_body()).unwrap();
            prop_assert!(body.contains(&format!("\"{key}\":{value}")), "{}: {}", spoken, body);
        }
    }

    #[test]
    fn arguments_come_in_byte_for_byte(json in arguments(), cuts in prop::collection::vec(0.0f64..1.0, 0..6)) {
        let mut at: Vec<usize> = cuts.iter().map(|cut| (cut * json.len() as f64) as usize).filter(|at| json.is_char_boundary(*at)).collect();
        at.extend([0, json.len()]);
        at.sort_unstable();
        let quoted = |piece: &str| serde_json::to_string(piece).unwrap();
        let pieces: Vec<String> = at.windows(2).map(|ends| quoted(&json[ends[0]..ends[1]])).collect();
        let each = |event: &dyn Fn(&str) -> String| pieces.iter().map(|piece| format!("data: {}\n\n", event(piece))).collect::<String>();
        let openai = "data: {\"choices\":[{\"delta\":{\"tool_calls\":[{\"index\":0,\"id\":\"c\",\"function\":{\"name\":\"f\",\"arguments\":\"\"}}]}}]}\n\n".to_owned()
            + &each(&|piece| format!("{{\"choices\":[{{\"delta\":{{\"tool_calls\":[{{\"index\":0,\"function\":{{\"arguments\":{piece}}}}}]}}}}]}}"))
            + "data: {\"choices\":[{\"delta\":{},\"finish_reason\":\"tool_calls\"}]}\n\n";
        let responses = "data: {\"type\":\"response.output_item.added\",\"output_index\":0,\"item\":{\"type\":\"function_call\",\"call_id\":\"c\",\"name\":\"f\",\"arguments\":\"\"}}\n\n".to_owned()
            + &each(&|piece| format!("{{\"type\":\"response.function_call_arguments.delta\",\"output_index\":0,\"delta\":{piece}}}"))
            + "data: {\"type\":\"response.completed\",\"response\":{\"status\":\"completed\"}}\n\n";
        let anthropic = "data: {\"type\":\"message_start\",\"message\":{}}\n\ndata: {\"type\":\"content_block_start\",\"index\":0,\"content_block\":{\"type\":\"tool_use\",\"id\":\"c\",\"name\":\"f\",\"input\":{}}}\n\n".to_owned()
            + &each(&|piece| format!("{{\"type\":\"content_block_delta\",\"index\":0,\"delta\":{{\"type\":\"input_json_delta\",\"partial_json\":{piece}}}}}"))
            + "data: {\"type\":\"content_block_stop\",\"index\":0}\n\ndata: {\"type\":\"message_delta\",\"delta\":{\"stop_reason\":\"tool_use\"}}\n\n";
        let gemini = format!("{{\"candidates\":[{{\"content\":{{\"parts\":[{{\"functionCall\":{{\"id\":\"c\",\"name\":\"f\",\"args\":{json}}}}}]}},\"finishReason\":\"STOP\"}}]}}");
        for ((spoken, dialect, _), stream) in DIALECTS.into_iter().zip([openai, responses, anthropic, gemini]) {
            let (mut decoder, mut events) = (wire::Decoder::new(dialect), Vec::new());
            decoder.push(stream.as_bytes(), &mut events).unwrap();
            decoder.finish(&mut events).unwrap();
            let whole: String = events.iter().filter_map(|event| match event {
                gusset_types::Event::ToolArguments { json, .. } => Some(json.as_str()),
                _ => None,
            }).collect();
            prop_assert_eq!(&whole, &json, "{}", spoken);
        }
    }
}
