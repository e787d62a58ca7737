//! Whether `support` knows that a passage says what a statement says.
//!
//! *Quoted*: a sentence and its own passage, against the same sentence and the most similar other passage of its document, and against itself with a number, a name or
//! a negation put in. *Asked*: a question, whose passage speaks of what it asks about in other words, against the nearest other passage. *Claims*: of a set whose queries are statements, as
//! scifact's, against the nearest document that isn't cited for them; some are contradicted by what they cite, which is in the figure. *Paraphrase*: a sentence and another that
//! says the same, against two that don't, and against itself with a number or a negation put in.

use std::collections::HashMap;
use std::fmt::Write as _;
use std::path::Path;

use gusset_embed::Purpose;
use gusset_retrieve::support::{Evidence, missing};
use gusset_retrieve::{Query, Support};

use crate::baselines::Baselines;
use crate::models::Models;
use crate::paraphrases::Paraphrase;
use crate::ranking::{compare, prepare};
use crate::set::Set;
use crate::statistics::bootstrap;

/// Passages a set of which a sentence is taken, at most.
const SENTENCES: usize = 250;

/// What a statement is to be held to.
struct Pair {
    kind: &'static str,
    statement: String,
    document: String,
    holds: bool,
    /// Whether the curve was fitted to it.
    fitted: bool,
}

/// A pair, judged.
struct Judged<'a> {
    pair: &'a Pair,
    evidence: Evidence,
    missing: usize,
}

/// Prints the table of the half that nothing was fitted to. Whether a figure is below its baseline.
///
/// # Errors
/// A model or the core fails; `dump` can't be written.
pub fn measure(
    sets: &[Set],
    paraphrases: &[Paraphrase],
    models: &mut Models,
    baselines: &Baselines,
    dump: Option<&Path>,
) -> anyhow::Result<bool> {
    let mut lines = String::new();
    let mut failed = false;
    println!(
        "{:<20} {:<12} {:>5} {:>6} {:>22} {:>9}",
        "", "", "pairs", "AUC", "right at 0.5, 95%", "baseline"
    );
    let mut all_pairs = Vec::new();
    for set in sets {
        all_pairs.push((set, pairs(set, models)?));
    }
    let (set, paraphrased) = paraphrased(paraphrases);
    all_pairs.push((&set, paraphrased));
    for (set, pairs) in &all_pairs {
        let texts: HashMap<&str, &str> =
            set.documents.iter().map(|(id, text)| (id.as_str(), text.as_str())).collect();
        let lists: Vec<(&str, Vec<String>)> =
            pairs.iter().map(|pair| (pair.statement.as_str(), vec![pair.document.clone()])).collect();
        compare(set, models, &lists)?;
        let mut all = Vec::new();
        for pair in pairs {
            let Some(&text) = texts.get(pair.document.as_str()) else { continue };
            let rerank = models.coarse(&pair.statement, text)?;
            let evidence = Evidence::of(&pair.statement, text, rerank);
            let missing = missing(&pair.statement, &[text.to_owned()]);
            writeln!(
                lines,
                "{}\t{}\t{}\t{}\t{rerank}\t{}\t{missing}\t{}\t{}\t{}\t{}",
                set.name,
                pair.kind,
                u8::from(pair.holds),
                u8::from(pair.fitted),
                evidence.coverage,
                u8::from(evidence.denied),
                pair.document,
                pair.statement.replace(['\t', '\n'], " "),
                pair.statement.split_whitespace().count(),
            )?;
            all.push(Judged { pair, evidence, missing });
        }
        for (kind, against) in [
            ("quoted", "other"),
            ("quoted", "number"),
            ("quoted", "name"),
            ("quoted", "negated"),
            ("asked", "asked-other"),
            ("claim", "claim-other"),
            ("paraphrase", "unlike"),
            ("paraphrase", "number in it"),
            ("paraphrase", "not in it"),
        ] {
            failed |= table(&set.name, kind, against, &all, baselines);
        }
    }
    if let Some(path) = dump {
        std::fs::write(path, lines)?;
    }
    Ok(failed)
}

