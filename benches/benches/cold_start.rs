//! What does a fresh instance cost?
//!
//! Instantiation of the whole composed application on the native host, and, in the `embed` component alone, the first embedding of a short text in a fresh
//! instance against the same in a warm one, instantiation apart. The difference is what a cold start adds once the memory is mapped: page faults, nothing parsed.
//!
//! `cargo xtask bench cold_start`

mod component;

use component::Embed;
use gusset::Runtime;
use gusset::config::{Config, Environment, Overrides};
use gusset_benches::{Comparison, built};

const TEXT: &str = "How is a snapshot mapped?";

fn main() -> anyhow::Result<()> {
    let tokio = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let state = tempfile::tempdir()?;
    let file = state.path().join("gusset.toml");
    std::fs::write(&file, "[state]\nmemory = true\n")?;
    let overrides = Overrides { file: Some(file), ..Overrides::default() };
    let runtime = Runtime::new(Config::load(overrides, &Environment::of_process())?)?;
    let artefact = runtime.artefact(&built("gusset.wasm"))?;
    let application = tokio.block_on(async { runtime.application(&artefact) })?;
    let embed = Embed::load(&built("components/embed.wasm"))?;
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
    Ok(())
}
