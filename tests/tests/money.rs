//! What calls cost, and that no more is spent than may be: with callers at once, with a provider's cache, on every endpoint.
#![expect(clippy::indexing_slicing, reason = "what a test looks for and does not find fails the test")]

use std::fs;
use std::thread;
use std::time::Instant;

use anyhow::{Context as _, ensure};
use gusset_tests::client::{Answer, Client};
use gusset_tests::host::Host;
use gusset_tests::node::{Behaviour, Node};
use gusset_tests::{DEADLINE, artefacts};
use serde_json::{Value, json};

const CALLERS: usize = 64;

/// Dollars a day.
const BUDGET: f64 = 0.3;

/// Of one answer of the node below: 7 tokens read and 2 written, at a tenth of a cent each.
const COST: f64 = 0.009;

fn usage(client: &Client, by: &str) -> anyhow::Result<Value> {
    client.get(&format!("/v1/gusset/usage?by={by}"))?.json()
}

/// The sum of all calls, once so many are in it: a call is settled after its last byte.
fn settled(client: &Client, calls: usize) -> anyhow::Result<Value> {
    let started = Instant::now();
    loop {
        let total = usage(client, "model")?["total"].clone();
        if total["requests"].as_u64() >= u64::try_from(calls).ok() {
            return Ok(total);
        }
        ensure!(started.elapsed() < DEADLINE, "{calls} calls were made, and not {total}");
        thread::yield_now();
    }
}

fn close(a: &Value, b: f64) -> bool {
    a.as_f64().is_some_and(|a| (a - b).abs() < 1e-9)
}

/// All callers are in flight before any is answered, so that nothing is settled when the last of them asks.
#[test]
fn a_budget_holds_with_sixty_four_callers_at_once() -> anyhow::Result<()> {
    let node = Node::start(Behaviour::Pace(vec!["well".into(), "then".into()]))?;
    let host = Host::start(&format!(
        "[state]\npath = \"state.db\"\n[[nodes]]\nurl = \"{}\"\n\
         [[models]]\nname = \"tiny\"\nprice = {{ prompt = 1000, completion = 1000 }}\n\
         [[budgets]]\nname = \"daily\"\nusd_per_day = {BUDGET}\n",
        node.url()
    ))?;
    let mut served = 0;
    for round in 0..2 {
        let before = node.seen().len();
        let answers = thread::scope(|scope| -> anyhow::Result<Vec<Answer>> {
            let callers: Vec<_> = (0..CALLERS)
                .map(|caller| {
                    let client = host.client().clone();
                    let body = json!({
                        "model": "tiny", "max_tokens": 20, "stream": true,
                        "messages": [{"role": "user", "content": format!("Go on, {round} {caller}.")}],
                    });
                    scope.spawn(move || client.post("/v1/chat/completions", &body))
                })
                .collect();
            let started = Instant::now();
            let admitted = || node.seen().len() - before;
            // Whoever was refused has an answer; all others wait for the node.
            while callers.iter().filter(|caller| caller.is_finished()).count() + admitted() < CALLERS {
                ensure!(started.elapsed() < DEADLINE, "{} of {CALLERS} reached the node", admitted());
                thread::yield_now();
            }
            (0..2 * admitted()).try_for_each(|_| node.release())?;
            callers
                .into_iter()
                .map(|caller| caller.join().map_err(|_| anyhow::anyhow!("a caller panicked"))?)
                .collect()
        })?;
        let (ok, refused): (Vec<_>, Vec<_>) = answers.iter().partition(|answer| answer.status == 200);
        served += ok.len();
        ensure!(node.seen().len() == served, "the node saw {} calls of {served}", node.seen().len());
        ensure!(!ok.is_empty() && !refused.is_empty(), "{} served, {} refused", ok.len(), refused.len());
        for answer in refused {
            ensure!(answer.status == 429 && answer.header("retry-after").is_some(), "{}", answer.text());
            let said = answer.json()?;
            let message = said["error"]["message"].as_str().unwrap_or_default();
            ensure!(message.contains("`daily`") && message.contains("$0.30 a day"), "{said}");
        }
        let total = settled(host.client(), served)?;
        ensure!(close(&total["cost_usd"], COST * served as f64), "{served} served: {total}");
        ensure!(COST * served as f64 <= BUDGET, "{served} were served");
    }
    Ok(())
}

