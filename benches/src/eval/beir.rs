//! A vector store's search on a set in BEIR's layout: `corpus.jsonl.gz`, `queries.jsonl`, `qrels.tsv`.
//!
//! Every document is cut to what the model reads, so that it is one chunk and one vector, which makes the figure comparable with an exact search over f32 vectors of the same model. nDCG@10 as in BEIR: gain = relevance, discount = log2(rank + 1).

use crate::client::{Client, Document, in_order};
use anyhow::Context;
use gusset_tokenizer::Tokenizer;
use serde_json::{Value, json};
use std::collections::HashMap;
use std::io::{BufRead, BufReader};
use std::path::Path;

/// Tokens that the model reads of a passage: 256 less its two special ones.
const READ_TOKENS: usize = 254;

pub(crate) fn run(client: &Client, folder: &Path, set: &str) -> anyhow::Result<()> {
    let tokenizer = Tokenizer::from_vocab(include_str!("../../../models/all-minilm-l6-v2/vocab.txt"))?;
    let documents = corpus(folder, &tokenizer)?;
    let relevant = qrels(folder)?;
    let queries: Vec<(String, String)> = lines(&folder.join("queries.jsonl"))?
        .into_iter()
        .map(|q| Ok((text(&q, "_id")?, text(&q, "text")?)))
        .collect::<anyhow::Result<Vec<_>>>()?
        .into_iter()
        .filter(|(id, _)| relevant.contains_key(id))
        .collect();
    let whole = json!({ "type": "static", "static": { "max_chunk_size_tokens": READ_TOKENS, "chunk_overlap_tokens": 0 } });
    let store = client.create_store(set, &whole)?;
    client.index(&store, &documents)?;
    let scores = in_order(&queries, |(id, question)| {
        let found = client.post(
            &format!("/v1/vector_stores/{store}/search"),
            &json!({ "query": question, "max_num_results": 50 }),
        )?;
        let mut ranked: Vec<String> = Vec::new();
        for hit in found["data"].as_array().context("a search has data")? {
            let name = text(hit, "filename")?.trim_end_matches(".txt").to_owned();
            if !ranked.contains(&name) {
                ranked.push(name);
            }
        }
        Ok(ndcg(&ranked, relevant.get(id).context("queries are judged")?))
    })?;
    let mean = scores.iter().sum::<f64>() / scores.len() as f64;
    println!("{set}: nDCG@10 {mean:.4} over {} queries, {} documents", scores.len(), documents.len());
    Ok(())
}

fn ndcg(ranked: &[String], relevant: &HashMap<String, f64>) -> f64 {
    let discounted = |gains: &mut dyn Iterator<Item = f64>| {
        gains.take(10).enumerate().map(|(rank, gain)| gain / (rank as f64 + 2.0).log2()).sum::<f64>()
    };
    let mut ideal: Vec<f64> = relevant.values().copied().collect();
    ideal.sort_by(|a, b| b.total_cmp(a));
    let best = discounted(&mut ideal.into_iter());
    let got = discounted(&mut ranked.iter().map(|id| relevant.get(id).copied().unwrap_or(0.0)));
    if best > 0.0 { got / best } else { 0.0 }
}

fn corpus(folder: &Path, tokenizer: &Tokenizer) -> anyhow::Result<Vec<Document>> {
    lines(&folder.join("corpus.jsonl.gz"))?
        .into_iter()
        .map(|d| {
            let title = d["title"].as_str().unwrap_or_default();
            let mut content = format!("{title} {}", text(&d, "text")?).trim().to_owned();
            if let Some(&end) = tokenizer.offsets(&content).get(READ_TOKENS) {
                content.truncate(end);
            }
            Ok(Document { name: format!("{}.txt", text(&d, "_id")?), content })
        })
        .filter(|d| d.as_ref().map_or(true, |d| !d.content.is_empty()))
        .collect()
}

fn qrels(folder: &Path) -> anyhow::Result<HashMap<String, HashMap<String, f64>>> {
    let file = std::fs::read_to_string(folder.join("qrels.tsv"))?;
    let mut relevant: HashMap<String, HashMap<String, f64>> = HashMap::new();
    for line in file.lines().skip(1) {
        let mut fields = line.split('\t');
        if let (Some(query), Some(document), Some(score)) = (fields.next(), fields.next(), fields.next()) {
            let score: f64 = score.parse().with_context(|| format!("score in {line:?}"))?;
            if score > 0.0 {
                relevant.entry(query.to_owned()).or_default().insert(document.to_owned(), score);
            }
        }
    }
    Ok(relevant)
}

/// The JSON values of a file of lines, compressed or not.
pub(crate) fn lines(path: &Path) -> anyhow::Result<Vec<Value>> {
    let file = std::fs::File::open(path).with_context(|| format!("opening {}", path.display()))?;
    let reader: Box<dyn BufRead> = if path.extension().is_some_and(|e| e == "gz") {
        Box::new(BufReader::new(flate2::read::GzDecoder::new(file)))
    } else {
        Box::new(BufReader::new(file))
    };
    reader
        .lines()
        .map(|line| Ok(serde_json::from_str(&line?)?))
        .collect::<anyhow::Result<_>>()
        .with_context(|| format!("reading {}", path.display()))
}

pub(crate) fn text(value: &Value, field: &str) -> anyhow::Result<String> {
    Ok(value[field].as_str().with_context(|| format!("{field} in {value}"))?.to_owned())
}
