//! What does Gusset add to a call of a model, and where?
//!
//! The upstream is a server of this process that answers at once, so that all that is seen is overhead: latency beside a call of the upstream
//! itself, and CPU of the host (`/proc/<pid>/stat`, of all its threads) a request. The rows of CPU are ordered so that each has one boundary more
//! than the one before it. A plain call is sent with `cache-control: no-store`, so that it reaches the upstream every time.
//!
//! `cargo xtask bench gateway`

use anyhow::ensure;
use gusset_benches::server::State;
use gusset_benches::{Comparison, Server, built, upstream};
use serde_json::{Value, json};
use std::time::Duration;
use ureq::Agent;

/// Requests of which the CPU is measured together: the kernel counts it in steps of 10 ms.
const REQUESTS: u32 = 500;

/// The same where the encoder runs, which takes ten milliseconds a time.
const EMBEDDING_REQUESTS: u32 = 50;

/// Times that each kind is measured; the median counts.
const ROUNDS: usize = 5;

/// The model that is built in unless another one is asked for.
const EMBEDDER: &str = "all-minilm-l6-v2";

/// Asked first.
const QUESTION: &str = "How can I improve my spoken English?";

/// The same in other words: near enough for the semantic cache to serve at the bound below, before it has learned anything.
const REWORDED: &str = "How do I improve my spoken English?";

/// Which hosts are measured, by the titles of their columns.
const HOSTS: [(&str, State); 2] = [("state in a file", State::File), ("state in memory", State::Memory)];