/// 120 tokens read of which 100 came from the provider's cache, 40 written.
#[test]
fn what_a_providers_cache_saved_is_not_billed() -> anyhow::Result<()> {
    for provider in ["openai", "openai-responses", "anthropic", "gemini"] {
        let file = artefacts::root().join("tests/providers").join(provider).with_extension("sse");
        let node = Node::start(Behaviour::Replay(fs::read_to_string(&file)?))?;
        let host = Host::start(&format!(
            "[state]\nmemory = true\n[[nodes]]\nurl = \"{}\"\nmodel = \"m\"\ndialect = \"{provider}\"\n\
             [[models]]\nname = \"m\"\nprice = {{ prompt = 3, completion = 15, cached_read = 0.3 }}\n",
            node.url()
        ))?;
        let expected = 20.0 * 3e-6 + 100.0 * 0.3e-6 + 40.0 * 15e-6;
        let body = json!({"model": "m", "messages": [{"role": "user", "content": "How is Zürich?"}]});
        let answer = host.client().post("/v1/chat/completions", &body)?;
        ensure!(answer.status == 200, "{provider}: {}", answer.text());
        let total = settled(host.client(), 1)?;
        ensure!(close(&total["cost_usd"], expected), "{provider}: {total}, and not {expected}");
        let trace = answer.header("x-gusset-trace-id").context("no trace")?;
        let trace = host.client().get(&format!("/v1/gusset/traces/{trace}"))?.json()?;
        let root = &trace["spans"][0]["attributes"];
        ensure!(close(&root["gusset.cost.usd"], expected), "{provider}: {root}, and not {expected}");
    }
    Ok(())
}

/// A key's feature and user stand on what each endpoint cost.
#[test]
fn a_keys_tags_reach_cost_on_every_endpoint() -> anyhow::Result<()> {
    let node = Node::start(Behaviour::Answer(vec!["well".into(), "then".into()]))?;
    let sha256 = "ca84bf10f218fbc0871f76dd11094d13bbf7eb3d7f38bbc105efb2720b3d87a0";
    let host = Host::start(&format!(
        "[state]\nmemory = true\n[[nodes]]\nurl = \"{}\"\n\
         [[keys]]\nname = \"web\"\nsha256 = \"{sha256}\"\ntenant = \"acme\"\nendpoints = [\"*\"]\nfeature = \"search\"\nuser = \"bot\"\n\
         [[models]]\nname = \"tiny\"\nprice = {{ prompt = 1000, completion = 1000 }}\n\
         [[models]]\nname = \"all-minilm-l6-v2\"\nprice = {{ prompt = 1 }}\n\
         [[models]]\nname = \"gusset-rerank-v1\"\nprice = {{ prompt = 1 }}\n",
        node.url()
    ))?;
    let client = host.client().with_key("budget-key");
    let upload =
        |text: &[u8]| -> anyhow::Result<Value> { Ok(client.upload("note.txt", text)?.json()?["id"].clone()) };
    let (first, second) = (upload(b"Go on, and then stop.")?, upload(b"Stop, and go on.")?);
    let messages = json!([{"role": "user", "content": "Go on."}]);
    let calls = [
        ("/v1/chat/completions", json!({"model": "tiny", "messages": messages})),
        ("/v1/responses", json!({"model": "tiny", "input": "Go on, please."})),
        (
            "/v1/messages",
            json!({"model": "tiny", "max_tokens": 20, "messages": [{"role": "user", "content": "Do go on."}]}),
        ),
        ("/v1/embeddings", json!({"model": "all-minilm-l6-v2", "input": "Go on."})),
        (
            "/v1/rerank",
            json!({"model": "gusset-rerank-v1", "query": "Go on?", "documents": ["Go on.", "Stop."]}),
        ),
        ("/v1/vector_stores", json!({"name": "notes", "file_ids": [first]})),
        ("/v1/vector_stores/vs_notes/files", json!({"file_id": second})),
        ("/v1/vector_stores/vs_notes/search", json!({"query": "Go on?"})),
    ];
    for (done, (path, body)) in calls.iter().enumerate() {
        let answer = client.post(path, body)?;
        ensure!(answer.status == 200, "{path}: {} {}", answer.status, answer.text());
        settled(&client, done + 1)?;
        for (by, name) in [("feature", "search"), ("user", "bot"), ("key", "web")] {
            let report = usage(&client, by)?;
            let line = &report["data"][0];
            let counted = (&line[by], &line["requests"], &line["requests_without_price"]);
            ensure!(counted == (&json!(name), &json!(done + 1), &json!(0)), "{path} by {by}: {report}");
        }
    }
    Ok(())
}
