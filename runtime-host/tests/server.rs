//! The host around a guest that misbehaves on demand: bounds, isolation, overload, drain.

#![expect(clippy::unwrap_used, reason = "a test that can't go on has failed")]

mod guest;

use gusset::Runtime;
use gusset::config::{Config, Environment};
use gusset::server::Server;
use std::net::SocketAddr;
use std::path::Path;
use std::time::{Duration, Instant};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// A server with these settings in memory, on a port of its own.
async fn serve(settings: &str) -> Server {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("guest.wasm");
    std::fs::write(&path, guest::component()).unwrap();
    let text = format!("listen = '127.0.0.1:0'\n[state]\nmemory = true\n[limits]\n{settings}");
    let config = Config::parse(&text, Path::new("gusset.toml"), &Environment::default()).unwrap();
    let runtime = Runtime::new(config).unwrap();
    let artefact = runtime.artefact(&path).unwrap();
    runtime.serve(runtime.application(&artefact).await.unwrap()).await.unwrap()
}

/// What comes back on a connection of its own.
async fn send(address: SocketAddr, request: &str) -> String {
    let mut stream = TcpStream::connect(address).await.unwrap();
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut response = String::new();
    stream.read_to_string(&mut response).await.unwrap();
    response
}

async fn get(address: SocketAddr, path: &str) -> String {
    send(address, &format!("GET {path} HTTP/1.1\r\nhost: test\r\nconnection: close\r\n\r\n")).await
}

fn status(response: &str) -> &str {
    response.split_whitespace().nth(1).unwrap_or(response)
}

