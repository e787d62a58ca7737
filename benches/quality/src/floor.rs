//! "Not in the documents": whether a search knows it.
//!
//! Each set's queries are asked in their own collection; then in the same one without what is relevant to them (hard: the topic is there, the answer isn't); and
//! in each other set's (easy: not even the topic is).

use std::fmt::Write as _;
use std::path::Path;

use gusset_embed::Purpose;
use gusset_retrieve::{Hit, Mode, Query, Rerank};

use crate::models::Models;
use crate::retrieval::{compare, prepare};
use crate::set::{self, Set};

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
}

/// Prints precision and recall of the decision at the floor.
///
/// # Errors
/// A model or the core fails; `dump` can't be written.
pub fn measure(sets: &[Set], models: &mut Models, dump: Option<&Path>) -> anyhow::Result<()> {
    let mut lines = String::new();
    for set in sets {
        let index = prepare(set, models)?;
        let mut asked = Vec::new();
        for from in sets {
            let queries: Vec<&set::Query> = from.queries.iter().collect();
            let texts: Vec<&str> = queries.iter().map(|query| query.text.as_str()).collect();
            models.embed_all(&texts, Purpose::Query)?;
            let mut lists = Vec::new();
            for text in &texts {
                let found = index.search(models, &Query::new(text, WIDE))?;
                lists.push((*text, found.hits.into_iter().map(|hit| hit.passage.document).collect()));
            }
            compare(set, models, &lists)?;
            for query in queries {
                for (system, mode, reranks) in SYSTEMS {
                    let rerank = reranks.then_some(Rerank { deadline_ms: None });
                    let found =
                        index.search(models, &Query { mode, rerank, ..Query::new(&query.text, WIDE) })?;
                    let own = from.name == set.name;
                    let relevant = |hit: &Hit| own && query.relevant.contains_key(&hit.passage.document);
                    let mut ask = |kind, best: Option<&Hit>| {
                        let confidence = best.map_or(0.0, |best| best.probability);
                        asked.push(Asked { system, kind, confidence, right: best.is_some_and(relevant) });
                    };
                    ask(if own { "answerable" } else { "elsewhere" }, found.hits.first());
                    if own {
                        ask("removed", found.hits.iter().find(|hit| !relevant(hit)));
                    }
                }
            }
        }
        for (system, ..) in SYSTEMS {
            let of_system: Vec<&Asked> = asked.iter().filter(|asked| asked.system == system).collect();
            table(&format!("{}, {system}", set.name), &of_system);
        }
        for Asked { system, kind, confidence, right } in &asked {
            writeln!(lines, "{}\t{system}\t{kind}\t{confidence}\t{}", set.name, u8::from(*right))?;
        }
    }
    match dump {
        Some(path) => Ok(std::fs::write(path, lines)?),
        None => Ok(()),
    }
}

fn table(name: &str, asked: &[&Asked]) {
    println!("\n{name}: decided at {}", Query::FLOOR);
    let none = |asked: &Asked| asked.confidence < Query::FLOOR;
    let of = |kind: &str| {
        let all: Vec<&&Asked> = asked.iter().filter(|asked| asked.kind == kind).collect();
        (all.iter().filter(|asked| none(asked)).count(), all.len())
    };
    let (lost, answerable) = of("answerable");
    let right = asked.iter().filter(|asked| asked.kind == "answerable" && asked.right);
    let (right, right_lost) =
        right.fold((0, 0), |(all, lost), asked| (all + 1, lost + usize::from(none(asked))));
    println!(
        "answerable: {lost} of {answerable} given nothing; {right_lost} of the {right} whose best passage was right"
    );
    for kind in ["elsewhere", "removed"] {
        let (refused, all) = of(kind);
        let precision = refused as f64 / (refused + lost).max(1) as f64;
        println!(
            "{kind}: {refused} of {all} given nothing: recall {:.3}, precision {precision:.3}",
            refused as f64 / all.max(1) as f64
        );
    }
}