/// A kind of request: its row, what sends it, and how often.
type Kind = (&'static str, Box<dyn Fn() -> anyhow::Result<()>>, u32);

fn main() -> anyhow::Result<()> {
    let upstream = upstream::start()?;
    let configuration = format!(
        "[[nodes]]\nurl = \"{upstream}/v1\"\nmodel = \"m\"\n[cache]\nwrong_share = 0.05\nverify_share = 0.0\n"
    );
    let gusset = built("debug/gusset");
    let constant = Server::with(&gusset, &built("bench/constant.wasm"), State::Memory, "")?;
    let hosts = HOSTS.map(|(_, state)| Server::with(&gusset, &built("gusset.wasm"), state, &configuration));
    let hosts = hosts.into_iter().collect::<Result<Vec<_>, _>>()?;
    let agent: Agent = Agent::config_builder().http_status_as_error(true).build().into();

    let mut kinds = Vec::new();
    for host in &hosts {
        ask(&agent, host.url(), QUESTION, false, "")?;
        ensure!(ask(&agent, host.url(), QUESTION, false, "")? == "hit", "the question was not kept");
        let said = ask(&agent, host.url(), REWORDED, false, "only-if-cached")?;
        ensure!(said.starts_with("semantic-hit"), "the cache says {said}");
        kinds.push(of(&agent, host.url()));
    }
    latency(&agent, &upstream, &hosts)?;

    println!("\nCPU of the host a request, median\n");
    println!("| | {} |\n|---|---|---|", HOSTS.map(|(title, _)| title).join(" | "));
    let url = format!("{}/", constant.url());
    let floor = cpu(&constant, &|| fetch(&agent, &url), REQUESTS)?;
    println!("| a constant component | | {} |", micros(floor));
    let rows = kinds.first().map_or(0, Vec::len);
    for row in 0..rows {
        let mut line = String::new();
        for (host, kinds) in hosts.iter().zip(&kinds) {
            let Some((name, send, requests)) = kinds.get(row) else { continue };
            if line.is_empty() {
                line = format!("| {name} |");
            }
            line.push_str(&format!(" {} |", micros(cpu(host, send.as_ref(), *requests)?)));
        }
        println!("{line}");
    }
    Ok(())
}

/// The kinds of requests, each with one boundary more than the one before it.
fn of(agent: &Agent, url: &str) -> Vec<Kind> {
    let kind = |name, question: &'static str, stream, control: &'static str| -> Kind {
        let (agent, url) = (agent.clone(), url.to_owned());
        (name, Box::new(move || ask(&agent, &url, question, stream, control).map(drop)), REQUESTS)
    };
    let post = |name, path: &str, body: Value| -> Kind {
        let (agent, url) = (agent.clone(), format!("{url}{path}"));
        (
            name,
            Box::new(move || {
                agent.post(&url).send_json(&body)?.body_mut().read_to_vec()?;
                Ok(())
            }),
            REQUESTS,
        )
    };
    let (get, health) = (agent.clone(), format!("{url}/healthz"));
    let turns = json!([{"role": "user", "content": QUESTION}]);
    vec![
        ("`/healthz`: gateway", Box::new(move || fetch(&get, &health)), REQUESTS),
        post(
            "tokens counted: + orchestrate",
            "/v1/messages/count_tokens",
            json!({"model": "m", "messages": turns}),
        ),
        kind("exact hit: + retrieve, cache, telemetry", QUESTION, false, ""),
        kind("plain: + generate, the upstream", QUESTION, false, "no-store"),
        kind("stream of 100 events", upstream::STREAMED, true, "no-store"),
        rarely(post(
            "one embedding: gateway, encoder",
            "/v1/embeddings",
            json!({"model": EMBEDDER, "input": REWORDED}),
        )),
        rarely(kind("semantic hit", REWORDED, false, "only-if-cached")),
    ]
}

fn rarely((name, send, _): Kind) -> Kind {
    (name, send, EMBEDDING_REQUESTS)
}

fn latency(agent: &Agent, upstream: &str, hosts: &[Server]) -> anyhow::Result<()> {
    let mut latency = Comparison::new("Latency, one request at a time over HTTP keep-alive")
        .with("upstream itself, plain", || ask(agent, upstream, QUESTION, false, "").is_ok())
        .with("upstream itself, stream of 100 events", || {
            ask(agent, upstream, upstream::STREAMED, true, "").is_ok()
        });
    for ((title, _), host) in HOSTS.iter().zip(hosts) {
        let url = host.url();
        latency = latency
            .with(format!("plain, {title}"), move || ask(agent, url, QUESTION, false, "no-store").is_ok())
            .with(format!("stream of 100 events, {title}"), move || {
                ask(agent, url, upstream::STREAMED, true, "no-store").is_ok()
            })
            .with(format!("exact hit, {title}"), move || ask(agent, url, QUESTION, false, "").is_ok())
            .with(format!("semantic hit, {title}"), move || {
                ask(agent, url, REWORDED, false, "only-if-cached").is_ok()
            });
    }
    latency.run(300);
    Ok(())
}

/// What the cache said of it.
fn ask(agent: &Agent, base: &str, content: &str, stream: bool, control: &str) -> anyhow::Result<String> {
    let body = json!({"model": "m", "stream": stream, "messages": [{"role": "user", "content": content}]});
    let mut answer =
        agent.post(format!("{base}/v1/chat/completions")).header("cache-control", control).send_json(body)?;
    let said = answer.headers().get("x-gusset-cache").and_then(|value| value.to_str().ok());
    let said = said.unwrap_or_default().to_owned();
    answer.body_mut().read_to_vec()?;
    Ok(said)
}

fn fetch(agent: &Agent, url: &str) -> anyhow::Result<()> {
    agent.get(url).call()?.body_mut().read_to_vec()?;
    Ok(())
}

fn cpu(host: &Server, send: &dyn Fn() -> anyhow::Result<()>, requests: u32) -> anyhow::Result<Duration> {
    let mut times = Vec::with_capacity(ROUNDS);
    for _ in 0..ROUNDS {
        let before = host.cpu()?;
        for _ in 0..requests {
            send()?;
        }
        times.push((host.cpu()? - before) / requests);
    }
    times.sort();
    Ok(times.get(ROUNDS / 2).copied().unwrap_or_default())
}

fn micros(time: Duration) -> String {
    format!("{:.0} µs", time.as_secs_f64() * 1e6)
}
