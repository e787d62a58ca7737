//! What does a whole answer cost, and what of it is HTTP and instantiation?
//!
//! The floor is a component that answers a constant, on the same host (and on bare `wasmtime serve`, where `WASMTIME`
//! names that binary). Above it: `/healthz` (the composed application, doing nothing), an embedding of one short text, and an
//! extractive answer from a collection of 20 passages.
//!
//! `cargo xtask bench answer`

use gusset_benches::{Comparison, Serve, Server, built};
use serde_json::{Value, json};

fn main() -> anyhow::Result<()> {
    let gusset = built("debug/gusset");
    let floor = Server::start(&gusset, &built("bench/constant.wasm"), None)?;
    let whole = Server::start(&gusset, &built("gusset.wasm"), None)?;
    let agent: ureq::Agent = ureq::Agent::config_builder().http_status_as_error(true).build().into();
    fill(&agent, whole.url())?;

    let constant = format!("{}/", floor.url());
    let health = format!("{}/healthz", whole.url());
    let embeddings = format!("{}/v1/embeddings", whole.url());
    let chat = format!("{}/v1/chat/completions", whole.url());
    let text = json!({ "model": "all-minilm-l6-v2", "input": "How is a snapshot mapped?" });
    let question =
        json!({ "model": "bench", "messages": [{ "role": "user", "content": "How is a snapshot mapped?" }] });

    let get = |url: &str| agent.get(url).call().and_then(|mut r| r.body_mut().read_to_string()).is_ok();
    let post = |url: &str, body: &Value| {
        agent.post(url).send_json(body).and_then(|mut r| r.body_mut().read_to_string()).is_ok()
    };
    let bare = Serve::start(&built("bench/constant.wasm"), &[])?;
    let mut comparison = Comparison::new("One request at a time over HTTP keep-alive, instances reused")
        .with("constant component, gusset host", || get(&constant));
    if let Some(bare) = bare.as_ref().map(|bare| format!("{}/", bare.url())) {
        comparison = comparison.with("constant component, wasmtime serve", move || get(&bare));
    }
    comparison
        .with("composed, /healthz", || get(&health))
        .with("composed, one embedding", || post(&embeddings, &text))
        .with("composed, extractive answer", || post(&chat, &question))
        .run(200);
    Ok(())
}

/// Twenty short documents in a collection `bench`.
fn fill(agent: &ureq::Agent, url: &str) -> anyhow::Result<()> {
    let store: Value = agent
        .post(format!("{url}/v1/vector_stores"))
        .send_json(json!({ "name": "bench" }))?
        .body_mut()
        .read_json()?;
    let store = store.get("id").and_then(Value::as_str).unwrap_or_default().to_owned();
    for number in 0..20 {
        let body = format!(
            "--x\r\nContent-Disposition: form-data; name=\"purpose\"\r\n\r\nassistants\r\n--x\r\n\
             Content-Disposition: form-data; name=\"file\"; filename=\"{number}.txt\"\r\n\r\n\
             Snapshot number {number} is mapped copy on write. The pages of its weights are shared by all instances.\r\n--x--\r\n"
        );
        let file: Value = agent
            .post(format!("{url}/v1/files"))
            .header("content-type", "multipart/form-data; boundary=x")
            .send(&body)?
            .body_mut()
            .read_json()?;
        agent
            .post(format!("{url}/v1/vector_stores/{store}/files"))
            .send_json(json!({ "file_id": file.get("id") }))?;
    }
    Ok(())
}
