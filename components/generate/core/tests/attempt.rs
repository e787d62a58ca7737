//! One call against a clock that the test winds.

use std::time::Duration;

use gusset_generate::config::Secret;
use gusset_generate::{Attempt, Cause, Event, Limit, Node, Place, Transport};
use gusset_types::{FinishReason, Usage};
use http::{HeaderMap, StatusCode};

const ROLE: &[u8] = b"data: {\"choices\":[{\"delta\":{\"role\":\"assistant\",\"content\":\"\"}}]}\n\n";
const TOKEN: &[u8] = b"data: {\"model\":\"m\",\"choices\":[{\"delta\":{\"content\":\"a\"}}]}\n\n";
const THOUGHT: &[u8] = b"data: {\"choices\":[{\"delta\":{\"reasoning_content\":\"hm\"}}]}\n\n";
const END: &[u8] = b"data: {\"choices\":[{\"delta\":{},\"finish_reason\":\"stop\"}],\"usage\":{\"prompt_tokens\":7,\"completion_tokens\":2}}\n\ndata: [DONE]\n\n";

fn node() -> Node {
    let mut node = Node::new("http://gpu-1:8000/v1/");
    (node.first_token_ms, node.between_tokens_ms, node.total_ms) = (1_000, 300, 2_000);
    node.api_key = Some(Secret::new("sk-secret"));
    node
}

fn ms(ms: u64) -> Duration {
    // Not at the origin of the clock.
    Duration::from_millis(1_000_000 + ms)
}

#[test]
fn a_completion_is_timed_from_its_start() {
    let (node, mut events) = (node(), Vec::new());
    let mut attempt = Attempt::start(&node, ms(0));
    attempt.respond(StatusCode::OK, &HeaderMap::new());
    attempt.push(ROLE, ms(40), &mut events).unwrap();
    attempt.push(TOKEN, ms(100), &mut events).unwrap();
    attempt.push(END, ms(150), &mut events).unwrap();
    assert_eq!(events, [Event::Text("a".to_owned())]);
    assert!(attempt.is_complete());
    let outcome = attempt.finish(ms(160), &mut events).unwrap().into_outcome(&node, "asked", Vec::new());
    assert_eq!((outcome.target.as_str(), outcome.model.as_str()), ("http://gpu-1:8000/v1", "m"));
    assert_eq!((outcome.first_token_ms, outcome.elapsed_ms), (100, 160));
    assert_eq!(outcome.finish_reason, FinishReason::Stop);
    assert_eq!(outcome.usage, Some(Usage { prompt_tokens: 7, completion_tokens: 2, ..Usage::default() }));
}

#[test]
fn the_limits_follow_the_tokens() {
    let (node, mut events) = (node(), Vec::new());
    let mut attempt = Attempt::start(&node, ms(0));
    assert_eq!((attempt.deadline().at, attempt.deadline().limit), (ms(1_000), Limit::FirstToken));
    attempt.respond(StatusCode::OK, &HeaderMap::new());
    attempt.push(b": keep-alive\n\n", ms(900), &mut events).unwrap();
    attempt.push(ROLE, ms(950), &mut events).unwrap();
    assert_eq!(attempt.deadline().at, ms(1_000), "a comment or a role is no token");
    attempt.push(THOUGHT, ms(960), &mut events).unwrap();
    assert_eq!((attempt.deadline().at, attempt.deadline().limit), (ms(1_260), Limit::BetweenTokens));
    attempt.push(TOKEN, ms(1_900), &mut events).unwrap();
    assert_eq!((attempt.deadline().at, attempt.deadline().limit), (ms(2_000), Limit::Total));
    let failure = attempt.time_out(ms(2_001));
    assert_eq!((failure.cause, failure.place, failure.retryable), (Cause::TimedOut, Place::Node, true));
    assert_eq!(failure.elapsed_ms, 2_001);
    assert!(failure.message.contains("`total_ms`"), "{}", failure.message);
}

#[test]
fn a_refusal_is_reported_without_the_key() {
    let (node, mut events) = (node(), Vec::new());
    let mut attempt = Attempt::start(&node, ms(0));
    attempt.respond(StatusCode::UNAUTHORIZED, &HeaderMap::new());
    attempt.push(br#"{"error":{"message":"Incorrect API key: sk-"#, ms(1), &mut events).unwrap();
    attempt.push(br#"secret"}}"#, ms(2), &mut events).unwrap();
    let failure = attempt.finish(ms(3), &mut events).unwrap_err();
    assert_eq!(failure.cause, Cause::Unauthorized);
    assert_eq!(failure.message, "HTTP 401: Incorrect API key: [api_key]");
}

#[test]
fn an_endless_refusal_is_cut() {
    let (node, mut events) = (node(), Vec::new());
    let mut attempt = Attempt::start(&node, ms(0));
    attempt.respond(StatusCode::INTERNAL_SERVER_ERROR, &HeaderMap::new());
    let failure = (0..100).find_map(|_| attempt.push(&[b'x'; 1024], ms(1), &mut events).err());
    assert_eq!(failure.unwrap().cause, Cause::Refused);
}

#[test]
fn what_the_transport_reports_has_a_cause() {
    let node = node();
    let attempt = Attempt::start(&node, ms(0));
    for (kind, cause, place, retryable) in [
        (Transport::Unreachable, Cause::Unreachable, Place::Node, true),
        (Transport::ConnectTimedOut, Cause::TimedOut, Place::Node, true),
        (Transport::Broken, Cause::Interrupted, Place::Node, true),
        (Transport::Denied, Cause::Internal, Place::Edge, false),
    ] {
        let failure = attempt.transport(kind, "because", ms(5));
        assert_eq!((failure.cause, failure.place, failure.retryable), (cause, place, retryable));
        assert_eq!((failure.target.as_str(), failure.elapsed_ms), ("http://gpu-1:8000/v1", 5));
        assert!(failure.message.contains("because"));
    }
    let failure = attempt.finish(ms(6), &mut Vec::new()).unwrap_err();
    assert_eq!(failure.cause, Cause::Interrupted);
}
