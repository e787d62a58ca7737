//! Our side of `benches/ort/compare.py`: embeds on request and says what it cost.
//!
//! The first argument is a compiled model, for the native core, or an `embed` component. Each line of the input is a number of tokens and a
//! number of texts; the answer is the CPU time of embedding that many texts of that length, in milliseconds.

#[path = "../benches/component/mod.rs"]
mod component;

use std::io::BufRead as _;
use std::path::PathBuf;

use anyhow::Context as _;
use component::Embed;
use gusset_embed::{Embedder, Purpose};

/// What embeds.
type Engine = Box<dyn FnMut(&[String]) -> anyhow::Result<usize>>;

fn main() -> anyhow::Result<()> {
    let path = PathBuf::from(std::env::args_os().nth(1).context("a model or a component is missing")?);
    let mut engine = if path.extension().is_some_and(|extension| extension == "wasm") {
        component(&path)?
    } else {
        native(&path)?
    };
    println!("ready");
    for line in std::io::stdin().lock().lines() {
        let line = line?;
        let (tokens, batch) = line.split_once(' ').context("not two numbers")?;
        // Every one of these words is one token; two more are the model's own.
        let text = "river ".repeat(tokens.parse::<usize>()?.saturating_sub(2));
        let texts = vec![text; batch.parse()?];
        let start = cpu_time();
        std::hint::black_box(engine(&texts)?);
        println!("{}", cpu_time() - start);
    }
    Ok(())
}

fn native(path: &std::path::Path) -> anyhow::Result<Engine> {
    let embedder = Embedder::load(std::fs::read(path)?)?;
    Ok(Box::new(move |texts| {
        let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
        Ok(embedder.embed(&texts, Purpose::Query)?.values.len())
    }))
}

fn component(path: &std::path::Path) -> anyhow::Result<Engine> {
    let mut instance = Embed::load(path)?.instantiate()?;
    Ok(Box::new(move |texts| Ok(instance.embed(texts)?.len())))
}

/// Milliseconds that this thread has run: the machine may be doing other things.
fn cpu_time() -> f64 {
    let mut time = libc::timespec { tv_sec: 0, tv_nsec: 0 };
    // SAFETY: writes one `timespec`.
    unsafe { libc::clock_gettime(libc::CLOCK_THREAD_CPUTIME_ID, &raw mut time) };
    time.tv_sec as f64 * 1e3 + time.tv_nsec as f64 / 1e6
}
