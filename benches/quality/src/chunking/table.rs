//! The table: theirs as published and as measured here, then ours.

use std::collections::BTreeMap;

use gusset_chunk::{Options, Strategy};

use super::dense::{self, Retrieved};
use super::metrics::{Scores, score};
use super::report::PUBLISHED;
use super::systems::{self, WAYS};
use crate::baselines::Baselines;
use crate::models::Models;
use crate::statistics::{Estimate, bootstrap};
use crate::texts::Texts;

/// Names of the columns, which are the keys of `baselines.toml` too.
const METRICS: [&str; 4] = ["recall", "precision", "omega", "iou"];

/// Prints the table. Whether a figure is below its baseline.
///
/// # Errors
/// A model or a core fails.
pub fn measure(
    data: &Texts,
    models: &mut Models,
    only: &[String],
    baselines: &Baselines,
) -> anyhow::Result<bool> {
    let characters: usize = data.corpora.iter().map(|corpus| corpus.characters(&(0..usize::MAX)).end).sum();
    println!(
        "{} corpora of {characters} characters together, {} questions, {} chunks retrieved; percent, 95% intervals",
        data.corpora.len(),
        data.questions.len(),
        dense::RETRIEVED
    );
    print!("{:<44} {:>6} {:>5}", "", "chunks", "chars");
    METRICS.iter().for_each(|metric| print!(" {metric:>18}"));
    println!();
    let wanted = |name: &str| {
        only.is_empty() || only.iter().any(|only| name == only || name == format!("report: {only}"))
    };
    let mut failed = false;
    for (chunker, published) in PUBLISHED {
        let name = chunker.to_string();
        if wanted(&name) {
            println!(
                "{:<44} {:>12} {}",
                format!("{name}, published"),
                "",
                columns(published.map(|value| format!("{value:.1}")))
            );
            failed |= row(data, &name, &dense::search(data, models, chunker)?, baselines);
        }
    }
    for (name, options) in ours() {
        if wanted(&name) {
            for (way, retrieved) in WAYS.iter().zip(systems::search(data, models, &options)?) {
                failed |= row(data, &format!("{name}, {way}"), &retrieved, baselines);
            }
        }
    }
    Ok(failed)
}

/// Strategies that are measured: sizes of the one that is the default, then the others at the size that does best.
fn ours() -> Vec<(String, Options)> {
    let sized = |strategy, max_tokens| Options {
        strategy,
        max_tokens,
        overlap_tokens: 0,
        parent_tokens: 0,
        context: false,
    };
    let structural = |max_tokens| sized(Strategy::Structural, max_tokens);
    let mut all: Vec<(String, Options)> =
        [100, 128, 150, 200].map(|size| (format!("structural {size}"), structural(size))).into();
    all.extend([
        ("semantic 128".to_owned(), sized(Strategy::Semantic, 128)),
        ("semantic 200".to_owned(), sized(Strategy::Semantic, 200)),
        ("fixed 128".to_owned(), sized(Strategy::Fixed, 128)),
        ("structural 64 in 128".to_owned(), Options { parent_tokens: 128, ..structural(64) }),
        ("structural 160 with context".to_owned(), Options { context: true, ..structural(160) }),
    ]);
    all
}

/// Prints a line. Whether a figure is below its baseline.
fn row(data: &Texts, name: &str, (found, all): &Retrieved, baselines: &Baselines) -> bool {
    let scores: Vec<Scores> =
        data.questions.iter().zip(found).map(|(question, found)| score(question, found, all)).collect();
    let of: [fn(&Scores) -> f64; 4] = [|s| s.recall, |s| s.precision, |s| s.omega, |s| s.iou];
    let estimates =
        of.map(|of| bootstrap(&scores.iter().map(|scores| 100.0 * of(scores)).collect::<Vec<_>>()));
    let characters: usize = all.iter().map(|span| span.range.len()).sum();
    let shown = estimates.map(|Estimate { mean, low, high, .. }| format!("{mean:.1} ({low:.1}-{high:.1})"));
    print!("{name:<44} {:>6} {:>5} {}", all.len(), characters / all.len().max(1), columns(shown));
    let mut failed = false;
    let reached: BTreeMap<&str, f64> =
        METRICS.into_iter().zip(estimates.map(|estimate| estimate.mean)).collect();
    for (metric, mean) in reached {
        if let Some(least) = baselines.least(name, metric).filter(|&least| mean < least) {
            print!("  {metric} BELOW ITS BASELINE {least}");
            failed = true;
        }
    }
    println!();
    failed
}

fn columns(values: [String; 4]) -> String {
    values.map(|value| format!("{value:>18}")).join(" ")
}
