//! What does one embedding cost natively, in the component, and over HTTP?
//!
//! Texts of 16, 64, 128 and 256 tokens, one at a time, one thread. The first row of each table is the same core natively compiled.
//!
//! `cargo xtask bench embed`

mod component;

use component::Embed;
use gusset_benches::{Comparison, Server, built};
use gusset_embed::{Embedder, Purpose};
use serde_json::json;

fn main() -> anyhow::Result<()> {
    let native = Embedder::load(std::fs::read(built("embed.blob"))?)?;
    let mut component = Embed::load(&built("components/embed.wasm"))?.instantiate()?;
    let server = Server::start(&built("debug/gusset"), &built("gusset.wasm"), None)?;
    let agent = ureq::Agent::new_with_defaults();
    let url = format!("{}/v1/embeddings", server.url());
    for tokens in [16, 64, 128, 256] {
        // Every one of these words is one token; two more are the model's own.
        let text = "river ".repeat(tokens - 2);
        let body = json!({ "model": "all-minilm-l6-v2", "input": text });
        let title = format!("{tokens} tokens");
        Comparison::new(&title)
            .with("native core", || native.embed(&[text.as_str()], Purpose::Query).is_ok())
            .with("component", || component.embed(std::slice::from_ref(&text)).is_ok())
            .with("HTTP", || {
                agent.post(&url).send_json(&body).and_then(|mut r| r.body_mut().read_to_string()).is_ok()
            })
            .run(30);
    }
    Ok(())
}
