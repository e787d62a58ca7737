//! Byte-exact responses of real servers, and any split of them.

use gusset_types::{FinishReason, Message, Role, Sampling, TraceContext, Usage};
use http::{HeaderMap, StatusCode};
use proptest::prelude::*;

use crate::config::{Dialect, Secret};
use crate::wire::{Completion, Decoder, Fault, completion, models, parse_models, refusal};
use crate::{Cause, Event, Model, Node, Request};

const LLAMA_CPP_PYTHON: &str = concat!(
    "data: {\"id\": \"chatcmpl-1\", \"model\": \"stories\", \"created\": 1, \"object\": \"chat.completion.chunk\", ",
    "\"choices\": [{\"index\": 0, \"delta\": {\"role\": \"assistant\"}, \"logprobs\": null, \"finish_reason\": null}]}\r\n\r\n",
    "data: {\"id\": \"chatcmpl-1\", \"model\": \"stories\", \"created\": 1, \"object\": \"chat.completion.chunk\", ",
    "\"choices\": [{\"index\": 0, \"delta\": {\"content\": \"Once\"}, \"logprobs\": null, \"finish_reason\": null}]}\r\n\r\n",
    ": ping - 2026-11-23 21:04:05.123456+00:00\r\n\r\n",
    "data: {\"id\": \"chatcmpl-1\", \"model\": \"stories\", \"created\": 1, \"object\": \"chat.completion.chunk\", ",
    "\"choices\": [{\"index\": 0, \"delta\": {\"content\": \" upon a tïme\"}, \"logprobs\": null, \"finish_reason\": null}]}\r\n\r\n",
    "data: {\"id\": \"chatcmpl-1\", \"model\": \"stories\", \"created\": 1, \"object\": \"chat.completion.chunk\", ",
    "\"choices\": [{\"index\": 0, \"delta\": {}, \"logprobs\": null, \"finish_reason\": \"length\"}]}\r\n\r\n",
    "data: [DONE]\r\n\r\n",
);

const OPENAI: &str = concat!(
    "data: {\"id\":\"chatcmpl-2\",\"object\":\"chat.completion.chunk\",\"created\":1,\"model\":\"gpt-4o-mini-2024-07-18\",",
    "\"service_tier\":\"default\",\"system_fingerprint\":\"fp\",\"choices\":[{\"index\":0,\"delta\":{\"role\":\"assistant\",",
    "\"content\":\"\",\"refusal\":null},\"logprobs\":null,\"finish_reason\":null}],\"usage\":null}\n\n",
    "data: {\"id\":\"chatcmpl-2\",\"object\":\"chat.completion.chunk\",\"created\":1,\"model\":\"gpt-4o-mini-2024-07-18\",",
    "\"choices\":[{\"index\":0,\"delta\":{\"content\":\"4\"},\"logprobs\":null,\"finish_reason\":null}],\"usage\":null}\n\n",
    "data: {\"id\":\"chatcmpl-2\",\"object\":\"chat.completion.chunk\",\"created\":1,\"model\":\"gpt-4o-mini-2024-07-18\",",
    "\"choices\":[{\"index\":0,\"delta\":{},\"logprobs\":null,\"finish_reason\":\"stop\"}],\"usage\":null}\n\n",
    "data: {\"id\":\"chatcmpl-2\",\"object\":\"chat.completion.chunk\",\"created\":1,\"model\":\"gpt-4o-mini-2024-07-18\",",
    "\"choices\":[],\"usage\":{\"prompt_tokens\":11,\"completion_tokens\":1,\"total_tokens\":12,",
    "\"prompt_tokens_details\":{\"cached_tokens\":0}}}\n\n",
    "data: [DONE]\n\n",
);

