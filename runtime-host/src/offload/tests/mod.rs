//! The native filling against real sockets: nodes that answer, refuse, stall, break off and rave.

mod outages;

use super::*;
use gusset_generate::{Cause, Outcome, Plan};
use gusset_types::{Controls, Message, Role, Sampling};
use std::future::poll_fn;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc;

/// What a node does with a completion's connection once the request is read.
#[derive(Clone, Copy)]
enum Behaviour {
    /// Sends this body, chunked, and ends it.
    Says(&'static str),
    /// Sends this body and closes the connection in the middle of it.
    BreaksAfter(&'static str),
    /// Sends this body, and then nothing.
    StallsAfter(&'static str),
    /// Answers with this status.
    Refuses(u16),
    /// Answers that it wants fewer requests, and with this header line when to come again.
    Limits(&'static str),
}

/// A server with a model `tiny`; what it was sent comes out of the channel.
async fn node(behaviour: Behaviour) -> (Node, mpsc::UnboundedReceiver<String>) {
    changing(&[behaviour]).await
}

/// A server that does one thing after another with the completions that it's asked for, and the last from then on.
async fn changing(behaviours: &[Behaviour]) -> (Node, mpsc::UnboundedReceiver<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let mut node = Node::new(format!("http://{}/v1", listener.local_addr().unwrap()));
    (node.first_token_ms, node.between_tokens_ms) = (400, 400);
    // A wait that no test needs to sit out.
    (node.retry.backoff_ms, node.breaker.open_ms) = (20, 300);
    let (sent, received) = mpsc::unbounded_channel();
    let script = Arc::new(Script { behaviours: behaviours.to_vec(), asked: AtomicUsize::new(0) });
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            tokio::spawn(converse(stream, Arc::clone(&script), sent.clone()));
        }
    });
    (node, received)
}

/// What a server does with one completion after another.
struct Script {
    behaviours: Vec<Behaviour>,
    asked: AtomicUsize,
}

impl Script {
    fn next(&self) -> Behaviour {
        let asked = self.asked.fetch_add(1, Ordering::Relaxed);
        self.behaviours[asked.min(self.behaviours.len() - 1)]
    }
}

/// Serves requests on one connection, one after another.
async fn converse(mut stream: TcpStream, script: Arc<Script>, sent: mpsc::UnboundedSender<String>) {
    while let Some(request) = read(&mut stream).await {
        let listing = request.starts_with("GET /v1/models ");
        let _ = sent.send(request);
        if listing {
            let body = r#"{"data":[{"id":"tiny","max_model_len":2048}]}"#;
            let response = format!("HTTP/1.1 200 OK\r\ncontent-length: {}\r\n\r\n{body}", body.len());
            stream.write_all(response.as_bytes()).await.unwrap();
            continue;
        }
        let head = "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n";
        let chunk = |body: &str| format!("{head}{:x}\r\n{body}\r\n", body.len());
        match script.next() {
            Behaviour::Says(body) => {
                stream.write_all(format!("{}0\r\n\r\n", chunk(body)).as_bytes()).await.unwrap()
            }
            Behaviour::BreaksAfter(body) => return stream.write_all(chunk(body).as_bytes()).await.unwrap(),
            Behaviour::StallsAfter(body) => {
                stream.write_all(chunk(body).as_bytes()).await.unwrap();
                // Ends when the other side gives up.
                let ended = stream.read(&mut [0]).await;
                let _ = sent.send(format!("closed: {ended:?}"));
                return;
            }
            Behaviour::Limits(again) => {
                let response = format!("HTTP/1.1 429 Slow down\r\n{again}\r\ncontent-length: 0\r\n\r\n");
                stream.write_all(response.as_bytes()).await.unwrap();
            }
            Behaviour::Refuses(status) => {
                let response = format!("HTTP/1.1 {status} No\r\ncontent-length: 0\r\n\r\n");
                stream.write_all(response.as_bytes()).await.unwrap();
            }
        }
    }
}

async fn read(stream: &mut TcpStream) -> Option<String> {
    let mut request = String::new();
    loop {
        let mut bytes = [0; 4096];
        let read = stream.read(&mut bytes).await.ok().filter(|read| *read > 0)?;
        request.push_str(std::str::from_utf8(&bytes[..read]).unwrap());
        if let Some((head, body)) = request.split_once("\r\n\r\n") {
            let length = head.lines().find_map(|line| line.strip_prefix("content-length: ")).unwrap_or("0");
            if body.len() == length.parse::<usize>().unwrap() {
                return Some(request);
            }
        }
    }
}

/// A port where nobody listens.
async fn nobody() -> Node {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let mut node = Node::new(format!("http://{}/v1", listener.local_addr().unwrap()));
    (node.retry.backoff_ms, node.breaker.open_ms) = (20, 300);
    node
}

fn request(model: &str) -> Request {
    Request {
        model: model.into(),
        messages: vec![Message::text(Role::User, "Hello")],
        sampling: Sampling::default(),
        controls: Controls::default(),
        plan: Plan::default(),
        trace: "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01".parse().ok(),
    }
}

async fn listen(mut completion: Completion) -> (String, Result<Outcome, Error>) {
    let outcome = completion.outcome();
    let mut text = String::new();
    loop {
        let events = poll_fn(|cx| completion.poll_events(cx)).await;
        if events.is_empty() {
            return (text, outcome.await);
        }
        text.extend(events.into_iter().filter_map(|event| match event {
            gusset_generate::Event::Text(piece) => Some(piece),
            _ => None,
        }));
    }
}

const HELLO: &str = "data: {\"model\":\"tiny-1\",\"choices\":[{\"delta\":{\"content\":\"Hel\"}}]}\n\n\
    data: {\"choices\":[{\"delta\":{\"content\":\"lo\"},\"finish_reason\":\"stop\"}]}\n\n\
    data: {\"choices\":[],\"usage\":{\"prompt_tokens\":3,\"completion_tokens\":2}}\n\n\
    data: [DONE]\n\n";
const HALF: &str = "data: {\"choices\":[{\"delta\":{\"content\":\"Hel\"}}]}\n\n";

#[tokio::test]
async fn a_completion_is_streamed_with_its_outcome() {
    let (node, mut received) = node(Behaviour::Says(HELLO)).await;
    let (text, outcome) = listen(Offload::new(&[node]).generate(request("tiny")).await.unwrap()).await;
    let outcome = outcome.unwrap();
    assert_eq!((text.as_str(), outcome.model.as_str()), ("Hello", "tiny-1"));
    assert_eq!(outcome.usage.map(|usage| usage.completion_tokens), Some(2));
    received.recv().await.unwrap();
    let sent = received.recv().await.unwrap();
    assert!(sent.starts_with("POST /v1/chat/completions "), "{sent}");
    assert!(sent.contains("traceparent: 00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"), "{sent}");
}

#[tokio::test]
async fn the_first_node_that_speaks_answers() {
    let (refusing, _refused) = node(Behaviour::Refuses(503)).await;
    let (silent, _ignored) = node(Behaviour::StallsAfter(": one moment\n\n")).await;
    let (garbled, _garbage) = node(Behaviour::Says("data: }{\n\n")).await;
    let (speaking, _received) = node(Behaviour::Says(HELLO)).await;
    let mut nodes = [nobody().await, refusing, silent, garbled, speaking];
    for node in &mut nodes {
        node.model = Some("tiny".into());
        node.retry.attempts = 0;
    }
    let (text, outcome) = listen(Offload::new(&nodes).generate(request("tiny")).await.unwrap()).await;
    assert_eq!(text, "Hello");
    let causes: Vec<Cause> = outcome.unwrap().failures.iter().map(|failure| failure.cause).collect();
    assert_eq!(causes, [Cause::Unreachable, Cause::Overloaded, Cause::TimedOut, Cause::Malformed]);
}

#[tokio::test]
async fn nobody_left_is_an_error_that_lists_every_attempt() {
    let mut down = nobody().await;
    down.model = Some("tiny".into());
    down.retry.attempts = 1;
    let Err(Error::Failed(failures)) = Offload::new(&[down]).generate(request("")).await else { panic!() };
    assert_eq!(failures.iter().map(|failure| failure.cause).collect::<Vec<_>>(), [Cause::Unreachable; 2]);
    let Err(Error::NoTarget(models)) = Offload::new(&[]).generate(request("")).await else { panic!() };
    assert!(models.is_empty());
}

/// A stream that breaks after its first token never looks complete, whichever way it breaks.
#[tokio::test]
async fn a_broken_stream_ends_with_its_failure() {
    for (behaviour, cause) in [
        (Behaviour::BreaksAfter(HALF), Cause::Interrupted),
        (Behaviour::Says(HALF), Cause::Interrupted),
        (Behaviour::StallsAfter(HALF), Cause::TimedOut),
    ] {
        let (broken, _received) = node(behaviour).await;
        let (other, _unused) = node(Behaviour::Says(HELLO)).await;
        let completion = Offload::new(&[broken, other]).generate(request("tiny")).await.unwrap();
        let (text, outcome) = listen(completion).await;
        assert_eq!(text, "Hel");
        let Err(Error::Failed(failures)) = outcome else { panic!("{cause} looks complete") };
        assert_eq!(failures.last().map(|failure| failure.cause), Some(cause));
    }
}

#[tokio::test]
async fn dropping_the_stream_ends_the_call() {
    let (mut node, mut received) = node(Behaviour::StallsAfter(HALF)).await;
    node.between_tokens_ms = 60_000;
    let mut completion = Offload::new(&[node]).generate(request("tiny")).await.unwrap();
    let outcome = completion.outcome();
    drop(completion);
    let closed = tokio::time::timeout(Duration::from_secs(5), async {
        while let Some(event) = received.recv().await {
            if event.starts_with("closed") {
                return event;
            }
        }
        unreachable!("the node outlives the test")
    });
    assert_eq!(closed.await.unwrap(), "closed: Ok(0)");
    assert!(outcome.await.is_err());
}

#[tokio::test]
async fn models_are_those_of_the_nodes_that_answer() {
    let (listing, _received) = node(Behaviour::Refuses(500)).await;
    let (mut named, _asked) = node(Behaviour::Refuses(500)).await;
    named.model = Some("other".into());
    let down = nobody().await;
    let offload = Offload::new(&[down, listing.clone(), named.clone(), listing.clone()]);
    let models = offload.list_models().await;
    let names: Vec<(&str, &str, Option<u32>)> = models
        .iter()
        .map(|listed| (listed.model.name.as_str(), listed.target.as_str(), listed.model.context_tokens))
        .collect();
    assert_eq!(names, [("tiny", listing.target(), Some(2048)), ("other", named.target(), None)]);
}

/// The system accepts for a process that never does: connected, and never answered.
#[tokio::test]
async fn a_listing_that_never_comes_is_not_waited_for() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let silent = Node::new(format!("http://{}/v1", listener.local_addr().unwrap()));
    let start = Instant::now();
    assert!(Offload::new(&[silent]).list_models().await.is_empty());
    assert!(start.elapsed() < Duration::from_secs(4));
}
