//! Does the host's memory stay flat, over a million requests and while a thousand streams are open?
//!
//! First requests, half of them the same (exact hits) and half of them each a question of its own (calls of the upstream, which write the cache),
//! from a few connections at once; after 1,000, 10,000 and so on what the host has in memory, and what it has stored, which is bounded by the
//! cache's and the traces' limits. Then, twice, streams whose upstream takes half a second an event, all open at once and then dropped: what they
//! held is to be given back, and the second thousand to need no more than the first. Ends by itself after `GUSSET_REQUESTS` requests (default:
//! 100,000), with state in a file and in memory; in memory with small limits, so that what is stored is soon as much as it may be.
//!
//! `GUSSET_REQUESTS=1000000 cargo xtask bench memory`

use anyhow::{Context, ensure};
use gusset_benches::server::State;
use gusset_benches::{Server, built, upstream};
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

/// Requests unless it is said otherwise: some minutes.
const REQUESTS: u64 = 100_000;

/// Connections that send them.
const CONNECTIONS: u64 = 8;

/// Requests before the first line of the table; each further line has ten times as many.
const FIRST: u64 = 1000;

/// Streams open at once.
const STREAMS: u64 = 1000;

/// How often they are opened.
const BURSTS: usize = 2;

/// Instances end when they have been idle for ten seconds, and what they held is given back at most ten seconds later.
const SETTLED: Duration = Duration::from_secs(25);

/// The fewest entries that a cache may be given.
const SMALL: &str = "[cache]\nmax_entries = 64\n[telemetry]\ntraces_kept = 100\n";

fn main() -> anyhow::Result<()> {
    let requests = match std::env::var("GUSSET_REQUESTS") {
        Ok(text) => text.parse().context("GUSSET_REQUESTS is no number")?,
        Err(_) => REQUESTS,
    };
    let upstream = upstream::start()?;
    let configuration = format!("[[nodes]]\nurl = \"{upstream}/v1\"\nmodel = \"m\"\n");
    let gusset = built("debug/gusset");
    for (title, state, limits) in
        [("state in a file", State::File, ""), ("state in memory, small limits", State::Memory, SMALL)]
    {
        let host = Server::with(&gusset, &built("gusset.wasm"), state, &format!("{configuration}{limits}"))?;
        println!("\nRequests, {title}\n\n| requests | memory | stored | CPU a request |\n|---|---|---|---|");
        println!("| 0 | {} | {} | |", megabytes(host.memory()?), megabytes(host.stored()?));
        let mut sent = 0;
        for until in lines(requests) {
            let before = host.cpu()?;
            send_all(&host, sent, until - sent)?;
            let cpu = (host.cpu()? - before).as_secs_f64() * 1e6 / (until - sent) as f64;
            println!(
                "| {until} | {} | {} | {cpu:.0} µs |",
                megabytes(host.memory()?),
                megabytes(host.stored()?)
            );
            sent = until;
        }
        println!("\nStreams, {title}\n\n| open | memory | a stream |\n|---|---|---|");
        for _ in 0..BURSTS {
            let before = host.memory()?;
            println!("| 0 | {} | |", megabytes(before));
            let streams = open_all(&host)?;
            std::thread::sleep(Duration::from_secs(2));
            let memory = host.memory()?;
            let kilobytes = memory.saturating_sub(before) / STREAMS / 1000;
            println!("| {} | {} | {kilobytes} kB |", streams.len(), megabytes(memory));
            drop(streams);
            std::thread::sleep(SETTLED);
        }
        println!("| 0 | {} | |\n\n{} threads", megabytes(host.memory()?), host.threads()?);
    }
    Ok(())
}

/// After how many requests there is a line: 1,000, 10,000 and so on, and all of them.
fn lines(requests: u64) -> Vec<u64> {
    let powers = std::iter::successors(Some(FIRST), |line| line.checked_mul(10));
    powers.take_while(|line| *line < requests).chain([requests]).collect()
}

/// Sends requests from a few connections, and waits for their answers.
fn send_all(host: &Server, first: u64, count: u64) -> anyhow::Result<()> {
    let next = AtomicU64::new(0);
    std::thread::scope(|scope| {
        let sender = || {
            let mut connection = connect(host)?;
            loop {
                let number = next.fetch_add(1, Ordering::Relaxed);
                if number >= count {
                    return anyhow::Ok(());
                }
                let question = match number % 2 {
                    0 => "The same again.".to_owned(),
                    _ => format!("What is the square of {}?", first + number),
                };
                ask(&mut connection, &question, false)?;
                read_whole(&mut connection)?;
            }
        };
        let senders: Vec<_> = (0..CONNECTIONS).map(|_| scope.spawn(sender)).collect();
        senders
            .into_iter()
            .try_for_each(|sender| sender.join().map_err(|_| anyhow::anyhow!("a sender panicked"))?)
    })
}

/// Opens the streams, each up to its first event.
fn open_all(host: &Server) -> anyhow::Result<Vec<BufReader<TcpStream>>> {
    let start = Instant::now();
    let mut streams = Vec::new();
    for number in 0..STREAMS {
        let mut stream = connect(host)?;
        ask(&mut stream, &format!("{} Number {number}.", upstream::SLOW), true)?;
        streams.push(stream);
    }
    for stream in &mut streams {
        let status = head(stream)?.0;
        ensure!(status == 200, "a stream was answered with {status}");
        let mut event = String::new();
        while !event.starts_with("data:") {
            event.clear();
            ensure!(stream.read_line(&mut event)? > 0, "a stream ended before its first event");
        }
    }
    println!("| {} open after {:.1} s | | |", streams.len(), start.elapsed().as_secs_f64());
    Ok(streams)
}

fn connect(host: &Server) -> anyhow::Result<BufReader<TcpStream>> {
    let stream = TcpStream::connect(host.url().trim_start_matches("http://"))?;
    stream.set_nodelay(true)?;
    stream.set_read_timeout(Some(Duration::from_secs(60)))?;
    Ok(BufReader::new(stream))
}

fn ask(connection: &mut BufReader<TcpStream>, question: &str, stream: bool) -> anyhow::Result<()> {
    let body = serde_json::json!({"model": "m", "stream": stream, "messages": [{"role": "user", "content": question}]});
    let body = body.to_string();
    let request = format!(
        "POST /v1/chat/completions HTTP/1.1\r\nhost: gusset\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n{body}",
        body.len()
    );
    Ok(connection.get_mut().write_all(request.as_bytes())?)
}

/// Status and length of a response.
fn head(connection: &mut BufReader<TcpStream>) -> anyhow::Result<(u16, usize)> {
    let (mut status, mut length) = (0, 0);
    loop {
        let mut line = String::new();
        ensure!(connection.read_line(&mut line)? > 0, "the host closed the connection");
        let line = line.trim_end().to_ascii_lowercase();
        if let Some(rest) = line.strip_prefix("http/1.1 ") {
            status = rest.split(' ').next().unwrap_or_default().parse()?;
        } else if let Some(value) = line.strip_prefix("content-length:") {
            length = value.trim().parse()?;
        } else if line.is_empty() {
            return Ok((status, length));
        }
    }
}

fn read_whole(connection: &mut BufReader<TcpStream>) -> anyhow::Result<()> {
    let (status, length) = head(connection)?;
    let mut body = vec![0; length];
    connection.read_exact(&mut body)?;
    ensure!(status == 200, "{status}: {}", String::from_utf8_lossy(&body));
    Ok(())
}

fn megabytes(bytes: u64) -> String {
    format!("{:.1} MB", bytes as f64 / 1e6)
}
