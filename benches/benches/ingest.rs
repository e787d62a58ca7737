//! What does indexing a folder cost beyond the embedding of its passages?
//!
//! `gusset index` over a folder of made-up documents of twenty paragraphs, each of which becomes one passage, into a host with SQLite state that embeds
//! natively; against the same paragraphs sent to `POST /v1/embeddings` of the same host, sixteen at a time and as many requests at once as files.
//! Time on the clock, and CPU of the host, which others at work on the machine change less.
//!
//! `cargo xtask bench ingest`; `GUSSET_PASSAGES` says how many (5,000).

use anyhow::{Context, ensure};
use gusset_benches::server::State;
use gusset_benches::{Server, built};
use serde_json::{Value, json};
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

/// Paragraphs of a document.
const PARAGRAPHS: usize = 20;
/// Words of a paragraph: some 150 tokens, so that no two fit into a passage of 200.
const WORDS: usize = 110;
/// Texts of a request for embeddings: what indexing embeds at once.
const BATCH: usize = 16;
/// Requests at once, as `gusset index` has files.
const AT_ONCE: usize = 8;

fn main() -> anyhow::Result<()> {
    let passages = std::env::var("GUSSET_PASSAGES").map_or(Ok(5000), |n| n.parse::<usize>())?;
    let documents = passages.div_ceil(PARAGRAPHS);
    let folder = tempfile::tempdir()?;
    for n in 0..documents {
        std::fs::write(folder.path().join(format!("{n}.txt")), paragraphs(n).join("\n\n"))?;
    }
    let gusset = built("debug/gusset");
    let host = Server::with(&gusset, &built("gusset-open.wasm"), State::File, "[embed]\nnative = true\n")?;

    let embedding = measure(&host, || embed(host.url(), documents))?;
    let indexing = measure(&host, || index(&gusset, folder.path(), host.url()))?;
    let unchanged = measure(&host, || index(&gusset, folder.path(), host.url()))?;

    let total = documents * PARAGRAPHS;
    println!("{documents} documents, {total} passages");
    println!("{:28} {:>10} {:>10} {:>14}", "", "clock", "host CPU", "CPU a passage");
    for (what, (clock, cpu)) in
        [("embedding alone", embedding), ("index", indexing), ("index again, unchanged", unchanged)]
    {
        let each = cpu.as_secs_f64() * 1e3 / total as f64;
        println!("{what:28} {:>8.1} s {:>8.1} s {each:>11.2} ms", clock.as_secs_f64(), cpu.as_secs_f64());
    }
    let share = |of: Duration, on: Duration| (of.as_secs_f64() / on.as_secs_f64() - 1.0) * 100.0;
    println!(
        "beyond embedding: {:.1}% of its time on the clock, {:.1}% of its CPU",
        share(indexing.0, embedding.0),
        share(indexing.1, embedding.1)
    );
    Ok(())
}

/// Time and the host's CPU that something takes.
fn measure(host: &Server, work: impl FnOnce() -> anyhow::Result<()>) -> anyhow::Result<(Duration, Duration)> {
    let (start, before) = (Instant::now(), host.cpu()?);
    work()?;
    Ok((start.elapsed(), host.cpu()?.saturating_sub(before)))
}

fn index(gusset: &std::path::Path, folder: &std::path::Path, url: &str) -> anyhow::Result<()> {
    let mut command = Command::new(gusset);
    command.arg("index").arg(folder).args([
        "--collection",
        "bench",
        "--url",
        url,
        "--jobs",
        &AT_ONCE.to_string(),
    ]);
    let status = command.stdout(Stdio::null()).status()?;
    ensure!(status.success(), "gusset index: {status}");
    Ok(())
}

fn embed(url: &str, documents: usize) -> anyhow::Result<()> {
    let next = AtomicUsize::new(0);
    let work = || -> anyhow::Result<()> {
        let agent = ureq::Agent::new_with_defaults();
        loop {
            let n = next.fetch_add(1, Ordering::Relaxed);
            if n >= documents {
                return Ok(());
            }
            for batch in paragraphs(n).chunks(BATCH) {
                let body =
                    json!({ "model": "all-minilm-l6-v2", "input": batch, "encoding_format": "base64" });
                let answer: Value = agent
                    .post(format!("{url}/v1/embeddings"))
                    .send_json(body)?
                    .body_mut()
                    .with_config()
                    .limit(64 << 20)
                    .read_json()?;
                answer.get("data").context("no embeddings")?;
            }
        }
    };
    std::thread::scope(|scope| {
        let workers: Vec<_> = (0..AT_ONCE).map(|_| scope.spawn(work)).collect();
        workers
            .into_iter()
            .try_for_each(|worker| worker.join().map_err(|_| anyhow::anyhow!("a worker panicked"))?)
    })
}

/// Paragraphs that differ, of common words.
fn paragraphs(document: usize) -> Vec<String> {
    const COMMON: &str = "the harbour light keeper writes a diary of storms ships tides and fog while the ferry leaves at seven with mail \
                          bread and news for islands where fishermen mend nets paint boats count seals watch clouds drink coffee and \
                          wait for spring when roads dry birds return children learn rowing songs letters numbers and old maps";
    let words: Vec<&str> = COMMON.split_whitespace().collect();
    let mut state = document as u64 + 1;
    let mut next = || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        words.get((state >> 33) as usize % words.len()).copied().unwrap_or_default()
    };
    (0..PARAGRAPHS).map(|_| (0..WORDS).map(|_| next()).collect::<Vec<_>>().join(" ")).collect()
}