const VLLM_REASONING: &str = concat!(
    "data: {\"id\":\"c\",\"object\":\"chat.completion.chunk\",\"model\":\"qwen\",\"choices\":[{\"index\":0,",
    "\"delta\":{\"reasoning_content\":\"Hmm.\"},\"finish_reason\":null}]}\n\n",
    "data: {\"id\":\"c\",\"object\":\"chat.completion.chunk\",\"model\":\"qwen\",\"choices\":[{\"index\":0,",
    "\"delta\":{\"content\":\"No.\"},\"finish_reason\":\"stop\",\"stop_reason\":null}]}\n\n",
    "data: [DONE]\n\n",
);

const NOT_STREAMED: &str = concat!(
    "\n{\"id\":\"c\",\"object\":\"chat.completion\",\"model\":\"m\",\"choices\":[{\"index\":0,\"message\":{\"role\":\"assistant\",",
    "\"content\":\"All at once.\"},\"finish_reason\":\"stop\"}],\"usage\":{\"prompt_tokens\":3,\"completion_tokens\":4}}",
);

const MISTRAL_PARTS: &str = concat!(
    "data: {\"model\":\"magistral\",\"choices\":[{\"index\":0,\"delta\":{\"content\":[{\"type\":\"thinking\",\"thinking\":[]},",
    "{\"type\":\"text\",\"text\":\"Oui\"}]},\"finish_reason\":\"stop\"}]}\n\ndata: [DONE]\n\n",
);

/// Feeds `pieces`, and gives the text, the number of events, and how it ended.
fn decode<'a>(pieces: impl IntoIterator<Item = &'a [u8]>) -> (Vec<Event>, Result<Completion, Fault>) {
    let (mut decoder, mut events) = (Decoder::new(Dialect::OpenAi), Vec::new());
    for piece in pieces {
        if let Err(fault) = decoder.push(piece, &mut events) {
            return (events, Err(fault));
        }
    }
    let ending = decoder.finish(&mut events);
    (events, ending)
}

fn texts<'a>(events: &'a [Event]) -> Vec<&'a str> {
    let text = |event: &'a Event| match event {
        Event::Text(text) => Some(text.as_str()),
        Event::Reasoning(_) => None,
        other => panic!("{other:?}"),
    };
    events.iter().filter_map(text).collect()
}

fn completion_of(model: &str, finish_reason: FinishReason, usage: Option<(u32, u32)>) -> Completion {
    let usage = usage.map(|(prompt_tokens, completion_tokens)| Usage {
        prompt_tokens,
        completion_tokens,
        ..Usage::default()
    });
    Completion { model: Some(model.to_owned()), finish_reason, stop_sequence: None, usage }
}

#[test]
fn responses_of_real_servers_decode() {
    for (bytes, expected, ending) in [
        (
            LLAMA_CPP_PYTHON,
            vec!["Once", " upon a tïme"],
            completion_of("stories", FinishReason::Length, None),
        ),
        (OPENAI, vec!["4"], completion_of("gpt-4o-mini-2024-07-18", FinishReason::Stop, Some((11, 1)))),
        (VLLM_REASONING, vec!["No."], completion_of("qwen", FinishReason::Stop, None)),
        (NOT_STREAMED, vec!["All at once."], completion_of("m", FinishReason::Stop, Some((3, 4)))),
        (MISTRAL_PARTS, vec!["Oui"], completion_of("magistral", FinishReason::Stop, None)),
    ] {
        let (events, got) = decode([bytes.as_bytes()]);
        assert_eq!(texts(&events), expected);
        assert_eq!(got, Ok(ending));
    }
}

#[test]
fn an_answer_that_breaks_off_is_never_complete() {
    for stream in [LLAMA_CPP_PYTHON, OPENAI, VLLM_REASONING, NOT_STREAMED] {
        // Everything before the finish reason arrived.
        let end =
            stream.find("\"finish_reason\": \"").or_else(|| stream.find("\"finish_reason\":\"")).unwrap();
        for cut in 0..end {
            let (_, ending) = decode([&stream.as_bytes()[..cut]]);
            let cause = ending.expect_err("an incomplete answer passed for a complete one").cause;
            assert!(matches!(cause, Cause::Interrupted | Cause::Malformed), "{cut}: {cause:?}");
        }
    }
}

