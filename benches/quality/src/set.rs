//! A set in BEIR's layout: `corpus.jsonl.gz`, `queries.jsonl`, `qrels.tsv`.

use std::collections::HashMap;
use std::fs::File;
use std::io::{BufRead, BufReader};
use std::path::Path;

use anyhow::Context;
use flate2::read::GzDecoder;
use serde::Deserialize;

/// First words of a question.
const ASKING: [&str; 32] = [
    "what", "which", "who", "whom", "whose", "when", "where", "why", "how", "can", "could", "should",
    "would", "will", "is", "are", "was", "were", "do", "does", "did", "have", "has", "had", "may", "must",
    "in", "on", "at", "by", "of", "to",
];

/// Documents, and queries with what is relevant to them.
pub struct Set {
    /// The folder's name.
    pub name: String,
    /// Identifier and text, the title in front.
    pub documents: Vec<(String, String)>,
    /// Queries with at least one relevant document.
    pub queries: Vec<Query>,
    /// How many there were before any were left out.
    pub asked: usize,
}

/// A query and its judgements.
pub struct Query {
    /// What is asked.
    pub text: String,
    /// Relevance by identifier of a document, above zero.
    pub relevant: HashMap<String, f64>,
}

#[derive(Deserialize)]
struct Line {
    #[serde(rename = "_id")]
    id: String,
    #[serde(default)]
    title: String,
    text: String,
}

impl Set {
    /// Reads a folder.
    ///
    /// # Errors
    /// A file is missing or isn't what its name says.
    pub fn read(folder: &Path) -> anyhow::Result<Self> {
        let name = folder.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let corpus = match folder.join("corpus.jsonl.gz") {
            path if path.is_file() => path,
            _ => folder.join("corpus.jsonl"),
        };
        let documents = lines(&corpus)?
            .into_iter()
            .map(|Line { id, title, text }| (id, format!("{title} {text}").trim().to_owned()))
            .filter(|(_, text)| !text.is_empty())
            .collect();
        let mut relevant = judgements(&folder.join("qrels.tsv"))?;
        let queries: Vec<Query> = lines(&folder.join("queries.jsonl"))?
            .into_iter()
            .filter_map(|line| Some(Query { relevant: relevant.remove(&line.id)?, text: line.text }))
            .collect();
        let asked = queries.len();
        Ok(Self { name, documents, queries, asked })
    }

    /// Reads the sets of a folder, all or those that are named, in the order of their names.
    ///
    /// # Errors
    /// As [`Self::read`]; a named set is not there.
    pub fn read_all(folder: &Path, only: &[String], queries: usize) -> anyhow::Result<Vec<Self>> {
        let mut folders: Vec<_> = match only {
            [] => {
                std::fs::read_dir(folder)?.map(|entry| Ok(entry?.path())).collect::<std::io::Result<_>>()?
            }
            names => names.iter().map(|name| folder.join(name)).collect(),
        };
        folders.retain(|folder| !only.is_empty() || folder.join("qrels.tsv").is_file());
        folders.sort();
        folders
            .iter()
            .map(|folder| {
                let mut set = Self::read(folder)?;
                set.thin(queries);
                Ok(set)
            })
            .collect()
    }

    /// Whether its queries are statements, by the look of most of them: neither a mark nor a first word that asks.
    #[must_use]
    pub fn states(&self) -> bool {
        let asks = |query: &&Query| {
            let text = query.text.trim().to_lowercase();
            text.ends_with('?') || text.split(' ').next().is_some_and(|first| ASKING.contains(&first))
        };
        self.queries.iter().filter(asks).count() * 2 < self.queries.len()
    }

    /// Leaves at most `count` queries, evenly spread.
    pub fn thin(&mut self, count: usize) {
        let total = self.queries.len();
        if count >= total {
            return;
        }
        let mut at = 0;
        self.queries.retain(|_| {
            at += 1;
            at * count / total != (at - 1) * count / total
        });
    }
}

fn lines(path: &Path) -> anyhow::Result<Vec<Line>> {
    let named = || format!("reading {}", path.display());
    let file = File::open(path).with_context(named)?;
    let reader: Box<dyn BufRead> = if path.extension().is_some_and(|extension| extension == "gz") {
        Box::new(BufReader::new(GzDecoder::new(file)))
    } else {
        Box::new(BufReader::new(file))
    };
    reader
        .lines()
        .map(|line| Ok(serde_json::from_str(&line?)?))
        .collect::<anyhow::Result<_>>()
        .with_context(named)
}

fn judgements(path: &Path) -> anyhow::Result<HashMap<String, HashMap<String, f64>>> {
    let file = std::fs::read_to_string(path).with_context(|| format!("reading {}", path.display()))?;
    let mut relevant: HashMap<String, HashMap<String, f64>> = HashMap::new();
    for line in file.lines().skip(1) {
        let mut fields = line.split('\t');
        if let (Some(query), Some(document), Some(score)) = (fields.next(), fields.next(), fields.next()) {
            let score: f64 = score.trim().parse().with_context(|| format!("relevance in {line:?}"))?;
            if score > 0.0 {
                relevant.entry(query.to_owned()).or_default().insert(document.to_owned(), score);
            }
        }
    }
    Ok(relevant)
}
