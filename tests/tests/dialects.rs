//! Every dialect in, every provider out: the same answer, with its tool calls byte for byte.
//!
//! Providers are played from `tests/providers/<dialect>.sse`, which hold what the public API references show for one answer: a text, two parallel tool
//! calls whose arguments come in pieces, usage with cached and reasoning tokens.
#![expect(clippy::indexing_slicing, reason = "what a test looks for and does not find fails the test")]

use std::fs;

use anyhow::{Context as _, ensure};
use gusset_tests::client::Client;
use gusset_tests::host::Host;
use gusset_tests::node::{Behaviour, Node};
use gusset_tests::{artefacts, sse};
use serde_json::{Value, json};

const PROVIDERS: [&str; 4] = ["openai", "openai-responses", "anthropic", "gemini"];

const TEXT: &str = "Let me look.";
/// As the providers of the files write them, white space included.
const ARGUMENTS: [&str; 2] = ["{\"city\": \"Zürich \\\"HB\\\"\", \"unit\":\"c\"}", "{\"zone\":\"CET\"}"];
const NAMES: [&str; 2] = ["get_weather", "get_time"];

/// What an answer came to, whichever dialect it came in.
#[derive(Debug, Default, PartialEq)]
struct Heard {
    text: String,
    /// Name and arguments.
    calls: Vec<(String, String)>,
    /// As the dialect says that tools are wanted.
    wants_tools: bool,
    prompt_tokens: u64,
    completion_tokens: u64,
    cached_tokens: u64,
}

#[test]
fn chat_completions_reach_every_provider() -> anyhow::Result<()> {
    every_provider("/v1/chat/completions", &chat_request, chat_whole, chat_stream)
}

#[test]
fn responses_reach_every_provider() -> anyhow::Result<()> {
    every_provider("/v1/responses", &responses_request, responses_whole, responses_stream)
}

#[test]
fn messages_reach_every_provider() -> anyhow::Result<()> {
    every_provider("/v1/messages", &messages_request, messages_whole, messages_stream)
}

fn every_provider(
    path: &str,
    request: &dyn Fn(bool) -> Value,
    whole: fn(&Value) -> Option<Heard>,
    stream: fn(&[Value]) -> Option<Heard>,
) -> anyhow::Result<()> {
    for provider in PROVIDERS {
        let (_node, host) = start(provider)?;
        let client = host.client();
        let answer = send(client, path, &request(false))?;
        let heard =
            whole(&serde_json::from_str(&answer)?).with_context(|| format!("{provider}: {answer}"))?;
        check(provider, &heard).with_context(|| format!("{path} from {provider}, whole: {answer}"))?;

        let answer = send(client, path, &request(true))?;
        let events: Vec<Value> =
            sse::data(&answer).iter().filter_map(|event| serde_json::from_str(event).ok()).collect();
        let heard = stream(&events).with_context(|| format!("{provider}: {answer}"))?;
        check(provider, &heard).with_context(|| format!("{path} from {provider}, streamed: {answer}"))?;
    }
    Ok(())
}

fn start(provider: &str) -> anyhow::Result<(Node, Host)> {
    let file = artefacts::root().join("tests/providers").join(provider).with_extension("sse");
    let node = Node::start(Behaviour::Replay(fs::read_to_string(&file)?))?;
    let configuration = format!(
        "[state]\nmemory = true\n[[nodes]]\nurl = \"{}\"\nmodel = \"m\"\ndialect = \"{provider}\"\n",
        node.url()
    );
    Ok((node, Host::start(&configuration)?))
}

fn send(client: &Client, path: &str, body: &Value) -> anyhow::Result<String> {
    let answer = client.post(path, body)?;
    ensure!(answer.status == 200, "{path}: {} {}", answer.status, answer.text());
    Ok(answer.text())
}

