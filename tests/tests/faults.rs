//! What happens when things break: power, disk, callers, configuration.
//!
//! Nodes that fail are cases (`tests/cases/node-*`), because they fail alike on every host; here is what takes a process,
//! a file or a socket of one's own.

use std::io::{BufRead as _, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::atomic::{AtomicUsize, Ordering};

use anyhow::{Context, ensure};
use gusset_tests::client::{Client, read_whatever_comes};
use gusset_tests::documents::{create, document, ensure_found, put};
use gusset_tests::host::{Folder, Host};
use gusset_tests::node::{Behaviour, Node};
use gusset_tests::process::Process;
use gusset_tests::{DEADLINE, sse};
use serde_json::{Value, json};

const DURABLE: &str = "[state]\npath = \"state.db\"\n";

fn chat(stream: bool) -> Value {
    json!({"model": "tiny", "stream": stream, "messages": [{"role": "user", "content": "Go on."}]})
}

fn with_node(node: &Node) -> String {
    format!("[state]\nmemory = true\n[[nodes]]\nurl = \"{}\"\n", node.url())
}

fn pieces(of: &[&str]) -> Vec<String> {
    of.iter().map(|piece| (*piece).to_owned()).collect()
}

/// A power cut while files are being indexed: what was acknowledged is there, and the rest can be added.
#[test]
fn nothing_acknowledged_is_lost_by_sigkill() -> anyhow::Result<()> {
    let host = Host::start(DURABLE)?;
    create(host.client(), "docs")?;
    let client = host.client().clone();
    let acknowledged = AtomicUsize::new(0);
    let folder = std::thread::scope(|scope| {
        let indexing = scope.spawn(|| {
            for n in 0..200 {
                let (text, _) = document(n);
                // The file that is on its way when the host dies fails: nobody said that it was kept.
                if put(&client, "docs", &format!("{n}.md"), &text).is_err() {
                    return;
                }
                acknowledged.store(n + 1, Ordering::SeqCst);
            }
        });
        while acknowledged.load(Ordering::SeqCst) < 12 && !indexing.is_finished() {
            std::thread::yield_now();
        }
        host.kill()
    })?;
    let acknowledged = acknowledged.load(Ordering::SeqCst);
    ensure!(
        (12..200).contains(&acknowledged),
        "{acknowledged} files were acknowledged: the kill came at a bad time"
    );

    let host = folder.start()?;
    for n in 0..acknowledged {
        ensure_found(host.client(), "docs", n).with_context(|| format!("document {n} of {acknowledged}"))?;
    }
    let (text, _) = document(acknowledged);
    put(host.client(), "docs", &format!("{acknowledged}.md"), &text)?;
    ensure_found(host.client(), "docs", acknowledged)
}

/// Writers at once, each with files of its own: all of them are there.
#[test]
fn writers_at_once_lose_nothing() -> anyhow::Result<()> {
    let host = Host::start(DURABLE)?;
    create(host.client(), "docs")?;
    std::thread::scope(|scope| {
        let writers: Vec<_> = (0..4)
            .map(|writer| {
                let client = host.client().clone();
                scope.spawn(move || {
                    (0..5).map(|n| writer * 5 + n).try_for_each(|n| {
                        put(&client, "docs", &format!("{n}.md"), &document(n).0)
                            .with_context(|| format!("file {n}"))
                    })
                })
            })
            .collect();
        writers
            .into_iter()
            .try_for_each(|writer| writer.join().map_err(|_| anyhow::anyhow!("a writer panicked"))?)
    })?;
    for n in 0..20 {
        ensure_found(host.client(), "docs", n)?;
    }
    let store = host.client().get("/v1/vector_stores/vs_docs")?.json()?;
    ensure!(store["file_counts"]["completed"] == 20, "{store}");
    Ok(())
}

/// No room left: a clear error, a host that goes on, and nothing lost of what it had.
///
/// A limit on the size of files stands in for the end of a disk: SQLite sees a write that fails.
#[cfg(unix)]
#[test]
fn a_full_disk_is_an_error_not_an_end() -> anyhow::Result<()> {
    // Compiles the application, whose artefact is larger than the limit below.
    Host::start(DURABLE)?.stop()?;
    let folder = Folder::new(DURABLE)?;
    let inner = folder.command()?;
    let mut limited = std::process::Command::new("sh");
    limited.args(["-c", "trap '' XFSZ; ulimit -f 2048; exec \"$0\" \"$@\""]).arg(inner.get_program());
    limited.args(inner.get_args()).current_dir(folder.path());
    limited.envs(inner.get_envs().filter_map(|(name, value)| Some((name, value?))));
    let mut process = Process::start(&mut limited)?;
    let url = process.wait_for(|line| line.strip_prefix("serving").map(|url| url.trim().to_owned()))?;
    let client = Client::new(&url);
    create(&client, "docs")?;
    let (first, _) = document(0);
    put(&client, "docs", "0.md", &first)?;

    let filler = vec![b'x'; 200_000];
    let refused = (0..100)
        .map(|n| client.upload(&format!("filler-{n}.txt"), &filler))
        .find(|answer| answer.as_ref().map_or(true, |answer| answer.status != 200))
        .context("the disk never got full")??;
    ensure!(refused.status == 500, "{} {}", refused.status, refused.text());
    ensure!(refused.json()?["error"]["code"] == "store_failed", "{}", refused.text());
    ensure!(client.get("/healthz")?.status == 200);
    ensure_found(&client, "docs", 0)
}

/// Told before anything is bound: the port of this configuration is taken, and that is not what it complains of.
#[test]
fn an_unknown_key_is_named_before_a_port_is_bound() -> anyhow::Result<()> {
    let taken = TcpListener::bind("127.0.0.1:0")?;
    let folder = Folder::new(&format!("listen = \"{}\"\n\n[retrieval]\npasages = 3\n", taken.local_addr()?))?;
    let (status, said) = Process::start(&mut folder.command()?)?.wait_for_end()?;
    ensure!(!status.success(), "{said}");
    for part in ["gusset.toml", "4", "`pasages`", "`passages`"] {
        ensure!(said.contains(part), "{said} does not name {part}");
    }
    Ok(())
}

/// A collection whose vectors another model made is refused with both fingerprints, and so is a new file for it.
#[test]
fn a_collection_of_another_model_is_refused() -> anyhow::Result<()> {
    let host = Host::start(DURABLE)?;
    create(host.client(), "docs")?;
    put(host.client(), "docs", "0.md", &document(0).0)?;
    let health = host.client().get("/healthz")?.json()?;
    let running = health["model"]["fingerprint"].as_str().context("fingerprint")?.to_owned();
    let (folder, _) = host.stop()?;

    let other = "0123456789abcdef".repeat(4);
    let state = rusqlite::Connection::open(folder.path().join("state.db"))?;
    let rows: Vec<(i64, Vec<u8>)> = state
        .prepare("SELECT id, value FROM entries")?
        .query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?
        .collect::<Result<_, _>>()?;
    let mut replaced = 0;
    for (id, value) in rows {
        if let Some(at) = value.windows(64).position(|window| window == running.as_bytes()) {
            let mut value = value;
            value.splice(at..at + 64, other.bytes());
            replaced += state.execute("UPDATE entries SET value = ?2 WHERE id = ?1", (id, value))?;
        }
    }
    drop(state);
    ensure!(replaced > 0, "no entry holds the fingerprint");

    let host = folder.start()?;
    let question = json!({"query": "light"});
    let file = host.client().upload("1.md", document(1).0.as_bytes())?.json()?["id"].clone();
    for answer in [
        host.client().post("/v1/vector_stores/vs_docs/search", &question)?,
        host.client().post("/v1/vector_stores/vs_docs/files", &json!({"file_id": file}))?,
        host.client().post(
            "/v1/chat/completions",
            &json!({"model": "docs", "messages": [{"role": "user", "content": "light?"}]}),
        )?,
    ] {
        ensure!(answer.status == 409, "{} {}", answer.status, answer.text());
        let error = answer.json()?["error"].clone();
        ensure!(error["code"] == "model_mismatch", "{error}");
        let message = error["message"].as_str().context("message")?;
        ensure!(message.contains(&running) && message.contains(&other), "{message}");
    }
    Ok(())
}

/// Asked to stop, the host lets a stream finish, and takes no new request.
#[test]
fn a_stream_in_flight_finishes_after_sigterm() -> anyhow::Result<()> {
    let node = Node::start(Behaviour::Pace(pieces(&["one ", "two ", "three"])))?;
    let mut host = Host::start(&with_node(&node))?;
    node.release()?;
    let mut stream = host.client().stream("/v1/chat/completions", &chat(true))?;
    let mut before = String::new();
    while !before.contains("one ") {
        ensure!(stream.read_line(&mut before)? > 0, "ended early: {before}");
    }
    host.process().terminate()?;
    host.process().wait_for(|line| line.contains("stopping").then_some(()))?;
    node.release()?;
    node.release()?;
    let (rest, is_whole) = read_whatever_comes(stream);
    ensure!(is_whole, "broke off: {rest}");
    let summary = sse::summary(&(before + &rest))?;
    ensure!(summary["done"] == true && summary["content"] == "one two three", "{summary}");
    host.stop()?;
    Ok(())
}

/// Each piece reaches the caller before the next one exists: no stage holds a stream back.
#[test]
fn tokens_pass_through_as_they_arrive() -> anyhow::Result<()> {
    let words = ["one ", "two ", "three"];
    let node = Node::start(Behaviour::Pace(pieces(&words)))?;
    let host = Host::start(&with_node(&node))?;
    node.release()?;
    let mut stream = host.client().stream("/v1/chat/completions", &chat(true))?;
    let mut body = String::new();
    for word in words {
        while !body.contains(word) {
            ensure!(stream.read_line(&mut body)? > 0, "ended before {word:?}: {body}");
        }
        if word != "three" {
            node.release()?;
        }
    }
    let (rest, _) = read_whatever_comes(stream);
    ensure!(sse::summary(&(body + &rest))?["done"] == true);
    Ok(())
}

/// A caller who hangs up stops the generation that it pays for.
#[test]
fn a_caller_who_hangs_up_cancels_the_node() -> anyhow::Result<()> {
    let node = Node::start(Behaviour::Stall(pieces(&["one "])))?;
    let host = Host::start(&with_node(&node))?;
    let mut stream = host.client().stream("/v1/chat/completions", &chat(true))?;
    let mut body = String::new();
    while !body.contains("one ") {
        ensure!(stream.read_line(&mut body)? > 0, "ended early: {body}");
    }
    drop(stream);
    node.wait_for_hangup()?;
    ensure!(host.client().get("/healthz")?.status == 200);
    Ok(())
}

/// A caller who sends all of a body that is too large still gets to read why, not a connection that broke.
#[test]
fn a_body_of_ten_megabytes_is_told_so() -> anyhow::Result<()> {
    let host = Host::start("[state]\nmemory = true\n")?;
    let json = [("content-type", "application/json")];
    let answer = host.client().send("POST", "/v1/chat/completions", &json, vec![b' '; 10 << 20])?;
    ensure!(answer.status == 413, "{} {}", answer.status, answer.text());
    ensure!(answer.json()?["error"]["code"] == "body_too_large", "{}", answer.text());
    Ok(())
}

/// A body that never ends is cut at its limit, and a request that never ends holds up nobody.
#[test]
fn endless_requests_end() -> anyhow::Result<()> {
    let host = Host::start("[state]\nmemory = true\n")?;
    let address = host.client().base().trim_start_matches("http://").to_owned();
    let head = "POST /v1/chat/completions HTTP/1.1\r\nhost: gusset\r\ncontent-type: application/json\r\n";

    let slow: Vec<TcpStream> = (0..16)
        .map(|_| {
            let mut connection = TcpStream::connect(&address)?;
            write!(connection, "{head}content-length: 100\r\n\r\n{{")?;
            anyhow::Ok(connection)
        })
        .collect::<anyhow::Result<_>>()?;

    let mut endless = TcpStream::connect(&address)?;
    endless.set_read_timeout(Some(DEADLINE))?;
    write!(endless, "{head}transfer-encoding: chunked\r\n\r\n")?;
    let mut writer = endless.try_clone()?;
    let writing = std::thread::spawn(move || {
        let piece = format!("{:x}\r\n{}\r\n", 65536, " ".repeat(65536));
        // Ends when the host closes: before 64 MiB, or it has no limit.
        (0..1024).take_while(|_| writer.write_all(piece.as_bytes()).is_ok()).count()
    });
    let mut status = [0; 12];
    endless.read_exact(&mut status).context("no answer to an endless body")?;
    ensure!(&status == b"HTTP/1.1 413", "{}", String::from_utf8_lossy(&status));
    drop(endless);
    let written = writing.join().map_err(|_| anyhow::anyhow!("the writer panicked"))?;
    ensure!(written < 1024, "the host read 64 MiB");

    ensure!(host.client().get("/healthz")?.status == 200);
    drop(slow);
    Ok(())
}
