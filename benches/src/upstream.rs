//! A model's server for benches: answers at once, or event by event, and computes nothing.

use serde_json::{Value, json};
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::time::Duration;

/// Of a connection's thread.
const STACK: usize = 128 << 10;

/// A prompt with this in it is answered in a hundred events instead of one.
pub const STREAMED: &str = "A hundred, please.";

/// A prompt with this in it is answered in a hundred events, with [`PAUSE`] between them.
pub const SLOW: &str = "Slowly, please.";

/// Between two events of a slow answer.
pub const PAUSE: Duration = Duration::from_millis(500);

/// Starts a server that speaks as much of the protocol as the host and the benches need, on a thread a connection; its address.
///
/// # Errors
/// Where no port can be had.
pub fn start() -> anyhow::Result<String> {
    let listener = TcpListener::bind("127.0.0.1:0")?;
    let address = listener.local_addr()?;
    std::thread::spawn(move || {
        for connection in listener.incoming().map_while(Result::ok) {
            // A connection that breaks is the host's to notice. A thousand of them are no reason for as many large stacks.
            let thread = std::thread::Builder::new().stack_size(STACK);
            if let Err(error) = thread.spawn(move || drop(serve(connection))) {
                eprintln!("upstream: {error}");
            }
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
        let slow = body.contains(SLOW);
        if slow || body.contains(STREAMED) {
            // Event by event, as a model says them.
            write!(
                writer,
                "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n"
            )?;
            for event in &hundred {
                if slow {
                    std::thread::sleep(PAUSE);
                }
                writer.write_all(format!("{:x}\r\n{event}\r\n", event.len()).as_bytes())?;
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