fn check(provider: &str, heard: &Heard) -> anyhow::Result<()> {
    ensure!(heard.text == TEXT, "text {:?}", heard.text);
    ensure!(heard.wants_tools, "it does not say that tools are wanted");
    let usage = (heard.prompt_tokens, heard.completion_tokens, heard.cached_tokens);
    ensure!(usage == (120, 40, 100), "usage {usage:?}");
    let names: Vec<&str> = heard.calls.iter().map(|(name, _)| name.as_str()).collect();
    ensure!(names == NAMES, "calls {names:?}");
    for ((_, given), expected) in heard.calls.iter().zip(ARGUMENTS) {
        // Gemini sends arguments as JSON of its own response, where white space has no place to be kept.
        let same = match provider {
            "gemini" => serde_json::from_str::<Value>(given)? == serde_json::from_str::<Value>(expected)?,
            _ => given == expected,
        };
        ensure!(same, "arguments {given}, and not {expected}");
    }
    Ok(())
}

// === chat completions ===

fn chat_request(stream: bool) -> Value {
    let tool = |name: &str| json!({"type": "function", "function": {"name": name, "parameters": {"type": "object", "properties": {}}}});
    let mut request = json!({
        "model": "m",
        "stream": stream,
        "messages": [{"role": "system", "content": "Use the tools."}, {"role": "user", "content": "How is Zürich?"}],
        "tools": [tool(NAMES[0]), tool(NAMES[1])],
    });
    if stream {
        request["stream_options"] = json!({"include_usage": true});
    }
    request
}

fn chat_usage(usage: &Value, heard: &mut Heard) -> Option<()> {
    heard.prompt_tokens = usage["prompt_tokens"].as_u64()?;
    heard.completion_tokens = usage["completion_tokens"].as_u64()?;
    heard.cached_tokens = usage["prompt_tokens_details"]["cached_tokens"].as_u64()?;
    Some(())
}

fn chat_whole(answer: &Value) -> Option<Heard> {
    let choice = &answer["choices"][0];
    let mut heard = Heard {
        text: choice["message"]["content"].as_str()?.to_owned(),
        wants_tools: choice["finish_reason"] == "tool_calls",
        ..Heard::default()
    };
    for call in choice["message"]["tool_calls"].as_array()? {
        let function = &call["function"];
        heard.calls.push((function["name"].as_str()?.to_owned(), function["arguments"].as_str()?.to_owned()));
    }
    chat_usage(&answer["usage"], &mut heard)?;
    Some(heard)
}

fn chat_stream(events: &[Value]) -> Option<Heard> {
    let mut heard = Heard::default();
    for event in events {
        if event["usage"].is_object() {
            chat_usage(&event["usage"], &mut heard)?;
        }
        let choice = &event["choices"][0];
        heard.wants_tools |= choice["finish_reason"] == "tool_calls";
        heard.text.push_str(choice["delta"]["content"].as_str().unwrap_or_default());
        for call in choice["delta"]["tool_calls"].as_array().into_iter().flatten() {
            let at = usize::try_from(call["index"].as_u64()?).ok()?;
            if let Some(name) = call["function"]["name"].as_str() {
                heard.calls.push((name.to_owned(), String::new()));
            }
            let arguments = call["function"]["arguments"].as_str().unwrap_or_default();
            heard.calls.get_mut(at)?.1.push_str(arguments);
        }
    }
    Some(heard)
}

// === responses ===

fn responses_request(stream: bool) -> Value {
    let tool = |name: &str| json!({"type": "function", "name": name, "parameters": {"type": "object", "properties": {}}});
    json!({
        "model": "m",
        "stream": stream,
        "instructions": "Use the tools.",
        "input": "How is Zürich?",
        "tools": [tool(NAMES[0]), tool(NAMES[1])],
    })
}

fn responses_whole(answer: &Value) -> Option<Heard> {
    let mut heard = Heard::default();
    for item in answer["output"].as_array()? {
        if item["type"] == "function_call" {
            heard.calls.push((item["name"].as_str()?.to_owned(), item["arguments"].as_str()?.to_owned()));
        } else {
            for part in item["content"].as_array().into_iter().flatten() {
                heard.text.push_str(part["text"].as_str().unwrap_or_default());
            }
        }
    }
    heard.wants_tools = !heard.calls.is_empty() && answer["status"] == "completed";
    let usage = &answer["usage"];
    heard.prompt_tokens = usage["input_tokens"].as_u64()?;
    heard.completion_tokens = usage["output_tokens"].as_u64()?;
    heard.cached_tokens = usage["input_tokens_details"]["cached_tokens"].as_u64()?;
    Some(heard)
}

