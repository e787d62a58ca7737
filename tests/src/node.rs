//! A model server that speaks enough of the OpenAI API, and fails in the ways that model servers fail.
//!
//! Bytes on sockets, written by hand: a framework would not let it break its own protocol. It stands in for nothing that
//! could run here for real; `tests/clients.rs` has the real server.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{Ipv4Addr, Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex, PoisonError};

use anyhow::Context as _;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::DEADLINE;

/// The model that every node serves.
pub const MODEL: &str = "tiny";

/// Bytes of a replayed body sent at a time: not a divisor of anything, so that events and characters are cut anywhere.
const REPLAYED_BYTES: usize = 23;

/// What a node does with a completion. `GET /v1/models` is always answered, where connections are.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Behaviour {
    /// Completes with these pieces.
    Answer(Vec<String>),
    /// Nobody listens.
    Refuse,
    /// Reads the request and says nothing, until the caller gives up.
    Hang,
    /// Sends these pieces, then closes the connection without an end.
    Die(Vec<String>),
    /// Sends these pieces, then says nothing, until the caller gives up.
    Stall(Vec<String>),
    /// Sends these pieces, then something that isn't the protocol, then its proper end.
    Garble(Vec<String>),
    /// Answers 200 with a page of HTML.
    Babble,
    /// Refuses with this HTTP status.
    Status(u16),
    /// Sends this body of server-sent events, a few bytes at a time, whatever is asked: a provider's own words, from a file.
    Replay(String),
    /// Sends each piece when [`Node::release`] is called.
    Pace(Vec<String>),
}

/// A node that listens until it is dropped.
pub struct Node {
    address: SocketAddr,
    requests: Arc<Mutex<Vec<Seen>>>,
    gate: Sender<()>,
    hangups: Receiver<()>,
}

/// A completion request as it arrived.
#[derive(Clone, Debug)]
pub struct Seen {
    /// The path, query included.
    pub path: String,
    /// Header names in lower case.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: Value,
}

struct Shared {
    behaviour: Behaviour,
    requests: Arc<Mutex<Vec<Seen>>>,
    gate: Mutex<Receiver<()>>,
    hangups: Sender<()>,
}

impl Node {
    /// Starts a node on a free port.
    ///
    /// # Errors
    /// When there is no port.
    pub fn start(behaviour: Behaviour) -> anyhow::Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
        let address = listener.local_addr()?;
        let requests = Arc::default();
        let (gate, pass) = channel();
        let (hung_up, hangups) = channel();
        let node = Self { address, requests: Arc::clone(&requests), gate, hangups };
        if matches!(behaviour, Behaviour::Refuse) {
            // Dropping the listener closes the port; nothing else is given it soon.
            return Ok(node);
        }
        let shared = Arc::new(Shared { behaviour, requests, gate: Mutex::new(pass), hangups: hung_up });
        std::thread::spawn(move || {
            for connection in listener.incoming().map_while(Result::ok) {
                let shared = Arc::clone(&shared);
                // A caller that hangs up is part of the test.
                std::thread::spawn(move || drop(shared.serve(connection)));
            }
        });
        Ok(node)
    }

    /// Its base URL, as a configuration has it.
    #[must_use]
    pub fn url(&self) -> String {
        format!("http://{}/v1", self.address)
    }

    /// The completion requests that it got.
    #[must_use]
    pub fn seen(&self) -> Vec<Seen> {
        self.requests.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Waits until a caller gives up on a [`Behaviour::Hang`] or [`Behaviour::Stall`] node.
    ///
    /// # Errors
    /// When none does within the deadline.
    pub fn wait_for_hangup(&self) -> anyhow::Result<()> {
        self.hangups.recv_timeout(DEADLINE).context("the caller holds on")
    }

    /// Lets a [`Behaviour::Pace`] node send its next piece.
    ///
    /// # Errors
    /// When the node has ended.
    pub fn release(&self) -> anyhow::Result<()> {
        Ok(self.gate.send(())?)
    }
}

impl Shared {
    /// One connection, as many requests as it brings.
    fn serve(&self, connection: TcpStream) -> std::io::Result<()> {
        connection.set_nodelay(true)?;
        let mut reader = BufReader::new(connection.try_clone()?);
        let mut writer = connection;
        loop {
            let mut first = String::new();
            if reader.read_line(&mut first)? == 0 {
                return Ok(());
            }
            let mut headers = Vec::new();
            loop {
                let mut line = String::new();
                reader.read_line(&mut line)?;
                let Some((name, value)) = line.trim_end().split_once(':') else { break };
                headers.push((name.to_ascii_lowercase(), value.trim().to_owned()));
            }
            if first.starts_with("GET ") {
                let models = json!({"object": "list", "data": [{"id": MODEL, "object": "model", "owned_by": "tests"}]});
                whole(&mut writer, 200, "application/json", &models.to_string())?;
                continue;
            }
            let path = first.split(' ').nth(1).unwrap_or_default().to_owned();
            let body = body(&mut reader, &headers)?;
            let body: Value = serde_json::from_slice(&body).unwrap_or(Value::Null);
            let is_stream = body["stream"].as_bool().unwrap_or(false);
            self.requests.lock().unwrap_or_else(PoisonError::into_inner).push(Seen { path, headers, body });
            self.complete(&mut reader, &mut writer, is_stream)?;
        }
    }

