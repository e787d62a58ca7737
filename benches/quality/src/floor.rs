//! "Not in the documents": whether a search knows it.
//!
//! Each set's queries are asked in their own collection; then in the same one without what is relevant to them (hard: the topic is there, the answer isn't); and
//! in each other set's (easy: not even the topic is). Texts of one kind (a speech, articles, reports) are asked their own questions and those of all others;
//! no other is asked theirs, which are few.

use std::fmt::Write as _;
use std::path::Path;

use gusset_embed::Purpose;
use gusset_retrieve::support::coverage;
use gusset_retrieve::{Hit, Mode, Query, Rerank, analyse};

use crate::baselines::Baselines;
use crate::models::Models;
use crate::ranking::{compare, prepare};
use crate::set::{self, Set};
use crate::statistics::share;

/// Passages looked at, so many that the relevant ones can be left out afterwards.
const WIDE: u32 = 50;

/// Ways to search, in the order of the tables.
const SYSTEMS: [(&str, Mode, bool); 4] = [
    ("reranked", Mode::Hybrid, true),
    ("hybrid", Mode::Hybrid, false),
    ("dense", Mode::Dense, false),
    ("bm25", Mode::Lexical, false),
];

/// A query asked in a collection.
struct Asked {
    system: &'static str,
    kind: &'static str,
    confidence: f32,
    /// Whether the best passage is relevant.
    right: bool,
    /// What another decision could be made by.
    signs: [f32; 7],
}

/// Prints what is kept and refused at the floor. Whether a share is below its baseline.
///
/// # Errors
/// A model or the core fails; `dump` can't be written.
pub fn measure(
    sets: &[Set],
    texts: &[Set],
    models: &mut Models,
    baselines: &Baselines,
    dump: Option<&Path>,
) -> anyhow::Result<bool> {
    let mut failed = false;
    let mut lines = String::new();
    let all = || sets.iter().chain(texts);
    for (at, set) in all().enumerate() {
        let index = prepare(set, models)?;
        let mut asked = Vec::new();
        let askers = if at < sets.len() { sets.len() } else { sets.len() + texts.len() };
        let askers: Vec<&Set> = all().take(askers).collect();
        let asks: Vec<&str> =
            askers.iter().flat_map(|from| &from.queries).map(|query| query.text.as_str()).collect();
        models.embed_all(&asks, Purpose::Query)?;
        let mut lists = Vec::new();
        for text in asks {
            let found = index.search(models, &Query::new(text, WIDE))?;
            lists.push((text, found.hits.into_iter().map(|hit| hit.passage.document).collect()));
        }
        compare(set, models, &lists)?;
        for from in askers {
            let queries: Vec<&set::Query> = from.queries.iter().collect();
            for query in queries {
                for (system, mode, reranks) in SYSTEMS {
                    let rerank = reranks.then_some(Rerank { deadline_ms: None });
                    let found =
                        index.search(models, &Query { mode, rerank, ..Query::new(&query.text, WIDE) })?;
                    let own = from.name == set.name;
                    let relevant = |hit: &Hit| own && query.relevant.contains_key(&hit.passage.document);
                    let mut ask = |kind, hits: &[&Hit]| {
                        let best = hits.first();
                        let confidence = best.map_or(0.0, |best| best.probability);
                        let signs = signs(&query.text, hits);
                        asked.push(Asked {
                            system,
                            kind,
                            confidence,
                            right: best.is_some_and(|hit| relevant(hit)),
                            signs,
                        });
                    };
                    let all: Vec<&Hit> = found.hits.iter().collect();
                    ask(if own { "answerable" } else { "elsewhere" }, &all);
                    if own {
                        let others: Vec<&Hit> = found.hits.iter().filter(|hit| !relevant(hit)).collect();
                        ask("removed", &others);
                    }
                }
            }
        }
        for (system, ..) in SYSTEMS {
            let of_system: Vec<&Asked> = asked.iter().filter(|asked| asked.system == system).collect();
            failed |= table(&format!("{}, {system}", set.name), &of_system, baselines);
        }
        for Asked { system, kind, confidence, right, signs } in &asked {
            let signs: Vec<String> = signs.iter().map(f32::to_string).collect();
            writeln!(
                lines,
                "{}\t{system}\t{kind}\t{confidence}\t{}\t{}",
                set.name,
                u8::from(*right),
                signs.join("\t")
            )?;
        }
    }
    if let Some(path) = dump {
        std::fs::write(path, lines)?;
    }
    Ok(failed)
}

/// Of the best passage the reranker's score, cosine, lexical score and share of the query's words; the query's number of words; and its sum of scores less that of
/// the second, and less the mean of the next ten.
fn signs(query: &str, hits: &[&Hit]) -> [f32; 7] {
    let sum = |hit: &Hit| hit.rerank.unwrap_or_default() + 15.0 * hit.cosine + 10.0 * hit.lexical;
    let Some(best) = hits.first() else { return [0.0; 7] };
    let next: Vec<f32> = hits.iter().skip(1).take(10).map(|hit| sum(hit)).collect();
    let mean = next.iter().sum::<f32>() / next.len().max(1) as f32;
    [
        best.rerank.unwrap_or_default(),
        best.cosine,
        best.lexical,
        coverage(query, &best.passage.text),
        analyse(query).length as f32,
        sum(best) - next.first().copied().unwrap_or_default(),
        sum(best) - mean,
    ]
}

/// Prints what becomes of a set's questions. Whether a share is below its baseline.
fn table(name: &str, asked: &[&Asked], baselines: &Baselines) -> bool {
    println!("\n{name}: decided at {}", Query::FLOOR);
    let none = |asked: &&&Asked| asked.confidence < Query::FLOOR;
    let right = |asked: &&&Asked| asked.kind == "answerable" && asked.right;
    let mut failed = false;
    let mut line = |key: &str, what: &str, held: usize, of: usize| {
        let [value, low, high] = share(held, of);
        let below = of > 0 && baselines.least(name, key).is_some_and(|least| value < least);
        failed |= below;
        if of > 0 {
            println!(
                "{what:<48} {value:.3} ({low:.3}-{high:.3}), {held} of {of}{}",
                if below { "  BELOW ITS BASELINE" } else { "" }
            );
        }
    };
    let (kept, all): (Vec<&&Asked>, usize) = (
        asked.iter().filter(right).filter(|asked| !none(asked)).collect(),
        asked.iter().filter(right).count(),
    );
    line("right", "right answers kept", kept.len(), all);
    for (key, what, refused) in [
        ("answerable", "its own questions kept", false),
        ("elsewhere", "of another collection: found nothing", true),
        ("removed", "without what answers them: found nothing", true),
    ] {
        let of_kind = || asked.iter().filter(|asked| asked.kind == key);
        line(key, what, of_kind().filter(|asked| none(asked) == refused).count(), of_kind().count());
    }
    failed
}