/// The deltas, and the end's whole answer, have to say the same.
fn responses_stream(events: &[Value]) -> Option<Heard> {
    let (mut text, mut arguments) = (String::new(), Vec::<String>::new());
    for (sequence, event) in events.iter().enumerate() {
        if event["sequence_number"].as_u64()? != u64::try_from(sequence).ok()? {
            return None;
        }
        match event["type"].as_str()? {
            "response.output_text.delta" => text.push_str(event["delta"].as_str()?),
            "response.output_item.added" if event["item"]["type"] == "function_call" => {
                arguments.push(String::new());
            }
            "response.function_call_arguments.delta" => {
                arguments.last_mut()?.push_str(event["delta"].as_str()?);
            }
            _ => {}
        }
    }
    let last = events.last().filter(|event| event["type"] == "response.completed")?;
    let heard = responses_whole(&last["response"])?;
    let whole: Vec<&String> = heard.calls.iter().map(|(_, arguments)| arguments).collect();
    (heard.text == text && whole == arguments.iter().collect::<Vec<_>>()).then_some(heard)
}

// === messages ===

fn messages_request(stream: bool) -> Value {
    let tool = |name: &str| json!({"name": name, "input_schema": {"type": "object", "properties": {}}});
    json!({
        "model": "m",
        "max_tokens": 256,
        "stream": stream,
        "system": "Use the tools.",
        "messages": [{"role": "user", "content": "How is Zürich?"}],
        "tools": [tool(NAMES[0]), tool(NAMES[1])],
    })
}

fn messages_usage(usage: &Value, heard: &mut Heard) {
    let count = |key: &str| usage[key].as_u64().unwrap_or(0);
    if usage["input_tokens"].is_u64() {
        heard.cached_tokens = count("cache_read_input_tokens");
        // Anthropic's prompt tokens leave the cached ones out.
        heard.prompt_tokens =
            count("input_tokens") + heard.cached_tokens + count("cache_creation_input_tokens");
    }
    heard.completion_tokens = count("output_tokens");
}

/// A whole answer holds arguments as JSON, so their white space is not kept: they are compared as values, and byte for byte in the stream.
fn messages_whole(answer: &Value) -> Option<Heard> {
    let mut heard = Heard { wants_tools: answer["stop_reason"] == "tool_use", ..Heard::default() };
    for block in answer["content"].as_array()? {
        match block["type"].as_str()? {
            "text" => heard.text.push_str(block["text"].as_str()?),
            "tool_use" => {
                let expected = ARGUMENTS.get(heard.calls.len())?;
                let same = serde_json::from_str::<Value>(expected).ok()? == block["input"];
                let arguments = if same { (*expected).to_owned() } else { block["input"].to_string() };
                heard.calls.push((block["name"].as_str()?.to_owned(), arguments));
            }
            _ => {}
        }
    }
    messages_usage(&answer["usage"], &mut heard);
    Some(heard)
}

fn messages_stream(events: &[Value]) -> Option<Heard> {
    let mut heard = Heard::default();
    for event in events {
        match event["type"].as_str()? {
            "message_start" => messages_usage(&event["message"]["usage"], &mut heard),
            "content_block_start" if event["content_block"]["type"] == "tool_use" => {
                heard.calls.push((event["content_block"]["name"].as_str()?.to_owned(), String::new()));
            }
            "content_block_delta" => match event["delta"]["type"].as_str()? {
                "text_delta" => heard.text.push_str(event["delta"]["text"].as_str()?),
                "input_json_delta" => {
                    heard.calls.last_mut()?.1.push_str(event["delta"]["partial_json"].as_str()?);
                }
                _ => {}
            },
            "message_delta" => {
                heard.wants_tools = event["delta"]["stop_reason"] == "tool_use";
                messages_usage(&event["usage"], &mut heard);
            }
            _ => {}
        }
    }
    Some(heard)
}