    fn until_closed(&self, reader: &mut BufReader<TcpStream>) -> std::io::Result<()> {
        // A reset is as much of an end as a close.
        drop(std::io::copy(reader, &mut std::io::sink()));
        // Nobody may be waiting for it.
        self.hangups.send(()).unwrap_or_default();
        Ok(())
    }

    fn complete(
        &self,
        reader: &mut BufReader<TcpStream>,
        writer: &mut TcpStream,
        is_stream: bool,
    ) -> std::io::Result<()> {
        match &self.behaviour {
            Behaviour::Refuse => Ok(()),
            Behaviour::Hang => self.until_closed(reader),
            Behaviour::Status(status) => {
                let error = json!({"error": {"message": "as the test wants it", "type": "server_error"}});
                whole(writer, *status, "application/json", &error.to_string())
            }
            Behaviour::Babble => whole(writer, 200, "text/html", "<html><body>It works!</body></html>"),
            Behaviour::Answer(pieces) if !is_stream => {
                let completion = json!({
                    "id": "chatcmpl-1", "object": "chat.completion", "created": 1, "model": MODEL,
                    "choices": [{"index": 0, "message": {"role": "assistant", "content": pieces.concat()}, "finish_reason": "stop"}],
                    "usage": {"prompt_tokens": 7, "completion_tokens": pieces.len(), "total_tokens": 7 + pieces.len()},
                });
                whole(writer, 200, "application/json", &completion.to_string())
            }
            Behaviour::Answer(pieces) => {
                open(writer)?;
                pieces.iter().try_for_each(|piece| delta(writer, piece))?;
                end(writer, pieces.len())
            }
            Behaviour::Die(pieces) => {
                open(writer)?;
                pieces.iter().try_for_each(|piece| delta(writer, piece))?;
                writer.shutdown(Shutdown::Both)
            }
            Behaviour::Stall(pieces) => {
                open(writer)?;
                pieces.iter().try_for_each(|piece| delta(writer, piece))?;
                self.until_closed(reader)
            }
            Behaviour::Garble(pieces) => {
                open(writer)?;
                pieces.iter().try_for_each(|piece| delta(writer, piece))?;
                chunk(writer, "data: {\"choices\": [{\"delta\": \u{1}}\n\n")?;
                chunk(writer, "")
            }
            Behaviour::Replay(body) => {
                open(writer)?;
                body.as_bytes().chunks(REPLAYED_BYTES).try_for_each(|bytes| chunk_of(writer, bytes))?;
                chunk(writer, "")
            }
            Behaviour::Pace(pieces) => {
                open(writer)?;
                for piece in pieces {
                    if self.gate.lock().unwrap_or_else(PoisonError::into_inner).recv().is_err() {
                        return Ok(());
                    }
                    delta(writer, piece)?;
                }
                end(writer, pieces.len())
            }
        }
    }
}

fn body(reader: &mut BufReader<TcpStream>, headers: &[(String, String)]) -> std::io::Result<Vec<u8>> {
    let header =
        |wanted: &str| headers.iter().find(|(name, _)| name == wanted).map(|(_, value)| value.as_str());
    if let Some(length) = header("content-length").and_then(|length| length.parse().ok()) {
        let mut body = vec![0; length];
        reader.read_exact(&mut body)?;
        return Ok(body);
    }
    let mut body = Vec::new();
    loop {
        let mut size = String::new();
        reader.read_line(&mut size)?;
        let size = usize::from_str_radix(size.trim(), 16).unwrap_or_default();
        let mut piece = vec![0; size + 2];
        reader.read_exact(&mut piece)?;
        if size == 0 {
            return Ok(body);
        }
        piece.truncate(size);
        body.append(&mut piece);
    }
}

fn whole(writer: &mut TcpStream, status: u16, kind: &str, body: &str) -> std::io::Result<()> {
    write!(
        writer,
        "HTTP/1.1 {status} As Told\r\ncontent-type: {kind}\r\ncontent-length: {}\r\n\r\n{body}",
        body.len()
    )?;
    writer.flush()
}

fn open(writer: &mut TcpStream) -> std::io::Result<()> {
    write!(
        writer,
        "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n"
    )?;
    writer.flush()
}

fn delta(writer: &mut TcpStream, content: &str) -> std::io::Result<()> {
    event(writer, json!([{"index": 0, "delta": {"content": content}, "finish_reason": null}]), Value::Null)
}

fn end(writer: &mut TcpStream, tokens: usize) -> std::io::Result<()> {
    event(writer, json!([{"index": 0, "delta": {}, "finish_reason": "stop"}]), Value::Null)?;
    let usage = json!({"prompt_tokens": 7, "completion_tokens": tokens, "total_tokens": 7 + tokens});
    event(writer, json!([]), usage)?;
    chunk(writer, "data: [DONE]\n\n")?;
    chunk(writer, "")
}

fn event(writer: &mut TcpStream, choices: Value, usage: Value) -> std::io::Result<()> {
    let mut event = json!({"id": "chatcmpl-1", "object": "chat.completion.chunk", "created": 1, "model": MODEL, "choices": choices});
    if !usage.is_null() {
        event["usage"] = usage;
    }
    chunk(writer, &format!("data: {event}\n\n"))
}

fn chunk(writer: &mut TcpStream, content: &str) -> std::io::Result<()> {
    chunk_of(writer, content.as_bytes())
}

fn chunk_of(writer: &mut TcpStream, content: &[u8]) -> std::io::Result<()> {
    write!(writer, "{:x}\r\n", content.len())?;
    writer.write_all(content)?;
    writer.write_all(b"\r\n")?;
    writer.flush()
}
