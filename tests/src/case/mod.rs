//! A folder of `tests/cases`: requests in order, and what has to come back, on any host.
//!
//! `case.json` holds what [`Case`] says; files that it names lie beside it. The format is data so that a case is written
//! and read without Rust, and runs unchanged on the native host and on `wasmtime serve`.

mod expect;
mod run;

use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;

use anyhow::Context;
use serde::Deserialize;
use serde_json::Value;

use crate::artefacts;
use crate::node::{Behaviour, Node};

pub use expect::matches;

/// One case.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Case {
    /// What it shows, in a sentence.
    pub about: String,
    /// Guest configuration, by the names of `spin.toml`.
    #[serde(default)]
    pub configuration: BTreeMap<String, String>,
    /// Nodes to start, in the order of the configuration.
    #[serde(default)]
    pub nodes: Vec<NodeSpec>,
    /// Requests.
    pub steps: Vec<Step>,
    #[serde(skip)]
    folder: PathBuf,
}

/// A node of a case.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NodeSpec {
    /// What it does.
    pub behaviour: Behaviour,
    /// Further fields of its record in the configuration, such as time limits.
    #[serde(default)]
    pub settings: serde_json::Map<String, Value>,
}

/// One request and its answer. `{name}` in path, headers and body stands for what an earlier step saved.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Step {
    /// `GET /v1/models`.
    pub request: String,
    /// Headers to send.
    #[serde(default)]
    pub headers: BTreeMap<String, String>,
    /// JSON to send.
    #[serde(default)]
    pub json: Option<Value>,
    /// Text to send as it is.
    #[serde(default)]
    pub text: Option<String>,
    /// That many bytes to send.
    #[serde(default)]
    pub bytes: Option<usize>,
    /// A file beside `case.json` to upload as a form.
    #[serde(default)]
    pub upload: Option<String>,
    /// HTTP status.
    pub status: u16,
    /// Headers that have to be there, and match.
    #[serde(default)]
    pub response_headers: BTreeMap<String, Value>,
    /// What the JSON of the answer has to match.
    #[serde(default)]
    pub response: Option<Value>,
    /// What the summary of a streamed answer has to match.
    #[serde(default)]
    pub stream: Option<Value>,
    /// Names for parts of the answer, by JSON pointer.
    #[serde(default)]
    pub save: BTreeMap<String, String>,
}

impl Case {
    /// Reads `tests/cases/<name>`.
    ///
    /// # Errors
    /// When it is not a case.
    pub fn load(name: &str) -> anyhow::Result<Self> {
        let folder = artefacts::root().join("tests/cases").join(name);
        let file = folder.join("case.json");
        let text = fs::read_to_string(&file).with_context(|| format!("reading {}", file.display()))?;
        let mut case: Self =
            serde_json::from_str(&text).with_context(|| format!("reading {}", file.display()))?;
        case.folder = folder;
        Ok(case)
    }

    /// Names of all cases, ascending.
    ///
    /// # Errors
    /// When the folder can't be read.
    pub fn names() -> anyhow::Result<Vec<String>> {
        let mut names = Vec::new();
        for entry in fs::read_dir(artefacts::root().join("tests/cases"))? {
            names.push(entry?.file_name().to_string_lossy().into_owned());
        }
        names.sort();
        Ok(names)
    }

    /// Starts its nodes.
    ///
    /// # Errors
    /// When there is no port for one.
    pub fn start_nodes(&self) -> anyhow::Result<Vec<Node>> {
        self.nodes.iter().map(|node| Node::start(node.behaviour.clone())).collect()
    }

    /// Guest configuration with these nodes, for hosts that pass it on as it is.
    #[must_use]
    pub fn variables(&self, nodes: &[Node]) -> Vec<(String, String)> {
        let mut variables: Vec<(String, String)> = self.configuration.clone().into_iter().collect();
        if !nodes.is_empty() {
            let records: Vec<Value> = self.records(nodes).into_iter().map(Value::Object).collect();
            variables.push(("nodes".to_owned(), Value::Array(records).to_string()));
        }
        variables
    }

    /// The same as a `gusset.toml`, which says it in its own words.
    ///
    /// # Errors
    /// When a variable has no counterpart.
    pub fn gusset_toml(&self, nodes: &[Node]) -> anyhow::Result<String> {
        let mut text = String::new();
        let mut settled = String::new();
        let mut sections = BTreeMap::from([("state", vec!["memory = true".to_owned()])]);
        for (name, value) in &self.configuration {
            let whole = match name.as_str() {
                "settings" => serde_json::from_str(value)?,
                "virtual_keys" => table("keys", value)?,
                "budgets" => table("budgets", value)?,
                _ => toml::Table::new(),
            };
            if !whole.is_empty() {
                settled.push_str(&toml::to_string(&whole)?);
                continue;
            }
            let (section, line) = match name.as_str() {
                "body_limit_bytes" => ("limits", format!("body_bytes = {value}")),
                "file_limit_bytes" => ("limits", format!("file_bytes = {value}")),
                "passages" => ("retrieval", format!("passages = {value}")),
                "chunk_tokens" => ("chunking", format!("max_tokens = {value}")),
                "chunk_strategy" => ("chunking", format!("strategy = \"{value}\"")),
                "chunk_overlap_tokens" => ("chunking", format!("overlap_tokens = {value}")),
                "context_tokens" => ("generation", format!("context_tokens = {value}")),
                "answer_tokens" => ("generation", format!("answer_tokens = {value}")),
                "traces_kept" => ("telemetry", format!("traces_kept = {value}")),
                "responses_kept" => ("state", format!("responses_kept = {value}")),
                "api_key_hashes" => {
                    let keys: Vec<String> = value.split(',').map(|key| format!("\"sha256:{key}\"")).collect();
                    ("auth", format!("keys = [{}]", keys.join(", ")))
                }
                other => anyhow::bail!("{other} has no counterpart in gusset.toml"),
            };
            sections.entry(section).or_default().push(line);
        }
        for (section, lines) in sections {
            text.push_str(&format!("[{section}]\n{}\n", lines.join("\n")));
        }
        let records = self.records(nodes);
        if !records.is_empty() {
            // As one value, so that a node's own sections are named after it.
            text.push_str(&toml::to_string(&BTreeMap::from([("nodes", records)]))?);
        }
        Ok(text + &settled)
    }

    fn records(&self, nodes: &[Node]) -> Vec<serde_json::Map<String, Value>> {
        self.nodes
            .iter()
            .zip(nodes)
            .map(|(spec, node)| {
                let mut record = spec.settings.clone();
                record.insert("url".to_owned(), node.url().into());
                record
            })
            .collect()
    }
}

/// A list of tables, given as JSON, as a section of that name.
fn table(section: &str, json: &str) -> anyhow::Result<toml::Table> {
    let tables: Vec<toml::Table> = serde_json::from_str(json)?;
    Ok(toml::Table::from_iter([(section.to_owned(), tables.into())]))
}
