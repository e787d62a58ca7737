//! What does Gusset add to a call of a model?
//!
//! The upstream is a server of this process that answers at once, so that all that is seen is overhead: latency beside a call of the upstream
//! itself, and CPU of the host (`/proc/<pid>/stat`, of all its threads) a request. A plain call is sent with `cache-control: no-store`, so that it reaches the upstream
//! every time.
//!
//! `cargo xtask bench gateway`

use gusset_benches::{Comparison, Server, built};
use serde_json::{Value, json};
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};

/// Requests of which the CPU is measured together: the kernel counts it in steps of 10 ms.
const REQUESTS: u32 = 500;

/// Times that each kind is measured; the median counts.
const ROUNDS: usize = 5;

fn main() -> anyhow::Result<()> {
    let upstream = upstream()?;
    let configuration = format!(
        "[[nodes]]\nurl = \"{upstream}/v1\"\nmodel = \"m\"\n[cache]\nwrong_share = 0.05\nverify_share = 0.0\n"
    );
    let gusset = Server::with(&built("debug/gusset"), &built("gusset.wasm"), &configuration)?;
    let agent: ureq::Agent = ureq::Agent::config_builder().http_status_as_error(true).build().into();
    let ask = |base: &str, content: &str, stream: bool, control: &str| -> anyhow::Result<(String, usize)> {
        let body =
            json!({"model": "m", "stream": stream, "messages": [{"role": "user", "content": content}]});
        let mut answer = agent
            .post(format!("{base}/v1/chat/completions"))
            .header("cache-control", control)
            .send_json(body)?;
        let said = answer.headers().get("x-gusset-cache").and_then(|value| value.to_str().ok());
        let said = said.unwrap_or_default().to_owned();
        Ok((said, answer.body_mut().read_to_vec()?.len()))
    };
    let question = "How do I reset my password?";
    ask(gusset.url(), question, false, "")?;
    let plain = || ask(gusset.url(), question, false, "no-store");
    let stream = || ask(gusset.url(), STREAMED, true, "no-store");
    let hit = || ask(gusset.url(), question, false, "");
    let similar = || ask(gusset.url(), "how do i reset my password", false, "only-if-cached");
    anyhow::ensure!(hit()?.0 == "hit", "the cache says {}", hit()?.0);
    let semantic = similar().is_ok_and(|(said, _)| said.starts_with("semantic-hit"));
    if !semantic {
        println!("no row for a semantic hit: the prior alone does not serve this question");
    }

    let direct = || ask(&upstream, question, false, "");
    let direct_stream = || ask(&upstream, STREAMED, true, "");
    let mut latency = Comparison::new("Latency, one request at a time over HTTP keep-alive")
        .with("upstream itself, plain", || direct().is_ok())
        .with("upstream itself, stream of 100 events", || direct_stream().is_ok())
        .with("gusset, plain", || plain().is_ok())
        .with("gusset, stream of 100 events", || stream().is_ok())
        .with("gusset, exact hit", || hit().is_ok());
    if semantic {
        latency = latency.with("gusset, semantic hit", || similar().is_ok());
    }
    latency.run(300);

    println!("\nCPU of the host\n\n| | median a request |\n|---|---|");
    type Kind<'a> = (&'a str, &'a dyn Fn() -> anyhow::Result<(String, usize)>);
    let mut kinds: Vec<Kind<'_>> =
        vec![("plain", &plain), ("stream of 100 events", &stream), ("exact hit", &hit)];
    if semantic {
        kinds.push(("semantic hit", &similar));
    }
    let mut times = vec![Vec::new(); kinds.len()];
    for _ in 0..ROUNDS {
        for ((_, call), times) in kinds.iter().zip(&mut times) {
            let before = gusset.cpu()?;
            for _ in 0..REQUESTS {
                call()?;
            }
            times.push((gusset.cpu()? - before) / REQUESTS);
        }
    }
    for ((name, _), times) in kinds.iter().zip(&mut times) {
        times.sort();
        let median = times.get(ROUNDS / 2).copied().unwrap_or_default();
        println!("| {name} | {:.0} µs |", median.as_secs_f64() * 1e6);
    }
    Ok(())
}

/// Asks the upstream for a hundred events instead of one.
const STREAMED: &str = "A hundred, please.";

/// A server that speaks as much of the protocol as the host and this bench need, on a thread a connection; its address.
fn upstream() -> anyhow::Result<String> {
    let listener = TcpListener::bind("127.0.0.1:0")?;
    let address = listener.local_addr()?;
    std::thread::spawn(move || {
        for connection in listener.incoming().map_while(Result::ok) {
            // A connection that breaks is the host's to notice.
            std::thread::spawn(move || drop(serve(connection)));
        }
    });
    Ok(format!("http://{address}"))
}

fn serve(connection: TcpStream) -> std::io::Result<()> {
    connection.set_nodelay(true)?;
    let mut reader = BufReader::new(connection.try_clone()?);
    let mut writer = connection;
    let (one, hundred) = (events(1), events(100));
    loop {
        let (mut length, mut lines) = (0, 0);
        loop {
            let mut line = String::new();
            if reader.read_line(&mut line)? == 0 {
                return Ok(());
            }
            if line.trim_end().is_empty() {
                break;
            }
            lines += 1;
            if let Some((name, value)) = line.split_once(':')
                && name.eq_ignore_ascii_case("content-length")
            {
                length = value.trim().parse().unwrap_or(0);
            }
        }
        if lines == 0 {
            continue;
        }
        let mut body = vec![0; length];
        reader.read_exact(&mut body)?;
        let body = String::from_utf8_lossy(&body);
        if body.contains(STREAMED) {
            // Event by event, as a model says them.
            write!(
                writer,
                "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n"
            )?;
            for event in &hundred {
                write!(writer, "{:x}\r\n{event}\r\n", event.len())?;
            }
            write!(writer, "0\r\n\r\n")?;
        } else {
            let body = one.concat();
            write!(
                writer,
                "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ncontent-length: {}\r\n\r\n{body}",
                body.len()
            )?;
        }
        writer.flush()?;
    }
}

/// An answer of so many tokens as server-sent events.
fn events(tokens: usize) -> Vec<String> {
    let event = |choices: Value, usage: Value| {
        let event = json!({"id": "c", "object": "chat.completion.chunk", "created": 1, "model": "m", "choices": choices, "usage": usage});
        format!("data: {event}\n\n")
    };
    let token =
        event(json!([{"index": 0, "delta": {"content": "word "}, "finish_reason": null}]), Value::Null);
    let mut all = vec![token; tokens];
    all.push(event(json!([{"index": 0, "delta": {}, "finish_reason": "stop"}]), Value::Null));
    let usage = json!({"prompt_tokens": 9, "completion_tokens": tokens, "total_tokens": 9 + tokens});
    all.push(event(json!([]), usage));
    all.push("data: [DONE]\n\n".to_owned());
    all
}