#[test]
fn a_stream_that_breaks_off_after_a_token_is_interrupted() {
    let two = OPENAI.match_indices("\n\n").nth(1).unwrap().0 + 2;
    let (events, ending) = decode([&OPENAI.as_bytes()[..two]]);
    assert_eq!(texts(&events), ["4"]);
    assert_eq!(ending.unwrap_err().cause, Cause::Interrupted);
}

#[test]
fn a_finish_reason_or_done_is_enough_of_an_end() {
    let chunk = |finish: &str| {
        format!("data: {{\"choices\":[{{\"delta\":{{\"content\":\"a\"}},\"finish_reason\":{finish}}}]}}")
    };
    for stream in [
        chunk("\"stop\"") + "\n\n",
        chunk("\"stop\""),
        chunk("\"eos\"") + "\n\n",
        chunk("null") + "\n\ndata: [DONE]",
        chunk("null") + "\n\ndata:[DONE]\n\n",
    ] {
        let (events, ending) = decode([stream.as_bytes()]);
        assert_eq!(texts(&events), ["a"], "{stream}");
        assert_eq!(ending.map(|e| e.finish_reason), Ok(FinishReason::Stop), "{stream}");
    }
}

#[test]
fn what_is_no_completion_is_malformed() {
    let endless = "x".repeat(2 << 20);
    let many_lines = "x\n".repeat(1 << 20);
    for garbage in [
        "",
        " \r\n",
        "<html><body>Welcome to nginx!</body></html>",
        "data: {\"choi\n\n",
        "data: nonsense\n\n",
        "data: {\"hello\":\"world\"}\n\n",
        "{\"hello\":\"world\"}",
        "{\"choices\":[",
        "data: [1]\n\n",
        "data: \u{0}\u{1}\n\n",
        "event: message\n\n",
        &endless,
        &many_lines,
    ] {
        let (events, ending) = decode([garbage.as_bytes()]);
        assert_eq!(events, []);
        assert_eq!(ending.unwrap_err().cause, Cause::Malformed, "{:.40}", garbage);
    }
    let (_, ending) = decode([&b"data: \xff\xfe\n\n"[..]]);
    assert_eq!(ending.unwrap_err().cause, Cause::Malformed);
}