fn table(set: &str, kind: &str, against: &str, all: &[Judged<'_>], baselines: &Baselines) -> bool {
    let of = |kind: &str| -> Vec<f64> {
        all.iter().filter(|judged| judged.pair.kind == kind && !judged.pair.fitted).map(probability).collect()
    };
    let (positive, negative) = (of(kind), of(against));
    if positive.is_empty() || negative.is_empty() {
        return false;
    }
    let wins: f64 = positive
        .iter()
        .flat_map(|a| {
            negative.iter().map(move |b| {
                if a > b {
                    1.0
                } else if a < b {
                    0.0
                } else {
                    0.5
                }
            })
        })
        .sum();
    let auc = wins / (positive.len() * negative.len()) as f64;
    let least = f64::from(Support::LEAST);
    // Both kinds count alike.
    let (kept, refused) = (right(&positive, |p| p >= least), right(&negative, |p| p < least));
    let (a, b) = (bootstrap(&kept), bootstrap(&refused));
    let baseline = baselines.least(set, against);
    let below = baseline.is_some_and(|least| auc < least)
        || baselines.least(set, kind).is_some_and(|least| a.mean < least);
    println!(
        "{set:<20} {against:<12} {:>5} {auc:>6.3}  kept {:.3} ({:.3}-{:.3})  refused {:.3} ({:.3}-{:.3}) {:>6}{}",
        positive.len() + negative.len(),
        a.mean,
        a.low,
        a.high,
        b.mean,
        b.low,
        b.high,
        baseline.map_or("-".to_owned(), |least| format!("{least:.3}")),
        if below { "  BELOW ITS BASELINE" } else { "" },
    );
    below
}

fn right(values: &[f64], is_right: impl Fn(f64) -> bool) -> Vec<f64> {
    values.iter().map(|&value| f64::from(is_right(value))).collect()
}

fn probability(judged: &Judged<'_>) -> f64 {
    f64::from(judged.evidence.probability(judged.missing))
}

fn pairs(set: &Set, models: &mut Models) -> anyhow::Result<Vec<Pair>> {
    let index = prepare(set, models)?;
    if set.documents.is_empty() {
        return Ok(Vec::new());
    }
    let document = |id: &str| id.rsplit_once('#').map_or(id, |(document, _)| document).to_owned();
    let several = set
        .documents
        .iter()
        .any(|(id, _)| set.documents.first().is_some_and(|(first, _)| document(first) != document(id)));
    let step = (set.documents.len() / SENTENCES).max(1);
    let mut stated: Vec<(String, String, &'static str, &'static str)> = Vec::new();
    let states = set.states();
    if !states {
        for (at, (id, text)) in set.documents.iter().enumerate().filter(|(at, _)| at % step == 0) {
            let sentences: Vec<&str> = sentences(text);
            if let Some(sentence) = sentences.get(at / step % sentences.len().max(1)) {
                stated.push(((*sentence).to_owned(), id.clone(), "quoted", "other"));
            }
        }
    }
    let (own, other) = if states { ("claim", "claim-other") } else { ("asked", "asked-other") };
    let step = (set.queries.len() / SENTENCES).max(1);
    for query in set.queries.iter().step_by(step) {
        if let Some(id) = query.relevant.keys().min() {
            stated.push((query.text.clone(), id.clone(), own, other));
        }
    }
    let texts: Vec<&str> = stated.iter().map(|(text, ..)| text.as_str()).collect();
    models.embed_all(&texts, Purpose::Query)?;
    let relevant: HashMap<&str, &HashMap<String, f64>> =
        set.queries.iter().map(|query| (query.text.as_str(), &query.relevant)).collect();
    let mut pairs = Vec::new();
    for (at, (statement, id, kind, against)) in stated.iter().enumerate() {
        // Articles fall into halves as wholes, unless there is only one.
        let fitted = crate::cache::key(&[&document(id)]).first().is_some_and(|byte| byte % 2 == 0)
            || (!several && at % 2 == 0);
        let pair = |kind, statement: String, document: &str, holds| Pair {
            kind,
            statement,
            document: document.to_owned(),
            holds,
            fitted,
        };
        let found = index.search(models, &Query::new(statement, 50))?;
        let known = |found: &str| {
            found == id || relevant.get(statement.as_str()).is_some_and(|all| all.contains_key(found))
        };
        let near = found
            .hits
            .iter()
            .map(|hit| hit.passage.document.as_str())
            .find(|found| !known(found) && (*kind == "claim" || document(found) == document(id)));
        pairs.push(pair(kind, statement.clone(), id, true));
        pairs.extend(near.map(|near| pair(against, statement.clone(), near, false)));
        if *kind == "quoted" {
            let others = set.documents.iter().map(|(_, text)| text.as_str());
            let own = set.documents.iter().find(|(own, _)| own == id).map_or("", |(_, text)| text);
            pairs.extend(other_number(statement, own).map(|text| pair("number", text, id, false)));
            pairs.extend(
                other_name(statement, own, others.skip(at * 7 % set.documents.len()))
                    .map(|text| pair("name", text, id, false)),
            );
            pairs.extend(negated(statement).map(|text| pair("negated", text, id, false)));
        }
    }
    Ok(pairs)
}

/// Sentences as documents, and what is stated of them. Nothing was fitted to any.
fn paraphrased(all: &[Paraphrase]) -> (Set, Vec<Pair>) {
    let (mut documents, mut pairs) = (Vec::new(), Vec::new());
    for (at, Paraphrase { stated, written, same }) in all.iter().enumerate() {
        let document = at.to_string();
        let mut add = |kind, statement: String| {
            let holds = kind == "paraphrase";
            pairs.push(Pair { kind, statement, document: document.clone(), holds, fitted: false });
        };
        add(if *same { "paraphrase" } else { "unlike" }, stated.clone());
        if *same {
            other_number(stated, written).into_iter().for_each(|text| add("number in it", text));
            negated(stated).into_iter().for_each(|text| add("not in it", text));
        }
        documents.push((document, written.clone()));
    }
    (Set { name: "similarity".to_owned(), documents, queries: Vec::new(), asked: 0 }, pairs)
}

/// Sentences of 8 to 40 words, whole ones.
fn sentences(text: &str) -> Vec<&str> {
    let whole = text.lines().flat_map(|line| line.split_inclusive(". ")).map(str::trim);
    let begins = |sentence: &&str| sentence.starts_with(char::is_alphanumeric);
    let long = |sentence: &&str| (8..=40).contains(&sentence.split_whitespace().count());
    whole.filter(begins).filter(long).filter(|sentence| sentence.ends_with('.')).collect()
}

/// With its first number changed to one that the text lacks.
fn other_number(statement: &str, text: &str) -> Option<String> {
    let number =
        statement.split(|c: char| !c.is_ascii_digit()).find(|part| !part.is_empty() && part.len() < 8)?;
    let value: u64 = number.parse().ok()?;
    let other =
        (1..20).map(|more| (value + more * 3).to_string()).find(|other| !text.contains(other.as_str()))?;
    Some(statement.replacen(number, &other, 1))
}

/// With a name changed to one of another text.
fn other_name<'a>(statement: &str, text: &str, mut others: impl Iterator<Item = &'a str>) -> Option<String> {
    fn names(text: &str) -> impl Iterator<Item = &str> {
        let words =
            text.split_whitespace().skip(1).map(|word| word.trim_matches(|c: char| !c.is_alphabetic()));
        words.filter(|word| {
            word.len() > 3 && word.starts_with(char::is_uppercase) && word.chars().all(char::is_alphabetic)
        })
    }
    let own = names(statement).next()?;
    let other = others.find_map(|other| names(other).find(|name| !text.contains(name)))?;
    Some(statement.replacen(own, other, 1))
}

/// With a `not` behind its first verb that takes one, unless something in it is denied already.
fn negated(statement: &str) -> Option<String> {
    let denies =
        |word: &str| matches!(word, "no" | "not" | "none" | "never" | "nor") || word.ends_with("n't");
    if statement.to_lowercase().replace('’', "'").split_whitespace().any(denies) {
        return None;
    }
    let verb = [" was ", " is ", " were ", " are ", " had ", " can ", " will "]
        .into_iter()
        .find(|verb| statement.contains(verb))?;
    Some(statement.replacen(verb, &format!("{verb}not "), 1))
}
