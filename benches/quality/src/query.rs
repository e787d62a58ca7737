//! The query side: follow-ups with and without what was said before, questions that ask two things, and single questions, which must not suffer.
//!
//! Conversations are made of squad's questions, in their order. *Pronoun*: two that follow one another on the same paragraph, the second with a pronoun. *Named*: two
//! on different paragraphs of an article, its title in the second replaced by `it`, so that the first helps to find the article and not the paragraph. *Single*:
//! a question after one of another article. *Joined*: two of different articles with an `and` between them.

use std::collections::{BTreeSet, HashMap};

use gusset_embed::Purpose;
use gusset_orchestrate::search::{Turn, fuse, queries};
use gusset_retrieve::{Query, Rerank};
use gusset_types::Passage;

use crate::baselines::Baselines;
use crate::index::Index;
use crate::models::Models;
use crate::ranking::{compare, prepare};
use crate::set::{self, Set};
use crate::statistics::{bootstrap, ndcg};

/// Passages that the first stage hands to the reranker.
const WIDE: u32 = 50;

/// Milliseconds of the index's clock that a question has, however many queries it becomes.
const HURRY: u32 = 12;

/// Questions of a group, at most.
const CASES: usize = 400;

/// Ways to search, in the order of the table.
const SYSTEMS: [&str; 3] = ["as-asked", "with-last", "gusset"];

/// Words by which a question is taken for one with a pronoun.
const PRONOUNS: [&str; 14] = [
    "it", "its", "they", "them", "their", "he", "him", "his", "she", "her", "this", "these", "those", "that",
];

/// A question with what was asked before, and what is relevant to it.
struct Case {
    earlier: String,
    text: String,
    /// By document; for each of what is asked.
    relevant: Vec<HashMap<String, f64>>,
}

/// Prints the table. Whether a figure is below its baseline.
///
/// # Errors
/// A model or the core fails.
pub fn measure(sets: &[Set], models: &mut Models, baselines: &Baselines) -> anyhow::Result<bool> {
    let mut failed = false;
    for set in sets {
        let index = prepare(set, models)?;
        println!("\n{}: {} questions", set.name, set.queries.len());
        let alone: Vec<Case> = set.queries.iter().map(|query| single(query, "")).collect();
        changed("alone", &alone);
        let mut groups = vec![("alone", changed_only(alone))];
        if set.name == "squad-dev" {
            let pairs = set.queries.windows(2);
            let after = pairs.filter_map(|pair| Some(single(pair.get(1)?, &pair.first()?.text)));
            let (pronoun, single): (Vec<Case>, Vec<Case>) = after.partition(has_pronoun);
            changed("after another", &single);
            changed("with a pronoun", &pronoun);
            let own = [
                ("single", changed_only(single)),
                ("pronoun", changed_only(pronoun)),
                ("named", named(set)),
                ("joined", joined(set)),
            ];
            groups.extend(own.map(|(name, cases)| (name, thinned(cases))));
        }
        let cases = groups.iter().flat_map(|(_, cases)| cases);
        let texts: Vec<String> =
            cases.flat_map(|case| SYSTEMS.map(|system| asked(system, case))).flatten().collect();
        ready(set, &index, models, &texts)?;
        for (name, cases) in groups.iter().filter(|(_, cases)| !cases.is_empty()) {
            failed |= compared(&format!("{}-{name}", set.name), &index, models, cases, baselines)?;
        }
    }
    Ok(failed)
}

/// What is searched for: the question, the whole question before it and the question, or what the core has of both.
fn asked(system: &str, case: &Case) -> Vec<String> {
    match system {
        "as-asked" => vec![case.text.clone()],
        "with-last" => vec![format!("{}\n{}", case.earlier, case.text).trim().to_owned()],
        _ => ours(case),
    }
}

/// At most [`CASES`], evenly spread.
fn thinned(cases: Vec<Case>) -> Vec<Case> {
    let step = cases.len().div_ceil(CASES).max(1);
    cases.into_iter().step_by(step).collect()
}

fn single(query: &set::Query, earlier: &str) -> Case {
    Case { earlier: earlier.to_owned(), text: query.text.clone(), relevant: vec![query.relevant.clone()] }
}

fn changed_only(cases: Vec<Case>) -> Vec<Case> {
    cases.into_iter().filter(|case| ours(case) != [case.text.clone()]).collect()
}

fn has_pronoun(case: &Case) -> bool {
    case.text
        .split(|c: char| !c.is_alphanumeric())
        .any(|word| PRONOUNS.contains(&word.to_lowercase().as_str()))
}

fn article(query: &set::Query) -> Option<&str> {
    query.relevant.keys().next()?.rsplit_once('#').map(|(article, _)| article)
}

/// Questions whose article's title, or its last word, was replaced.
fn named(set: &Set) -> Vec<Case> {
    let holding = |query: &set::Query, title: &str| query.text.contains(title);
    let mut cases = Vec::new();
    for (at, query) in set.queries.iter().enumerate() {
        let Some(own) = article(query) else { continue };
        let title = own.replace('_', " ");
        let last = title.rsplit(' ').next().unwrap_or_default().to_owned();
        let Some(name) = [title, last].into_iter().find(|name| name.len() > 3 && holding(query, name)) else {
            continue;
        };
        let before = set.queries.get(..at).unwrap_or_default().iter().rev().find(|other| {
            article(other) == Some(own) && other.relevant != query.relevant && holding(other, &name)
        });
        if let Some(before) = before {
            let text = query
                .text
                .replace(&format!("the {name}"), &name)
                .replace(&format!("{name}'s"), "its")
                .replace(&name, "it");
            cases.push(Case { earlier: before.text.clone(), text, relevant: vec![query.relevant.clone()] });
        }
    }
    cases
}

