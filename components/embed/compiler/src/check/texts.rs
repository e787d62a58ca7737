//! Texts of public sets: sentences, paragraphs, abstracts and stretches of long documents.

use std::fs::{self, File};
use std::io::{BufRead, BufReader};
use std::path::Path;

use anyhow::{Context, Result};
use flate2::read::GzDecoder;

/// Two sentences and how similar people found them, 0 to 5.
pub(super) struct Pair {
    pub(super) score: f64,
    pub(super) first: String,
    pub(super) second: String,
}

/// The STS benchmark's dev split.
pub(super) fn similarity(data: &Path) -> Result<Vec<Pair>> {
    let path = data.join("similarity/stsb-dev.csv");
    let file = fs::read_to_string(&path).with_context(|| format!("reading {}", path.display()))?;
    let pairs = file.lines().filter_map(|line| {
        let mut fields = line.split('\t').skip(4);
        Some(Pair {
            score: fields.next()?.parse().ok()?,
            first: fields.next()?.to_owned(),
            second: fields.next()?.to_owned(),
        })
    });
    Ok(pairs.collect())
}

/// Texts of mixed length and kind, evenly spread over the sets: two fifths sentences, a fifth each paragraphs, abstracts and stretches.
pub(super) fn mixed(data: &Path, count: usize) -> Result<Vec<String>> {
    let sentences = similarity(data)?.into_iter().map(|pair| pair.first).collect();
    let mut texts = spread(sentences, count * 2 / 5);
    texts.extend(spread(corpus(&data.join("retrieval/squad-dev/corpus.jsonl.gz"))?, count / 5));
    texts.extend(spread(corpus(&data.join("retrieval/scifact/corpus.jsonl.gz"))?, count / 5));
    texts.extend(spread(stretches(&data.join("chunking/corpora"))?, count / 5));
    Ok(texts)
}

fn spread(texts: Vec<String>, count: usize) -> Vec<String> {
    let step = (texts.len() / count.max(1)).max(1);
    texts.into_iter().step_by(step).take(count).collect()
}

fn corpus(path: &Path) -> Result<Vec<String>> {
    let file = File::open(path).with_context(|| format!("reading {}", path.display()))?;
    let mut texts = Vec::new();
    for line in BufReader::new(GzDecoder::new(file)).lines() {
        let document: serde_json::Value = serde_json::from_str(&line?)?;
        let field = |name| document.get(name).and_then(serde_json::Value::as_str).unwrap_or_default();
        texts.push(format!("{} {}", field("title"), field("text")).trim().to_owned());
    }
    Ok(texts)
}

/// Documents cut after 1 to 256 words, in turn.
fn stretches(folder: &Path) -> Result<Vec<String>> {
    let mut paths = Vec::new();
    for entry in fs::read_dir(folder).with_context(|| format!("reading {}", folder.display()))? {
        paths.push(entry?.path());
    }
    paths.sort();
    let mut texts = Vec::new();
    for path in paths {
        let document = fs::read_to_string(&path)?;
        let words: Vec<&str> = document.split_whitespace().collect();
        let mut rest = words.as_slice();
        while let Some((stretch, after)) = rest.split_at_checked(1 + texts.len() * 37 % 256) {
            texts.push(stretch.join(" "));
            rest = after;
        }
    }
    Ok(texts)
}
