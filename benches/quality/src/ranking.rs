//! nDCG@10 of each way to search.

use std::collections::{BTreeMap, HashMap};
use std::time::{Duration, Instant};

use gusset_embed::Purpose;
use gusset_retrieve::{Mode, Query, Rerank};

use crate::baselines::Baselines;
use crate::index::Index;
use crate::models::Models;
use crate::set::Set;
use crate::statistics::{bootstrap, ndcg};

/// Passages that the first stage hands to the reranker.
const WIDE: u32 = 50;

/// Ways to search, in the order of the table. `hurried` has time to rerank twelve passages, as the component has within half a second.
const SYSTEMS: [&str; 5] = ["bm25", "dense", "hybrid", "hurried", "reranked"];

/// Milliseconds that twelve passages take by the clock of [`Index`].
const HURRY: u32 = 12;

/// Prints a set's table. Whether a figure is below its baseline.
///
/// # Errors
/// A model or the core fails.
pub fn measure(set: &Set, models: &mut Models, baselines: &Baselines) -> anyhow::Result<bool> {
    let index = prepare(set, models)?;
    let wide: Vec<(&str, Vec<String>)> = set
        .queries
        .iter()
        .map(|query| {
            let found = index.search(models, &Query::new(&query.text, WIDE))?;
            Ok((query.text.as_str(), found.hits.into_iter().map(|hit| hit.passage.document).collect()))
        })
        .collect::<anyhow::Result<_>>()?;
    compare(set, models, &wide)?;

    println!("\n{}: {} documents, {} queries", set.name, set.documents.len(), set.queries.len());
    println!("{:<10} {:>8} {:>17} {:>10} {:>6} {:>8}", "", "nDCG@10", "95%", "baseline", "keys", "ms");
    let mut failed = false;
    let mut all: BTreeMap<&str, Vec<f64>> = BTreeMap::new();
    for system in SYSTEMS {
        let (keys, mut took) = (index.store.keys.get(), Duration::ZERO);
        let mut values = Vec::with_capacity(set.queries.len());
        for query in &set.queries {
            let started = Instant::now();
            let found = index.search(models, &asked(system, &query.text))?;
            took += started.elapsed();
            if let Some(degraded) = found.note.degraded.filter(|_| system != "hurried") {
                anyhow::bail!("{system} on {}: {degraded}", set.name);
            }
            values.push(ndcg(found.hits.iter().map(|hit| hit.passage.document.as_str()), &query.relevant));
        }
        let count = set.queries.len().max(1);
        let estimate = bootstrap(&values);
        let baseline = baselines.least(&set.name, system);
        let below = baseline.is_some_and(|least| estimate.mean < least);
        failed |= below;
        println!(
            "{system:<10} {:>8.4} {:>8.4}-{:<8.4} {:>10} {:>6} {:>8.2}{}",
            estimate.mean,
            estimate.low,
            estimate.high,
            baseline.map_or("-".to_owned(), |least| format!("{least:.3}")),
            (index.store.keys.get() - keys) / count,
            took.as_secs_f64() * 1000.0 / count as f64,
            if below { "  BELOW ITS BASELINE" } else { "" },
        );
        all.insert(system, values);
    }
    let mean = |system: &str| all.get(system).map_or(0.0, |values| bootstrap(values).mean);
    let better = if mean("dense") > mean("bm25") { "dense" } else { "bm25" };
    for (system, other) in [("hybrid", better), ("reranked", "hybrid")] {
        if let (Some(a), Some(b)) = (all.get(system), all.get(other)) {
            let difference: Vec<f64> = a.iter().zip(b).map(|(a, b)| a - b).collect();
            let by = bootstrap(&difference);
            println!(
                "{system} - {other}: {:+.4} ({:+.4} to {:+.4}), paired bootstrap p = {:.4}",
                by.mean, by.low, by.high, by.p
            );
        }
    }
    Ok(failed)
}

fn asked(system: &str, text: &str) -> Query {
    let query = Query::new(text, 10);
    match system {
        "bm25" => Query { mode: Mode::Lexical, ..query },
        "dense" => Query { mode: Mode::Dense, ..query },
        "hurried" => Query { rerank: Some(Rerank { deadline_ms: Some(HURRY) }), ..query },
        "reranked" => Query { rerank: Some(Rerank { deadline_ms: None }), ..query },
        _ => query,
    }
}

/// A set's collection, with the vectors of all its texts.
pub(crate) fn prepare(set: &Set, models: &mut Models) -> anyhow::Result<Index> {
    let texts: Vec<&str> = set.documents.iter().map(|(_, text)| text.as_str()).collect();
    let queries: Vec<&str> = set.queries.iter().map(|query| query.text.as_str()).collect();
    models.embed_all(&texts, Purpose::Passage)?;
    models.embed_all(&queries, Purpose::Query)?;
    Index::build(set, models)
}

/// Has the reranker compare queries with documents, named by their identifiers.
pub(crate) fn compare(set: &Set, models: &mut Models, lists: &[(&str, Vec<String>)]) -> anyhow::Result<()> {
    let texts: Vec<&str> = set.documents.iter().map(|(_, text)| text.as_str()).collect();
    let places: HashMap<&str, usize> =
        set.documents.iter().enumerate().map(|(at, (id, _))| (id.as_str(), at)).collect();
    let lists: Vec<(&str, Vec<usize>)> = lists
        .iter()
        .map(|(query, ids)| (*query, ids.iter().filter_map(|id| places.get(id.as_str()).copied()).collect()))
        .collect();
    models.compare_all(&texts, &lists)
}
