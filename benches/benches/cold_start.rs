//! What does a fresh instance cost?
//!
//! Instantiation of the whole composed application on the native host, and, in the `embed` component alone, the first embedding of a short text in a fresh
//! instance against the same in a warm one, instantiation apart. The difference is what a cold start adds once the memory is mapped: page faults, nothing parsed.
//! Before that, what a hundred instances, each of which made an embedding, have in memory. Where `WASMTIME` names a `wasmtime` 48, the first embedding of the composed
//! application too, over HTTP, with an instance for each request and with one for all.
//!
//! `cargo xtask bench cold_start`

mod component;

use component::Embed;
use gusset::Runtime;
use gusset::config::{Config, Environment, Overrides};
use gusset_benches::memory::resident;
use gusset_benches::{Comparison, Serve, built};
use serde_json::json;

const TEXT: &str = "How is a snapshot mapped?";

/// Instances that are in memory together.
const INSTANCES: usize = 100;

fn main() -> anyhow::Result<()> {
    let tokio = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let state = tempfile::tempdir()?;
    let file = state.path().join("gusset.toml");
    std::fs::write(&file, "[state]\nmemory = true\n")?;
    let overrides = Overrides { file: Some(file), ..Overrides::default() };
    let runtime = Runtime::new(Config::load(overrides, &Environment::of_process())?)?;
    let artefact = runtime.artefact(&built("gusset.wasm"))?;
    let application = tokio.block_on(runtime.application(&artefact))?;
    let embed = Embed::load(&built("components/embed.wasm"))?;
    // First: what another instance has read already would not be counted.
    many(&embed)?;
    let mut warm = embed.instantiate()?;

    Comparison::new("Instantiation, native host, pooled")
        .with("composed application", || tokio.block_on(application.instantiate()).is_ok())
        .with("embed component alone", || embed.instantiate().is_ok())
        .run(200);
    Comparison::new("First embedding of a short text, instantiation apart")
        .with("warm instance", || warm.embed(&[TEXT.to_owned()]).is_ok())
        .with_timed("fresh instance", || {
            let mut fresh = embed.instantiate().ok();
            let start = std::time::Instant::now();
            let embedded = fresh.as_mut().map(|instance| instance.embed(&[TEXT.to_owned()]).is_ok());
            std::hint::black_box(embedded);
            start.elapsed()
        })
        .run(100);
    served()
}

/// A hundred instances, each with an embedding behind it.
fn many(embed: &Embed) -> anyhow::Result<()> {
    println!("\nMemory, in MB\n\n| | all | each further one |\n|---|---|---|");
    let before = resident()?;
    let mut instances = Vec::new();
    let mut first = 0;
    for count in 1..=INSTANCES {
        let mut instance = embed.instantiate()?;
        instance.embed(&[TEXT.to_owned()])?;
        instances.push(instance);
        let all = resident()? - before;
        if count == 1 {
            first = all;
            println!("| one instance | {:.1} | |", megabytes(all));
        }
        if count == INSTANCES {
            let each = (all - first) as f64 / (INSTANCES - 1) as f64;
            println!("| {INSTANCES} instances | {:.1} | {:.2} |", megabytes(all), each / 1e6);
        }
    }
    Ok(())
}

fn megabytes(bytes: u64) -> f64 {
    bytes as f64 / 1e6
}

/// The whole application on a host that makes an instance a request, and on one that makes one.
fn served() -> anyhow::Result<()> {
    let component = built("gusset-full.wasm");
    let many = "1000000";
    let reused = ["--max-instance-reuse-count", many, "--max-instance-concurrent-reuse-count", many];
    let Some(warm) = Serve::start(&component, &reused)? else { return Ok(()) };
    let Some(fresh) = Serve::start(&component, &["--max-instance-reuse-count", "1"])? else { return Ok(()) };
    let agent: ureq::Agent = ureq::Agent::config_builder().http_status_as_error(true).build().into();
    let body = json!({ "model": "all-minilm-l6-v2", "input": TEXT });
    let embed = |serve: &Serve| {
        let url = format!("{}/v1/embeddings", serve.url());
        agent.post(url).send_json(&body).and_then(|mut answer| answer.body_mut().read_to_string())
    };
    for serve in [&warm, &fresh] {
        embed(serve)?;
    }
    Comparison::new("One embedding of a short text over HTTP, `wasmtime serve`")
        .with("one instance for all", || embed(&warm).is_ok())
        .with("an instance for each", || embed(&fresh).is_ok())
        .run(100);
    Ok(())
}
