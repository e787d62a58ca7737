//! What the cache does with questions that the prior was not fitted to, as tables.

use std::collections::{BTreeSet, HashMap};
use std::fs::{self, File};
use std::io::BufReader;
use std::path::Path;

use anyhow::{Context, Result};
use clap::Args;
use gusset_cache::Prior;
use serde::Deserialize;
use sha2::{Digest, Sha256};

use crate::Sources;
use crate::data::{Half, halves, lines};
use crate::intervals::clopper_pearson;
use crate::stream::{Counts, Stream, Truth, policy};
use crate::vectors::{Vectors, cosine};

/// Declared shares.
const SHARES: [f64; 4] = [0.01, 0.02, 0.05, 0.10];

/// Share of would-be hits that are compared.
const VERIFY: f64 = 0.1;

/// Two questions of ours.
#[derive(Deserialize)]
struct Case {
    a: String,
    b: String,
    same: bool,
}

/// Two of the paraphrases.
#[derive(Deserialize)]
struct Paraphrase {
    origin: String,
    similar: String,
}

/// What the stream is made of.
#[derive(Args)]
pub(crate) struct Streaming {
    /// Orders in which the questions come, one stream each.
    #[arg(long, default_value_t = 5)]
    orders: u64,
    /// Streams the half that the prior was fitted to: for choosing how the cache learns, and for nothing that is reported.
    #[arg(long)]
    fitted: bool,
}

pub(crate) fn run(sources: &Sources, prior: &Path, cases: &Path, streaming: &Streaming) -> Result<()> {
    let (fitted, held) = halves(&sources.data)?;
    let held = if streaming.fitted { fitted } else { held };
    let paraphrases: Vec<Paraphrase> =
        serde_json::from_slice(&fs::read(sources.data.join("cache/pairs-999.json"))?)?;
    let cases: Vec<Case> =
        lines(BufReader::new(File::open(cases).with_context(|| format!("opening {}", cases.display()))?))?;
    let mut texts: BTreeSet<&str> =
        held.pairs.iter().flat_map(|(pair, _)| [pair.stored.as_str(), pair.asked.as_str()]).collect();
    texts.extend(paraphrases.iter().flat_map(|pair| [pair.origin.as_str(), pair.similar.as_str()]));
    texts.extend(cases.iter().flat_map(|case| [case.a.as_str(), case.b.as_str()]));
    let texts: Vec<&str> = texts.into_iter().collect();
    let vectors = Vectors::load(sources, &texts)?;
    let bytes = fs::read(prior).with_context(|| format!("reading {}: run `fit`", prior.display()))?;
    let prior = Prior::read(&bytes)?;
    labelled(&held, &vectors, &prior, streaming.orders)?;
    near_misses(&cases, &vectors, &prior)?;
    reach(&paraphrases, &vectors, &prior)
}

fn labelled(held: &Half, vectors: &Vectors, prior: &Prior<'_>, orders: u64) -> Result<()> {
    let truth = Truth::new(held);
    let mut stored = Stream::new(vectors, prior);
    let mut asked: Vec<&str> = held.pairs.iter().map(|(pair, _)| pair.asked.as_str()).collect();
    asked.sort_unstable();
    asked.dedup();
    let first: BTreeSet<&str> = held.pairs.iter().map(|(pair, _)| pair.stored.as_str()).collect();
    asked.retain(|text| !first.contains(text));
    for text in &first {
        stored.keep(text)?;
    }
    println!(
        "{} questions stored, {} asked in {orders} orders; judged = labelled; hits that nobody compared are listed below\n",
        first.len(),
        asked.len()
    );
    let fixed = fixed(&asked, &first, vectors, &truth)?;
    println!(
        "| declared | hits | hit rate | wrong of the judged (95%) | wrong of lookups | unjudged | right, of those possible | verified, bound | fixed threshold at that wrong share: hits | at the declared share: hits, threshold |"
    );
    println!("|---|---|---|---|---|---|---|---|---|---|");
    let possible =
        asked.iter().filter(|text| first.iter().any(|other| truth.of(text, other) == Some(true))).count();
    let mut shown = BTreeSet::new();
    for share in SHARES {
        for order in 0..orders {
            let mut stream = stored.again();
            let policy = policy(share, VERIFY);
            let counts = stream.run(shuffled(&asked, order).into_iter(), &policy, &truth)?;
            let Counts { lookups, hits, wrong, unjudged, bad: served } = counts;
            shown.extend(served);
            let bad = wrong + unjudged;
            let judged = hits - unjudged;
            let (low, high) = if judged == 0 { (0.0, 1.0) } else { clopper_pearson(wrong, judged) };
            let rate = |part: usize, all: usize| 100.0 * part as f64 / all.max(1) as f64;
            let statistics = stream.inspect()?;
            let at = |limit: f64| {
                fixed.iter().filter(|f| f.bad as f64 <= limit * f.judged as f64).max_by_key(|f| f.hits)
            };
            let observed = wrong as f64 / judged.max(1) as f64;
            println!(
                "| {:.0}% | {hits} | {:.2}% | {wrong} of {judged} = {:.2}% ({:.2}–{:.2}) | {:.3}% | {unjudged} | {:.1}% | {} compared, {} wrong, {} others, {:.3} | {} | {} |",
                share * 100.0,
                rate(hits, lookups),
                rate(wrong, judged),
                low * 100.0,
                high * 100.0,
                rate(wrong, lookups),
                rate(hits - bad, possible),
                statistics.verified,
                statistics.wrong,
                statistics.compared,
                statistics.wrong_share_bound,
                at(observed).map_or(0, |f| f.hits),
                at(share).map_or("0".to_owned(), |f| format!("{} at {:.3}", f.hits, f.threshold)),
            );
        }
    }
    println!("\nServed and not labelled as the same:");
    for (asked, answered) in &shown {
        let label = if truth.of(asked, answered).is_some() { "different" } else { "not compared" };
        println!("- {asked} | {answered} ({label})");
    }
    Ok(())
}

