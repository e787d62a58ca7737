//! The prior, from one half of the labelled pairs.

use std::collections::BTreeSet;
use std::path::Path;

use anyhow::{Context, Result};
use gusset_cache::{Embedder, FEATURES, Prior, slot, stems};

use crate::data::{Half, halves};
use crate::logistic::{self, Row};
use crate::stream::{Stream, Truth};
use crate::vectors::{Vectors, cosine};
use crate::{Sources, intervals, neighbourhoods};

/// Slots of the table of frequencies, a byte each.
const SLOTS: usize = 4096;

/// Parts of the half that take turns to be judged by weights fitted to the others.
const FOLDS: u8 = 5;

/// Cosine from which pairs are weighed; the cache's own.
const LEAST: f64 = 0.7;

/// Wrong shares that a cut is looked for.
const SHARES: [f32; 10] = [0.01, 0.02, 0.03, 0.05, 0.07, 0.1, 0.15, 0.2, 0.3, 0.5];

/// The chance that a cut lets more wrong hits through than it says, each cut by itself. Not small: it is where a route begins, whose own comparisons
/// correct it.
const DELTA: f64 = 0.2;

/// Cuts tried for each share, at numbers of hits that grow by a fifth.
const CUTS: usize = 40;

/// The first of them.
const FEWEST: f64 = 20.0;

/// A pair that no guard blocks: its features, whether it is the same, its part.
struct Weighed {
    row: Row,
    same: bool,
    part: u8,
}

pub(crate) fn run(sources: &Sources, out: &Path) -> Result<()> {
    let (half, _) = halves(&sources.data)?;
    let texts: BTreeSet<&str> =
        half.pairs.iter().flat_map(|(pair, _)| [pair.stored.as_str(), pair.asked.as_str()]).collect();
    let texts: Vec<&str> = texts.into_iter().collect();
    let vectors = Vectors::load(sources, &texts)?;
    let all: Vec<&[i8]> = texts.iter().map(|text| vectors.of(text)).collect::<Result<_>>()?;
    let dimension = all.first().map_or(0, |vector| vector.len()) as u32;
    let (centroids, idf, model) = (neighbourhoods::centroids(&all), frequencies(&texts), vectors.model().id);
    let mut prior = Prior {
        model: &model,
        weights: vec![0.0; FEATURES],
        cuts: Vec::new(),
        dimension,
        centroids: &centroids,
        idf: &idf,
    };
    let weighed = weigh(&half, &vectors, &prior)?;
    let of = |keep: &dyn Fn(&Weighed) -> bool| -> Vec<(Row, bool)> {
        weighed.iter().filter(|pair| keep(pair)).map(|pair| (pair.row, pair.same)).collect()
    };
    let narrowed = |weights: Row| weights.iter().map(|&weight| weight as f32).collect();
    let mut judged = Vec::new();
    for fold in 0..FOLDS {
        prior.weights = narrowed(logistic::fit(&of(&|pair| pair.part % FOLDS != fold)));
        judged.extend(would_be_hits(&half, fold, &vectors, &prior)?);
    }
    judged.sort_by(|a, b| b.0.total_cmp(&a.0));
    prior.weights = narrowed(logistic::fit(&of(&|_| true)));
    prior.cuts =
        SHARES.iter().filter_map(|&share| Some((share, cut(&judged, share.into())? as f32))).collect();
    println!(
        "{} pairs to fit to, {} that no guard blocks; {} would-be hits of the stream were judged by people",
        half.pairs.len(),
        weighed.len() / 2,
        judged.len()
    );
    println!("weights {:?}\ncuts {:?}", prior.weights, prior.cuts);
    for hits in [50, 100, 200, 300, 500, 1000, 2000] {
        let wrong = judged.iter().take(hits).filter(|(_, same)| !same).count();
        let odds = judged.get(hits).map_or(0.0, |pair| pair.0);
        println!("{hits} surest: {wrong} wrong, log-odds from {odds:.2}");
    }
    std::fs::write(out, postcard::to_extend(&prior, Vec::new())?)
        .with_context(|| format!("writing {}", out.display()))
}

/// The features of the pairs, each way round, as a cache would see them.
fn weigh(half: &Half, vectors: &Vectors, prior: &Prior<'_>) -> Result<Vec<Weighed>> {
    let mut weighed = Vec::new();
    for (pair, part) in &half.pairs {
        let similarity = cosine(vectors.of(&pair.stored)?, vectors.of(&pair.asked)?);
        if similarity < LEAST {
            continue;
        }
        for (asked, stored) in [(&pair.asked, &pair.stored), (&pair.stored, &pair.asked)] {
            let judgement = prior.judge(asked, stored, similarity);
            if judgement.blocked.is_none() {
                weighed.push(Weighed { row: judgement.row, same: pair.label == 1, part: *part });
            }
        }
    }
    Ok(weighed)
}

/// What a cache with all first questions would find for the second questions of one part, by a prior that was not fitted to that part: log-odds, and
/// whether people said that it is the same. What nobody compared is left out.
fn would_be_hits(half: &Half, fold: u8, vectors: &Vectors, prior: &Prior<'_>) -> Result<Vec<(f64, bool)>> {
    let truth = Truth::new(half);
    let first: BTreeSet<&str> = half.pairs.iter().map(|(pair, _)| pair.stored.as_str()).collect();
    let mut stream = Stream::new(vectors, prior);
    for text in &first {
        stream.keep(text)?;
    }
    let asked: BTreeSet<&str> = half
        .pairs
        .iter()
        .filter(|(_, part)| part % FOLDS == fold)
        .map(|(pair, _)| pair.asked.as_str())
        .filter(|text| !first.contains(text))
        .collect();
    let mut found = Vec::new();
    for text in asked {
        let Some((other, odds)) = stream.candidate(text)? else { continue };
        found.extend(truth.of(text, &other).map(|same| (odds, same)));
    }
    Ok(found)
}

/// Inverse document frequencies of stems by their slots, 255 for one that occurs once or never.
fn frequencies(texts: &[&str]) -> Vec<u8> {
    let mut counts = vec![0_u32; SLOTS];
    for text in texts {
        let slots: BTreeSet<usize> = stems(text).iter().map(|stem| slot(stem, SLOTS)).collect();
        for at in slots {
            if let Some(count) = counts.get_mut(at) {
                *count += 1;
            }
        }
    }
    let most = (texts.len() as f64).ln().max(1.0);
    counts.iter().map(|&count| (255.0 * (1.0 - f64::from(count.max(1)).ln() / most)).round() as u8).collect()
}

/// The lowest log-odds from which, by what was judged, surest first, and at the level [`DELTA`], no more than `share` of the hits are wrong.
fn cut(judged: &[(f64, bool)], share: f64) -> Option<f64> {
    let mut best = None;
    let mut hits = FEWEST;
    for _ in 0..CUTS {
        let Some(&(odds, _)) = judged.get(hits as usize) else { break };
        let wrong = judged.iter().take(hits as usize).filter(|(_, same)| !same).count();
        if intervals::upper(wrong, hits as usize, DELTA) <= share {
            best = Some(odds);
        }
        hits *= 1.2;
    }
    best
}