#[test]
fn an_error_in_the_stream_says_its_cause_and_keeps_what_came_before() {
    let token = "data: {\"choices\":[{\"delta\":{\"content\":\"a\"}}]}\n\n";
    for (event, cause, words) in [
        (r#"{"error":{"message":"out of memory","type":"server_error"}}"#, Cause::Refused, "out of memory"),
        (r#"{"error":{"message":"slow down","code":429}}"#, Cause::RateLimited, "slow down"),
        (r#"{"error":{"message":"busy","type":"overloaded_error"}}"#, Cause::Overloaded, "busy"),
        (
            r#"{"error":{"message":"bad","type":"BadRequestError","code":"400"}}"#,
            Cause::InvalidRequest,
            "bad",
        ),
        (r#"{"object":"error","message":"too long","code":400}"#, Cause::InvalidRequest, "too long"),
        (r#"{"error":"worker died"}"#, Cause::Refused, "worker died"),
    ] {
        let (events, ending) = decode([format!("{token}data: {event}\n\n").as_bytes()]);
        let fault = ending.unwrap_err();
        assert_eq!(texts(&events), ["a"]);
        assert_eq!(fault.cause, cause, "{event}");
        assert!(fault.message.contains(words), "{}", fault.message);
    }
}

#[test]
fn only_the_first_choice_is_read() {
    let stream = "data: {\"choices\":[{\"index\":1,\"delta\":{\"content\":\"b\"},\"finish_reason\":\"length\"}]}\n\n\
                  data: {\"choices\":[{\"index\":0,\"delta\":{\"content\":\"a\"},\"finish_reason\":\"stop\"}]}\n\n";
    let (events, ending) = decode([stream.as_bytes()]);
    assert_eq!(texts(&events), ["a"]);
    assert_eq!(ending.unwrap().finish_reason, FinishReason::Stop);
}

#[test]
fn data_on_several_lines_is_one_event() {
    let stream = "\u{feff}id: 1\ndata: {\"choices\":\ndata: [{\"delta\":{\"content\":\"a\"},\ndatabase: x\ndata\ndata: \"finish_reason\":\"stop\"}]}\n\n";
    let (events, ending) = decode([stream.as_bytes()]);
    assert_eq!(texts(&events), ["a"]);
    assert!(ending.is_ok());
}

#[test]
fn nothing_after_done_counts() {
    let stream = format!("{OPENAI}data: {{\"choices\":[{{\"delta\":{{\"content\":\"more\"}}}}]}}\n\n");
    assert_eq!(texts(&decode([stream.as_bytes()]).0), ["4"]);
}

#[test]
fn a_refusal_says_what_the_server_said() {
    let html = format!("<html>{}</html>", "<p>Bad gateway</p>\n".repeat(2000));
    for (status, body, cause, retryable, message) in [
        (
            401,
            r#"{"error":{"message":"Incorrect key"}}"#,
            Cause::Unauthorized,
            false,
            "HTTP 401: Incorrect key",
        ),
        (403, "", Cause::Unauthorized, false, "HTTP 403: the target wants another `api_key`"),
        (
            404,
            r#"{"error":"model \"x\" not found"}"#,
            Cause::UnknownModel,
            false,
            "HTTP 404: model \"x\" not found",
        ),
        (404, r#"{"detail":"Not Found"}"#, Cause::UnknownModel, false, "HTTP 404: Not Found"),
        (408, "", Cause::TimedOut, true, "HTTP 408 without a message"),
        (
            422,
            r#"{"detail":[{"loc":["body"],"msg":"Field required"}]}"#,
            Cause::InvalidRequest,
            false,
            "Field required",
        ),
        (
            400,
            r#"{"object":"error","message":"maximum context length is 2048"}"#,
            Cause::InvalidRequest,
            false,
            "2048",
        ),
        (429, "slow\r\n down\u{7}", Cause::RateLimited, true, "HTTP 429: slow down"),
        (500, "oops", Cause::Refused, true, "HTTP 500: oops"),
        (502, &html, Cause::Unreachable, true, "Bad gateway"),
        (
            503,
            r#"{"error":{"message":"Loading model","code":503}}"#,
            Cause::Overloaded,
            true,
            "Loading model",
        ),
        (504, "", Cause::TimedOut, true, "HTTP 504"),
        (529, "", Cause::Overloaded, true, "HTTP 529"),
        (302, "", Cause::Refused, false, "HTTP 302"),
        (418, "", Cause::Refused, false, "HTTP 418"),
    ] {
        let fault = refusal(StatusCode::from_u16(status).unwrap(), &HeaderMap::new(), body.as_bytes());
        assert_eq!((fault.cause, fault.retryable), (cause, retryable), "{status}");
        assert!(fault.message.contains(message), "{status}: {}", fault.message);
        assert!(fault.message.chars().count() < 330 && !fault.message.contains('\n'), "{}", fault.message);
    }
}

#[test]
fn lists_of_models_give_the_context_window() {
    let node = Node::new("http://127.0.0.1:9000/v1");
    let vllm = r#"{"object":"list","data":[{"id":"meta-llama/Llama-3.1-8B","object":"model","created":1,"owned_by":"vllm",
        "root":"x","parent":null,"max_model_len":8192,"permission":[{"id":"p"}]}]}"#;
    let llama_cpp = r#"{"models":[{"name":"x"}],"object":"list","data":[{"id":"x.gguf","object":"model","meta":{"vocab_type":1,
        "n_vocab":512,"n_ctx_train":2048,"n_embd":64,"n_params":260000,"size":1}}]}"#;
    let llama_cpp_python = r#"{"object": "list", "data": [{"id": "stories", "object": "model", "owned_by": "me", "permissions": []}]}"#;
    for (body, name, context_tokens) in [
        (vllm, "meta-llama/Llama-3.1-8B", Some(8192)),
        (llama_cpp, "x.gguf", Some(2048)),
        (llama_cpp_python, "stories", None),
    ] {
        let expected = Model { name: name.to_owned(), context_tokens };
        assert_eq!(parse_models(&node, body.as_bytes()), Ok(vec![expected]));
    }
    assert_eq!(parse_models(&node, b"{\"data\":[]}"), Ok(vec![]));
    assert_eq!(parse_models(&node, b"<html>").unwrap_err().cause, Cause::Malformed);
}