/// What a fixed threshold does.
struct Fixed {
    threshold: f64,
    hits: usize,
    judged: usize,
    bad: usize,
}

/// A fixed threshold on the nearest stored question, every one that makes a difference. The one that is best is picked with hindsight.
fn fixed(asked: &[&str], first: &BTreeSet<&str>, vectors: &Vectors, truth: &Truth<'_>) -> Result<Vec<Fixed>> {
    let stored: Vec<(&str, &[i8])> =
        first.iter().map(|text| Ok((*text, vectors.of(text)?))).collect::<Result<_>>()?;
    let mut nearest = Vec::new();
    for text in asked {
        let vector = vectors.of(text)?;
        let best =
            stored.iter().map(|(other, v)| (cosine(vector, v), *other)).max_by(|a, b| a.0.total_cmp(&b.0));
        nearest.extend(best.map(|(similarity, other)| (similarity, truth.of(text, other))));
    }
    nearest.sort_by(|a, b| b.0.total_cmp(&a.0));
    let (mut bad, mut unjudged) = (0, 0);
    Ok((1..)
        .zip(nearest)
        .map(|(hits, (threshold, right))| {
            bad += usize::from(right == Some(false));
            unjudged += usize::from(right.is_none());
            Fixed { threshold, hits, judged: hits - unjudged, bad }
        })
        .collect())
}

fn near_misses(cases: &[Case], vectors: &Vectors, prior: &Prior<'_>) -> Result<()> {
    println!("\n| declared | near misses that hit | paraphrases that hit |\n|---|---|---|");
    for share in [0.01, 0.02, 0.05, 0.1, 0.5] {
        let mut hits = HashMap::from([(false, 0), (true, 0)]);
        for case in cases {
            let mut stream = Stream::new(vectors, prior);
            stream.keep(&case.a)?;
            if stream.ask(&case.b, &policy(share, 0.0), |_| None)?.is_some() {
                *hits.entry(case.same).or_default() += 1;
            }
        }
        let all = |same| cases.iter().filter(|case| case.same == same).count();
        let of = |same| format!("{} of {}", hits.get(&same).copied().unwrap_or(0), all(same));
        println!("| {:.0}% | {} | {} |", share * 100.0, of(false), of(true));
    }
    Ok(())
}

fn reach(pairs: &[Paraphrase], vectors: &Vectors, prior: &Prior<'_>) -> Result<()> {
    println!("\n| declared | paraphrases: right by text | wrong | misses |\n|---|---|---|---|");
    let mut stored = Stream::new(vectors, prior);
    for pair in pairs {
        stored.keep(&pair.origin)?;
    }
    for share in [0.05, 0.1, 0.2] {
        for learns in [false, true] {
            let mut stream = stored.again();
            let (mut right, mut wrong) = (0, 0);
            for pair in pairs {
                let same = |other: &str| learns.then(|| other == pair.origin);
                match stream.ask(&pair.similar, &policy(share, VERIFY), same)? {
                    Some(found) if found == pair.origin => right += 1,
                    Some(_) => wrong += 1,
                    None => {}
                }
            }
            let how = if learns { "learned from the stream" } else { "by the prior alone" };
            println!(
                "| {:.0}%, {how} | {right} | {wrong} | {} |",
                share * 100.0,
                pairs.len() - right - wrong
            );
        }
    }
    Ok(())
}

fn shuffled<'a>(texts: &[&'a str], order: u64) -> Vec<&'a str> {
    let mut keyed: Vec<_> = texts
        .iter()
        .map(|text| {
            let digest: [u8; 32] = Sha256::new()
                .chain_update(order.to_le_bytes())
                .chain_update(text.as_bytes())
                .finalize()
                .into();
            (digest, *text)
        })
        .collect();
    keyed.sort_unstable();
    keyed.into_iter().map(|(_, text)| text).collect()
}
