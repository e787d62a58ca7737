//! The query side: follow-ups with and without what was said before, questions that ask two things, and single questions, which must not suffer.
//!
//! Conversations are made of squad's questions, in their order. *Pronoun*: two that follow one another on the same paragraph, the second with a pronoun. *Named*: two
//! on different paragraphs of an article, its title in the second replaced by `it`, so that the first helps to find the article and not the paragraph. *Single*:
//! a question after one of another article. *Joined*: two of different articles with an `and` between them.

use std::collections::HashMap;

use gusset_embed::Purpose;
use gusset_orchestrate::search::{Turn, fuse, queries};
use gusset_retrieve::{Query, Rerank};
use gusset_types::Passage;

use crate::baselines::Baselines;
use crate::index::Index;
use crate::models::Models;
use crate::retrieval::{compare, prepare};
use crate::set::{self, Set};
use crate::statistics::{bootstrap, ndcg};

/// Passages that the first stage hands to the reranker.
const WIDE: u32 = 50;

/// Milliseconds of the index's clock that a question has, however many queries it becomes.
const HURRY: u32 = 12;

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
        let singles: Vec<Case> = set.queries.iter().map(|query| single(query, "")).collect();
        changed("alone", &singles);
        if set.name != "squad-dev" {
            compared("alone", set, &index, models, &changed_only(singles), baselines)?;
            continue;
        }
        let after: Vec<Case> = set
            .queries
            .windows(2)
            .filter_map(|pair| Some(single(pair.get(1)?, &pair.first()?.text)))
            .collect();
        let (pronoun, single): (Vec<Case>, Vec<Case>) = after.into_iter().partition(has_pronoun);
        changed("after another", &single);
        for (name, cases) in
            [("single", changed_only(single)), ("pronoun", on_one_paragraph(pronoun)), ("named", named(set))]
        {
            failed |= compared(name, set, &index, models, &cases, baselines)?;
        }
        failed |= joined(set, &index, models, baselines)?;
    }
    Ok(failed)
}

fn single(query: &set::Query, earlier: &str) -> Case {
    Case { earlier: earlier.to_owned(), text: query.text.clone(), relevant: vec![query.relevant.clone()] }
}

fn changed_only(cases: Vec<Case>) -> Vec<Case> {
    cases.into_iter().filter(|case| ours(case) != [case.text.clone()]).collect()
}

/// What follows a question on the same paragraph.
fn on_one_paragraph(cases: Vec<Case>) -> Vec<Case> {
    cases.into_iter().filter(|case| !case.earlier.is_empty()).collect()
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
    let all: Vec<Vec<String>> = cases.iter().map(ours).collect();
    let reworded =
        all.iter().zip(cases).filter(|(queries, case)| queries.first() != Some(&case.text)).count();
    let apart = all.iter().filter(|queries| queries.len() > 1).count();
    println!(
        "{name}: of {} single questions {reworded} are searched in other words, {apart} taken apart",
        cases.len()
    );
}

/// Question by question: as asked, with the whole question before it, and as the core has it.
fn compared(
    name: &str,
    set: &Set,
    index: &Index,
    models: &mut Models,
    cases: &[Case],
    baselines: &Baselines,
) -> anyhow::Result<bool> {
    if cases.is_empty() {
        println!("{name}: nothing to measure");
        return Ok(false);
    }
    let systems: [(&str, Vec<Vec<String>>); 3] = [
        ("as-asked", cases.iter().map(|case| vec![case.text.clone()]).collect()),
        (
            "joined",
            cases
                .iter()
                .map(|case| vec![format!("{}\n{}", case.earlier, case.text).trim().to_owned()])
                .collect(),
        ),
        ("resolved", cases.iter().map(ours).collect()),
    ];
    let mut failed = false;
    let mut asked = Vec::new();
    for (system, texts) in &systems {
        let lists = found(set, index, models, texts)?;
        let values: Vec<f64> = lists
            .iter()
            .zip(cases)
            .filter_map(|(list, case)| {
                Some(ndcg(list.iter().map(|found| found.document.as_str()), case.relevant.first()?))
            })
            .collect();
        let recalls: Vec<f64> =
            lists.iter().zip(cases).map(|(list, case)| f64::from(holds_all(list, case))).collect();
        let less: Vec<f64> = if asked.is_empty() {
            Vec::new()
        } else {
            values.iter().zip(&asked).map(|(a, b): (&f64, &f64)| a - b).collect()
        };
        failed |= line(&format!("{}-{name}", set.name), system, &values, &recalls, &less, baselines);
        if asked.is_empty() {
            asked = values;
        }
    }
    Ok(failed)
}

/// Two questions in one: whether the passages of both are among the first five.
fn joined(set: &Set, index: &Index, models: &mut Models, baselines: &Baselines) -> anyhow::Result<bool> {
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
        .take(600)
        .collect();
    let all: Vec<Vec<String>> = cases.iter().map(ours).collect();
    println!(
        "joined: of {} questions {} are taken apart",
        cases.len(),
        all.iter().filter(|queries| queries.len() > 1).count()
    );
    let whole: Vec<Vec<String>> = cases.iter().map(|case| vec![case.text.clone()]).collect();
    let mut failed = false;
    let mut asked: Vec<f64> = Vec::new();
    for (system, texts) in [("whole", &whole), ("parts", &all)] {
        let lists = found(set, index, models, texts)?;
        let both: Vec<f64> =
            lists.iter().zip(&cases).map(|(list, case)| f64::from(holds_all(list, case))).collect();
        let one: Vec<f64> = lists
            .iter()
            .zip(&cases)
            .map(|(list, case)| {
                let held = case.relevant.iter().filter(|relevant| holds(list, relevant)).count();
                held as f64 / case.relevant.len().max(1) as f64
            })
            .collect();
        let less: Vec<f64> = if asked.is_empty() {
            Vec::new()
        } else {
            both.iter().zip(&asked).map(|(a, b): (&f64, &f64)| a - b).collect()
        };
        failed |= line(&format!("{}-joined", set.name), system, &both, &one, &less, baselines);
        if asked.is_empty() {
            asked = both;
        }
    }
    Ok(failed)
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

/// Searches for each question's queries, which share its time, and fuses what they find.
fn found(
    set: &Set,
    index: &Index,
    models: &mut Models,
    all: &[Vec<String>],
) -> anyhow::Result<Vec<Vec<Passage>>> {
    let texts: Vec<&str> = all.iter().flatten().map(String::as_str).collect();
    models.embed_all(&texts, Purpose::Query)?;
    let mut wide = Vec::new();
    for text in &texts {
        let found = index.search(models, &Query::new(text, WIDE))?;
        wide.push((
            *text,
            found.hits.into_iter().take(HURRY as usize + 1).map(|hit| hit.passage.document).collect(),
        ));
    }
    compare(set, models, &wide)?;
    let one = |text: &String, share: u32| -> anyhow::Result<Vec<Passage>> {
        let rerank = Some(Rerank { deadline_ms: Some(HURRY / share) });
        let found = index.search(models, &Query { rerank, ..Query::new(text, 10) })?;
        Ok(found.hits.into_iter().map(|hit| hit.passage).collect())
    };
    all.iter()
        .map(|queries| {
            let share = u32::try_from(queries.len()).unwrap_or(1);
            let mut lists =
                queries.iter().map(|text| one(text, share)).collect::<anyhow::Result<Vec<_>>>()?;
            Ok(if lists.len() == 1 { lists.remove(0) } else { fuse(lists, 10) })
        })
        .collect()
}