#[test]
fn a_request_has_the_fields_that_were_asked_for_and_no_others() {
    let mut node = Node::new("https://api.example.com/v1/");
    node.api_key = Some(Secret::new("sk-1"));
    let mut request = Request {
        model: "ignored".to_owned(),
        messages: vec![Message::text(Role::User, "Hi \"there\"\n")],
        sampling: Sampling { temperature: Some(0.7), stop: vec!["END".to_owned()], ..Sampling::default() },
        controls: Default::default(),
        plan: Default::default(),
        trace: "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01".parse::<TraceContext>().ok(),
    };
    let http = completion(&node, "m", &request).unwrap();
    assert_eq!(http.method(), "POST");
    assert_eq!(http.uri(), "https://api.example.com/v1/chat/completions");
    assert_eq!(http.headers()["authorization"], "Bearer sk-1");
    assert_eq!(http.headers()["traceparent"], "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01");
    assert_eq!(http.headers()["content-type"], "application/json");
    let body = r#"{"model":"m","messages":[{"role":"user","content":"Hi \"there\"\n"}],"stream":true,"stream_options":{"include_usage":true},"temperature":0.7,"stop":["END"]}"#;
    assert_eq!(std::str::from_utf8(http.body()), Ok(body));

    request.trace = None;
    let http = completion(&Node::new("http://127.0.0.1:9000/v1"), "m", &request).unwrap();
    assert!(http.headers().get("authorization").is_none() && http.headers().get("traceparent").is_none());
    let http = completion(&Node::new("http://127.0.0.1:9000/v1"), "", &request).unwrap();
    assert!(http.body().starts_with(b"{\"messages\":"));
    let http = models(&Node::new("http://127.0.0.1:9000/v1")).unwrap();
    assert_eq!((http.method().as_str(), http.uri().path()), ("GET", "/v1/models"));
}

proptest! {
    #[test]
    fn any_split_decodes_to_the_same(which in 0usize..7, mut cuts in prop::collection::vec(0.0f64..1.0, 0..40)) {
        let broken = format!("{}data: {{\"error\":{{\"message\":\"x\"}}}}\r\rdata: later\n\n", OPENAI.replace("data: [DONE]\n\n", ""));
        let returns = LLAMA_CPP_PYTHON.replace("\r\n", "\r");
        let streams =
            [LLAMA_CPP_PYTHON, OPENAI, VLLM_REASONING, NOT_STREAMED, MISTRAL_PARTS, broken.as_str(), returns.as_str()];
        let stream = streams[which].as_bytes();
        cuts.sort_by(f64::total_cmp);
        let mut pieces = Vec::new();
        let mut from = 0;
        for cut in cuts {
            let to = ((cut * stream.len() as f64) as usize).max(from);
            pieces.push(&stream[from..to]);
            from = to;
        }
        pieces.push(&stream[from..]);
        prop_assert_eq!(decode(pieces), decode([stream]));
    }

    #[test]
    fn no_bytes_make_the_decoder_panic_or_grow(bytes in prop::collection::vec(any::<u8>(), 0..2000)) {
        let whole = decode([bytes.as_slice()]);
        prop_assert_eq!(decode(bytes.chunks(1)), whole);
    }
}