#[test]
fn a_looping_guest_dies_alone_and_in_time() {
    gusset::engine::executor().unwrap().block_on(async {
        let server = serve("request_seconds = 3").await;
        let address = server.address();
        let start = Instant::now();
        // More of them than a small machine has threads.
        let loops: Vec<_> =
            (0..4).map(|_| tokio::spawn(async move { get(address, "/loop").await })).collect();
        let mut answered = 0;
        loop {
            assert_eq!(status(&get(address, "/").await), "200");
            if loops.iter().any(|looping| looping.is_finished()) {
                break;
            }
            answered += 1;
            assert!(start.elapsed() < Duration::from_secs(30), "a looping guest outlives its time");
        }
        assert!(answered >= 3, "{answered} answers while all of them looped");
        for looping in loops {
            let response = looping.await.unwrap();
            assert_eq!(status(&response), "504");
            assert!(response.contains(r#""code":"timeout""#), "{response}");
        }
        server.stop().await;
        println!("{answered} answers between four guests that loop");
    });
}

#[tokio::test]
async fn a_trap_is_an_answer_and_ends_nothing_else() {
    let server = serve("").await;
    for _ in 0..3 {
        let response = get(server.address(), "/trap").await;
        assert_eq!(status(&response), "500");
        assert!(response.contains(r#""code":"internal_error""#), "{response}");
        assert_eq!(status(&get(server.address(), "/").await), "200");
    }
    server.stop().await;
}

#[tokio::test]
async fn memory_beyond_the_limit_is_refused() {
    let server = serve("instance_memory_bytes = 134217728").await;
    assert_eq!(status(&get(server.address(), "/hog").await), "200");
    server.stop().await;
}

#[tokio::test]
async fn one_request_too_many_is_told_to_come_back() {
    let server = serve("concurrent_requests = 1").await;
    let address = server.address();
    let responses = futures::future::join_all((0..8).map(|_| get(address, "/slow"))).await;
    let (refused, answered): (Vec<_>, Vec<_>) =
        responses.iter().partition(|response| status(response) == "503");
    assert!(
        !answered.is_empty() && answered.iter().all(|response| status(response) == "200"),
        "{answered:?}"
    );
    let refused = refused.first().expect("one of eight is too many");
    assert!(
        refused.contains("retry-after: 1\r\n") && refused.contains(r#""code":"overloaded""#),
        "{refused}"
    );
    assert_eq!(status(&get(address, "/").await), "200");
    server.stop().await;
}

#[tokio::test]
async fn a_body_beyond_every_limit_is_refused_unread() {
    let server = serve("body_bytes = 1000\nfile_bytes = 1000").await;
    let cap = 1000 + (1 << 20);
    let head =
        format!("POST / HTTP/1.1\r\nhost: test\r\ncontent-length: {}\r\nconnection: close\r\n\r\n", cap + 1);
    let response = send(server.address(), &(head + &" ".repeat(cap + 1))).await;
    assert_eq!(status(&response), "413");
    assert!(response.contains(&format!("larger than {cap} bytes")), "{response}");
    server.stop().await;
}

#[tokio::test]
async fn a_connection_serves_one_request_after_another() {
    let server = serve("").await;
    let mut stream = TcpStream::connect(server.address()).await.unwrap();
    for _ in 0..3 {
        stream.write_all(b"GET / HTTP/1.1\r\nhost: test\r\n\r\n").await.unwrap();
        let mut response = Vec::new();
        while !response.ends_with(b"0\r\n\r\n") && !response.ends_with(b"content-length: 0\r\n\r\n") {
            let mut byte = [0];
            stream.read_exact(&mut byte).await.unwrap();
            response.extend(byte);
        }
        assert!(response.starts_with(b"HTTP/1.1 200"));
    }
    drop(stream);
    server.stop().await;
}

#[tokio::test]
async fn what_is_in_progress_finishes_before_the_server_stops() {
    let server = serve("").await;
    let address = server.address();
    let mut stream = TcpStream::connect(address).await.unwrap();
    stream.write_all(b"GET /slow HTTP/1.1\r\nhost: test\r\n\r\n").await.unwrap();
    // Answered, so the server has accepted the connection before it.
    assert_eq!(status(&get(address, "/").await), "200");
    let start = Instant::now();
    server.stop().await;
    assert!(start.elapsed() < Duration::from_secs(5), "stopping took {:?}", start.elapsed());
    let mut response = String::new();
    stream.read_to_string(&mut response).await.unwrap();
    assert_eq!(status(&response), "200", "{response}");
    assert!(TcpStream::connect(address).await.is_err(), "nothing is accepted any more");
}

#[tokio::test]
async fn draining_is_bounded() {
    let server = serve("drain_seconds = 1").await;
    let address = server.address();
    let looping = tokio::spawn(async move { get(address, "/loop").await });
    assert_eq!(status(&get(address, "/").await), "200");
    let start = Instant::now();
    server.stop().await;
    assert!(start.elapsed() < Duration::from_secs(5), "stopping took {:?}", start.elapsed());
    looping.abort();
}

#[tokio::test]
async fn an_address_that_is_taken_is_named_with_the_remedy() {
    let server = serve("").await;
    let config = format!("listen = '{}'\n[state]\nmemory = true", server.address());
    let config = Config::parse(&config, Path::new("gusset.toml"), &Environment::default()).unwrap();
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("guest.wasm");
    std::fs::write(&path, guest::component()).unwrap();
    let runtime = Runtime::new(config).unwrap();
    let application = runtime.application(&runtime.artefact(&path).unwrap()).await.unwrap();
    let error = runtime.serve(application).await.err().unwrap().to_string();
    assert!(error.contains("is taken by another process") && error.contains("--listen"), "{error}");
    server.stop().await;
}

#[tokio::test]
async fn what_is_compiled_once_is_found_again() {
    let directory = tempfile::tempdir().unwrap();
    let cache = directory.path().join("cache");
    let environment = [("GUSSET_CACHE", cache.to_str().unwrap())].into_iter().collect();
    let config = Config::parse("[state]\nmemory = true", Path::new("gusset.toml"), &environment).unwrap();
    let path = directory.path().join("guest.wasm");
    std::fs::write(&path, guest::component()).unwrap();
    let runtime = Runtime::new(config).unwrap();
    let artefact = runtime.artefact(&path).unwrap();
    assert!(!artefact.is_compiled());
    runtime.application(&artefact).await.unwrap();
    let again = runtime.artefact(&path).unwrap();
    assert!(again.is_compiled());
    // A damaged one is compiled anew, not trusted.
    std::fs::write(again.compiled_path().unwrap(), "garbage").unwrap();
    runtime.application(&again).await.unwrap();
    for (bytes, expected) in [
        (&b"text"[..], "guest.wasm is not a component: it does not begin as WebAssembly does"),
        (b"\0asm\x01\0\0\0", "guest.wasm is not a component: it is a core module"),
        (b"\0asm\x0d\0\x01\0damaged", "guest.wasm can't be compiled"),
    ] {
        std::fs::write(&path, bytes).unwrap();
        let artefact = runtime.artefact(&path);
        let made = match &artefact {
            Ok(artefact) => runtime.application(artefact).await.err(),
            Err(_) => artefact.err(),
        };
        let error = made.unwrap().to_string();
        assert!(error.contains(expected), "{error}");
    }
}
