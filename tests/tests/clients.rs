//! Other people's software: the official `openai` and `anthropic` clients in front, a real `llama-cpp-python` server behind.
//!
//! `cargo xtask test` installs both where it can and names the interpreter in `GUSSET_PYTHON`. What is missing is said, and
//! the test that needs it skipped.

use std::io::BufRead as _;
use std::path::PathBuf;
use std::process::Command;

use anyhow::{Context, ensure};
use gusset_tests::client::read_whatever_comes;
use gusset_tests::documents::{create, document, put};
use gusset_tests::host::Host;
use gusset_tests::node::{Behaviour, Node};
use gusset_tests::process::Process;
use gusset_tests::{artefacts, sse};
use serde_json::json;

/// An interpreter that has the module; `None`, with a line that says so, where there is none.
fn python_with(module: &str) -> Option<PathBuf> {
    let Some(python) = std::env::var_os("GUSSET_PYTHON").map(PathBuf::from) else {
        println!("skipped: GUSSET_PYTHON names no interpreter (`cargo xtask test` does)");
        return None;
    };
    let has_it = Command::new(&python).args(["-c", &format!("import {module}")]).output();
    if has_it.is_ok_and(|output| output.status.success()) {
        return Some(python);
    }
    println!("skipped: {} has no module {module}", python.display());
    None
}

fn toml_with_node(url: &str) -> String {
    format!("[state]\nmemory = true\n[[nodes]]\nurl = \"{url}\"\n")
}

#[test]
fn the_openai_client_is_content() -> anyhow::Result<()> {
    let Some(python) = python_with("openai") else { return Ok(()) };
    let node = Node::start(Behaviour::Answer(vec!["It opens ".to_owned(), "at nine [1].".to_owned()]))?;
    let host = Host::start(&toml_with_node(&node.url()))?;
    let script = artefacts::root().join("tests/clients/openai_client.py");
    let output = Command::new(python).arg(script).arg(host.client().base()).output()?;
    ensure!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    ensure!(output.stdout == b"ok\n", "{}", String::from_utf8_lossy(&output.stdout));
    Ok(())
}

/// Tools, responses and messages by other people's clients, with providers of two kinds behind.
fn a_client_is_content(module: &str, script: &str) -> anyhow::Result<()> {
    let Some(python) = python_with(module) else { return Ok(()) };
    for provider in ["openai", "anthropic"] {
        let file = artefacts::root().join("tests/providers").join(provider).with_extension("sse");
        let node = Node::start(Behaviour::Replay(std::fs::read_to_string(file)?))?;
        let settings = format!("model = \"m\"\ndialect = \"{provider}\"\n");
        let host = Host::start(&(toml_with_node(&node.url()) + &settings))?;
        let script = artefacts::root().join("tests/clients").join(script);
        let output = Command::new(&python).arg(script).arg(host.client().base()).output()?;
        ensure!(output.status.success(), "{provider}: {}", String::from_utf8_lossy(&output.stderr));
        ensure!(output.stdout == b"ok\n", "{provider}: {}", String::from_utf8_lossy(&output.stdout));
    }
    Ok(())
}

#[test]
fn the_openai_client_is_content_with_tools() -> anyhow::Result<()> {
    a_client_is_content("openai", "openai_tools_client.py")
}

#[test]
fn the_anthropic_client_is_content() -> anyhow::Result<()> {
    a_client_is_content("anthropic", "anthropic_client.py")
}

/// A llama of 260 thousand parameters, served for real.
fn llama() -> anyhow::Result<Option<(Process, String)>> {
    let Some(model) = artefacts::shared_data("generation/stories260K.gguf") else { return Ok(None) };
    let Some(python) = python_with("llama_cpp.server") else { return Ok(None) };
    let mut command = Command::new(python);
    command.args(["-m", "llama_cpp.server", "--host", "127.0.0.1", "--port", "0", "--n_ctx", "8192"]);
    command.args(["--model_alias", "stories", "--chat_format", "chatml", "--model"]).arg(model);
    let mut process = Process::start(&mut command)?;
    let url = process.wait_for(|line| {
        let (_, address) = line.split_once("running on ")?;
        Some(format!("{}/v1", address.split_whitespace().next()?))
    })?;
    Ok(Some((process, url)))
}

#[test]
fn a_real_model_server_generates() -> anyhow::Result<()> {
    let Some((_llama, url)) = llama()? else { return Ok(()) };
    let host = Host::start(&toml_with_node(&url))?;
    create(host.client(), "docs")?;
    let (text, question) = document(0);
    put(host.client(), "docs", "0.md", &text)?;
    for model in ["stories", "docs"] {
        let request = json!({
            "model": model, "stream": true, "max_tokens": 24, "seed": 1,
            "messages": [{"role": "user", "content": question}],
        });
        let (body, is_whole) = read_whatever_comes(host.client().stream("/v1/chat/completions", &request)?);
        let summary = sse::summary(&body)?;
        ensure!(is_whole && summary["done"] == true, "{body}");
        ensure!(summary["x_gusset"]["kind"] == "generated", "{summary}");
        ensure!(summary["chunks"].as_u64() > Some(4), "{summary}");
        ensure!(!summary["content"].as_str().context("content")?.is_empty(), "{summary}");
    }
    Ok(())
}

#[test]
fn a_real_model_server_that_dies_mid_stream_is_an_error() -> anyhow::Result<()> {
    let Some((llama, url)) = llama()? else { return Ok(()) };
    let host = Host::start(&toml_with_node(&url))?;
    let request = json!({
        "model": "stories", "stream": true, "max_tokens": 6000,
        "messages": [{"role": "user", "content": "Tell me a very long story."}],
    });
    let mut stream = host.client().stream("/v1/chat/completions", &request)?;
    let mut before = String::new();
    while sse::summary(&before).map_or(true, |summary| summary["content"] == "") {
        // Whole events only: a line and the empty line behind it.
        ensure!(
            stream.read_line(&mut before)? > 0 && stream.read_line(&mut before)? > 0,
            "ended early: {before}"
        );
    }
    llama.kill()?;
    let (rest, _) = read_whatever_comes(stream);
    let summary = sse::summary(&(before + &rest))?;
    ensure!(summary["done"] == false, "{summary}");
    ensure!(summary["error"]["message"].is_string(), "{summary}");

    create(host.client(), "docs")?;
    put(host.client(), "docs", "0.md", &document(0).0)?;
    let request = json!({"model": "docs", "messages": [{"role": "user", "content": "Who keeps the light?"}]});
    let answer = host.client().post("/v1/chat/completions", &request)?.json()?;
    ensure!(answer["x_gusset"]["kind"] == "extractive", "{answer}");
    Ok(())
}
