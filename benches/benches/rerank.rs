//! What does reranking cost, against embedding, and is a deadline kept?
//!
//! Fifty passages of 128 tokens for a query of 16, one thread, in the `rerank` component and in the same core natively. The yardstick of each
//! table is its first row: fifty embeddings of that length one by one in the `embed` component. The last table gives the component deadlines
//! of some shares of a whole reranking, and shows how far each was missed and how many passages were read by then.
//!
//! `cargo xtask bench rerank`

mod component;

use std::time::{Duration, Instant};

use component::Embed;
use gusset_benches::{Comparison, built};
use gusset_embed::Embedder;
use gusset_rerank::{Options, Reranker};
use wasmtime::component::{Component, Linker};
use wasmtime::{Config, Engine, Store};

mod bindings {
    wasmtime::component::bindgen!({ path: "../wit", world: "rerank" });
}

use bindings::exports::gusset::rerank::rerank::{Depth, Options as WitOptions};

const PASSAGES: usize = 50;
const WHOLE: WitOptions = WitOptions { passage_tokens: None, refine: None };
const COARSE: WitOptions = WitOptions { passage_tokens: None, refine: Some(0) };

fn main() -> anyhow::Result<()> {
    // Every word is one token; two more are the model's own.
    let query = "river ".repeat(14);
    let passage = "river ".repeat(126);
    let passages = vec![passage.clone(); PASSAGES];
    let texts: Vec<&str> = passages.iter().map(String::as_str).collect();

    let mut embed = Embed::load(&built("components/embed.wasm"))?.instantiate()?;
    let encoder = Embedder::load(std::fs::read(built("rerank.blob"))?)?;
    let native = Reranker::new(encoder, &std::fs::read(built("rerank.head"))?)?;
    let (mut rerank, mut coarse) = (Rerank::load()?, Rerank::load()?);

    let one = [passage];
    Comparison::new("Fifty passages of 128 tokens")
        .with("fifty embeddings, component", || (0..PASSAGES).all(|_| embed.embed(&one).is_ok()))
        .with("reranked, component", || rerank.rank(&query, &passages, WHOLE).is_ok())
        .with("reranked without refining, component", || coarse.rank(&query, &passages, COARSE).is_ok())
        .with("reranked, native core", || native.rank(&query, &texts, &Options::default()).is_ok())
        .run(5);

    let start = Instant::now();
    rerank.rank(&query, &passages, WHOLE)?;
    let whole = start.elapsed();
    println!(
        "\nDeadlines\n\n| deadline | taken, median | worst | passages read | refined |\n|---|---|---|---|---|"
    );
    for share in [4, 2, 1] {
        let deadline = whole / (2 * share);
        let mut runs = Vec::new();
        for _ in 0..7 {
            runs.push(rerank.within(&query, &passages, deadline)?);
        }
        runs.sort_by_key(|run| run.taken);
        let (Some(median), Some(worst)) = (runs.get(runs.len() / 2), runs.last()) else { continue };
        let part = |time: Duration| time.as_secs_f64() / deadline.as_secs_f64();
        println!(
            "| {:.0} ms | {:.3} | {:.3} | {} | {} |",
            deadline.as_secs_f64() * 1e3,
            part(median.taken),
            part(worst.taken),
            median.read,
            median.refined
        );
    }
    Ok(())
}

/// One instance of the component.
struct Rerank {
    store: Store<()>,
    bindings: bindings::Rerank,
}

/// What became of a reranking with a deadline.
struct Run {
    taken: Duration,
    read: usize,
    refined: usize,
}

impl Rerank {
    fn load() -> anyhow::Result<Self> {
        let engine = Engine::new(&Config::new())?;
        let component = Component::from_file(&engine, built("components/rerank.wasm"))?;
        let mut store = Store::new(&engine, ());
        let bindings = bindings::Rerank::instantiate(&mut store, &component, &Linker::new(&engine))?;
        Ok(Self { store, bindings })
    }

    fn rank(&mut self, query: &str, passages: &[String], options: WitOptions) -> anyhow::Result<usize> {
        let rerank = self.bindings.gusset_rerank_rerank();
        let scores = rerank.call_rank(&mut self.store, query, passages, options)?;
        Ok(scores.map_err(|error| anyhow::anyhow!("{error:?}"))?.len())
    }

    /// Steps until the next one would end beyond the deadline, if it took as long as the longest so far.
    fn within(&mut self, query: &str, passages: &[String], deadline: Duration) -> anyhow::Result<Run> {
        let start = Instant::now();
        let failed = |error| anyhow::anyhow!("{error:?}");
        let rerank = self.bindings.gusset_rerank_rerank();
        let session = rerank.call_begin(&mut self.store, query, passages, WHOLE)?.map_err(failed)?;
        let sessions = rerank.session();
        let mut longest = Duration::ZERO;
        loop {
            let before = start.elapsed();
            if before + longest > deadline {
                break;
            }
            let more = sessions.call_step(&mut self.store, session)?.map_err(failed)?;
            longest = longest.max(start.elapsed() - before);
            if !more {
                break;
            }
        }
        let scores = sessions.call_scores(&mut self.store, session)?;
        let taken = start.elapsed();
        session.resource_drop(&mut self.store)?;
        let count = |depth: Depth| scores.iter().filter(|score| score.depth == depth).count();
        let refined = count(Depth::Full);
        Ok(Run { taken, read: refined + count(Depth::Coarse), refined })
    }
}