fn ours(case: &Case) -> Vec<String> {
    let earlier = [Turn::User(&case.earlier)];
    queries(&case.text, if case.earlier.is_empty() { &[] } else { &earlier })
}

fn changed(name: &str, cases: &[Case]) {
    let all: Vec<(Vec<String>, bool)> = cases
        .iter()
        .map(|case| {
            let queries = ours(case);
            let reworded = queries.first() != Some(&case.text);
            (queries, reworded)
        })
        .collect();
    let reworded = all.iter().filter(|(_, reworded)| *reworded).count();
    // A question in other words is searched for as it is, too.
    let apart = all.iter().filter(|(queries, reworded)| queries.len() > 1 + usize::from(*reworded)).count();
    println!(
        "{name}: of {} questions {reworded} are searched in other words, {apart} taken apart",
        cases.len()
    );
}

/// Question by question. Whether a figure is below its baseline.
fn compared(
    group: &str,
    index: &Index,
    models: &Models,
    cases: &[Case],
    baselines: &Baselines,
) -> anyhow::Result<bool> {
    let mut failed = false;
    let mut first = Vec::new();
    for system in SYSTEMS {
        let lists = cases.iter().map(|case| found(index, models, &asked(system, case)));
        let lists = lists.collect::<anyhow::Result<Vec<_>>>()?;
        let all = || lists.iter().zip(cases);
        let recalls: Vec<f64> = all().map(|(list, case)| f64::from(holds_all(list, case))).collect();
        // Of two things that are asked both have to be found; of one the order counts.
        let gain = |(list, case): (&Vec<Passage>, &Case)| match case.relevant.as_slice() {
            [relevant] => ndcg(list.iter().map(|found| found.document.as_str()), relevant),
            _ => f64::from(holds_all(list, case)),
        };
        let values: Vec<f64> = all().map(gain).collect();
        let less: Vec<f64> = values.iter().zip(&first).map(|(a, b): (&f64, &f64)| a - b).collect();
        failed |= line(group, system, &values, &recalls, &less, baselines);
        if first.is_empty() {
            first = values;
        }
    }
    Ok(failed)
}

/// Two questions of different articles in one.
fn joined(set: &Set) -> Vec<Case> {
    let half = set.queries.len() / 2;
    let pairs = set.queries.iter().zip(set.queries.iter().skip(half));
    let cases: Vec<Case> = pairs
        .filter(|(one, other)| article(one) != article(other))
        .map(|(one, other)| {
            let (first, mut second) = (one.text.trim_end_matches('?').trim_end(), other.text.clone());
            if let Some(head) = second.get_mut(..1) {
                head.make_ascii_lowercase();
            }
            let relevant = vec![one.relevant.clone(), other.relevant.clone()];
            Case { earlier: String::new(), text: format!("{first} and {second}"), relevant }
        })
        .collect();
    let apart = cases.iter().filter(|case| ours(case).len() > 1).count();
    println!("joined: of {} pairs {apart} are taken apart", cases.len());
    cases
}

fn line(
    set: &str,
    system: &str,
    values: &[f64],
    recalls: &[f64],
    less: &[f64],
    baselines: &Baselines,
) -> bool {
    let (value, recall) = (bootstrap(values), bootstrap(recalls));
    let least = baselines.least(set, system);
    let below = least.is_some_and(|least| value.mean < least);
    let by = if less.is_empty() {
        String::new()
    } else {
        let by = bootstrap(less);
        format!("  {:+.4} ({:+.4} to {:+.4})", by.mean, by.low, by.high)
    };
    println!(
        "{set:<18} {system:<9} n={:<5} {:.4} ({:.4}-{:.4})  at 5: {:.4}{by}{}",
        values.len(),
        value.mean,
        value.low,
        value.high,
        recall.mean,
        if below { "  BELOW ITS BASELINE" } else { "" },
    );
    below
}

fn holds(list: &[Passage], relevant: &HashMap<String, f64>) -> bool {
    list.iter().take(5).any(|found| relevant.contains_key(&found.document))
}

fn holds_all(list: &[Passage], case: &Case) -> bool {
    case.relevant.iter().all(|relevant| holds(list, relevant))
}

/// Sees to it that the models know what the searches for these texts will ask them.
fn ready(set: &Set, index: &Index, models: &mut Models, texts: &[String]) -> anyhow::Result<()> {
    let texts: BTreeSet<&str> = texts.iter().map(String::as_str).collect();
    models.embed_all(&texts.iter().copied().collect::<Vec<_>>(), Purpose::Query)?;
    let mut wide = Vec::new();
    for text in texts {
        let found = index.search(models, &Query::new(text, WIDE))?;
        let read = found.hits.into_iter().take(HURRY as usize + 1);
        wide.push((text, read.map(|hit| hit.passage.document).collect()));
    }
    compare(set, models, &wide)
}

/// Searches for all queries of a question, which share its time, and fuses what they find.
fn found(index: &Index, models: &Models, queries: &[String]) -> anyhow::Result<Vec<Passage>> {
    let share = u32::try_from(queries.len()).unwrap_or(1);
    let search = |text: &String| -> anyhow::Result<Vec<Passage>> {
        let rerank = Some(Rerank { deadline_ms: Some(HURRY / share) });
        let found = index.search(models, &Query { rerank, ..Query::new(text, 10) })?;
        Ok(found.hits.into_iter().map(|hit| hit.passage).collect())
    };
    let mut lists = queries.iter().map(search).collect::<anyhow::Result<Vec<_>>>()?;
    Ok(if lists.len() == 1 { lists.remove(0) } else { fuse(lists, 10) })
}
