//! Do answers cite the text that answers? Over the chunking corpora and their question file.
//!
//! Each question names the passages of its corpus that answer it, in characters. A question counts as answered where the
//! ranges that its answer cites contain at least one of them whole, and its share is how much of all its reference text
//! they contain. All corpora stand in one collection: the right document must be found too.

use crate::beir::{lines, text};
use crate::client::{Client, Document, in_order};
use anyhow::Context;
use serde_json::{Value, json};
use std::collections::HashMap;
use std::ops::Range;
use std::path::Path;

const CORPORA: [&str; 3] = ["finance", "state_of_the_union", "wikitexts"];

struct Question {
    corpus: String,
    text: String,
    /// In bytes of the corpus.
    references: Vec<Range<usize>>,
}

pub(crate) fn run(client: &Client, data: &Path) -> anyhow::Result<()> {
    let folder = data.join("chunking");
    let mut documents = Vec::new();
    for corpus in CORPORA {
        let name = format!("{corpus}.md");
        let content = std::fs::read_to_string(folder.join("corpora").join(&name))?;
        documents.push(Document { name, content });
    }
    let questions = questions(&folder, &documents)?;
    let store = client.create_store("chunking-corpora", &json!({ "type": "auto" }))?;
    client.index(&store, &documents)?;

    let results = in_order(&questions, |question| {
        let answer = client.post(
            "/v1/chat/completions",
            &json!({ "model": "chunking-corpora", "messages": [{ "role": "user", "content": question.text }] }),
        )?;
        let cited = cited(&answer, &question.corpus)?;
        let whole = question.references.iter().any(|reference| covered(reference, &cited) == reference.len());
        let total: usize = question.references.iter().map(Range::len).sum();
        let found: usize = question.references.iter().map(|reference| covered(reference, &cited)).sum();
        Ok((question.corpus.clone(), whole, found as f64 / total.max(1) as f64))
    })?;
    println!("| corpus | questions | answer text cited whole | share of reference text cited |");
    println!("|---|---|---|---|");
    for corpus in CORPORA.iter().copied().chain(["all"]) {
        let of: Vec<_> = results.iter().filter(|(c, ..)| corpus == "all" || c == corpus).collect();
        let n = of.len() as f64;
        let whole = of.iter().filter(|(_, whole, _)| *whole).count() as f64;
        let share = of.iter().map(|(.., share)| share).sum::<f64>();
        println!("| {corpus} | {} | {:.1}% | {:.1}% |", of.len(), 100.0 * whole / n, 100.0 * share / n);
    }
    Ok(())
}

/// The merged byte ranges of `corpus` that an answer cites.
fn cited(answer: &Value, corpus: &str) -> anyhow::Result<Vec<Range<usize>>> {
    let citations = answer["x_gusset"]["citations"].as_array().context("an answer has citations")?;
    let mut ranges = Vec::new();
    for citation in citations {
        if citation["title"].as_str().is_some_and(|title| title.starts_with(corpus)) {
            let position = |field: &str| citation[field].as_u64().map(|n| n as usize);
            ranges.push(position("start").context("start")?..position("end").context("end")?);
        }
    }
    ranges.sort_by_key(|range| range.start);
    let mut merged: Vec<Range<usize>> = Vec::new();
    for range in ranges {
        match merged.last_mut() {
            Some(last) if range.start <= last.end => last.end = last.end.max(range.end),
            _ => merged.push(range),
        }
    }
    Ok(merged)
}

/// Bytes of `reference` inside disjoint `ranges`.
fn covered(reference: &Range<usize>, ranges: &[Range<usize>]) -> usize {
    ranges.iter().map(|r| r.end.min(reference.end).saturating_sub(r.start.max(reference.start))).sum()
}

fn questions(folder: &Path, documents: &[Document]) -> anyhow::Result<Vec<Question>> {
    // Character offset to byte offset, once a corpus.
    let offsets: HashMap<&str, Vec<usize>> = documents
        .iter()
        .map(|d| {
            let ends = std::iter::once(d.content.len());
            (d.name.trim_end_matches(".md"), d.content.char_indices().map(|(i, _)| i).chain(ends).collect())
        })
        .collect();
    lines(&folder.join("questions.jsonl"))?
        .iter()
        .map(|q| {
            let corpus = text(q, "corpus")?;
            let bytes = offsets.get(corpus.as_str()).with_context(|| format!("no corpus {corpus}"))?;
            let at = |reference: &Value, field: &str| {
                let characters = reference[field].as_u64().with_context(|| field.to_owned())? as usize;
                bytes
                    .get(characters)
                    .copied()
                    .with_context(|| format!("{field} {characters} beyond {corpus}"))
            };
            let references = q["references"]
                .as_array()
                .context("references")?
                .iter()
                .map(|r| Ok(at(r, "start_index")?..at(r, "end_index")?))
                .collect::<anyhow::Result<_>>()?;
            Ok(Question { text: text(q, "question")?, corpus, references })
        })
        .collect()
}
