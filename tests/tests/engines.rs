//! Collections in an existing engine: the same cases, and the same passages as from the key-value store.
#![expect(clippy::indexing_slicing, reason = "what a test looks for and does not find fails the test")]

use std::path::Path;

use anyhow::{Context as _, ensure};
use gusset_tests::case::Case;
use gusset_tests::client::Client;
use gusset_tests::host::{Folder, Host};
use gusset_tests::postgres::Postgres;
use gusset_tests::qdrant::Qdrant;
use gusset_tests::wasmtime::{self, Serve};
use gusset_tests::{artefacts, documents};
use serde_json::{Value, json};

/// How far scores of one passage may be apart: an engine adds up floats where the key-value way adds up integers.
const ROUNDING: f64 = 1e-3;

/// The composition without collections of its own.
const APPLICATION: &str = "gusset-host.wasm";

fn settings(url: &str) -> String {
    let engine = if url.starts_with("http") { "qdrant" } else { "postgres" };
    format!("[retrieval]\nengine = \"{engine}\"\nurl = \"{url}\"\n")
}

fn host(configuration: &str) -> anyhow::Result<Host> {
    Folder::new(configuration)?.with_application(APPLICATION).start()
}

/// Cases that hold collections.
const CASES: [&str; 5] = ["vector-stores", "chat-extractive", "documents-html", "files", "virtual-keys"];

fn passes(name: &str, url: &str) -> anyhow::Result<()> {
    let case = Case::load(name)?;
    let toml = case.gusset_toml(&[])?;
    ensure!(!toml.contains("[retrieval]"), "{name} has settings of its own");
    let host = host(&format!("{toml}{}", settings(url)))?;
    case.run(host.client()).with_context(|| name.to_owned())
}

#[test]
fn cases_pass_over_postgres() -> anyhow::Result<()> {
    let Some(postgres) = Postgres::start()? else { return Ok(()) };
    CASES.iter().try_for_each(|name| passes(name, &postgres.database(&name.replace('-', "_"))?))
}

#[test]
fn cases_pass_over_qdrant() -> anyhow::Result<()> {
    for name in CASES {
        let Some(qdrant) = Qdrant::start()? else { return Ok(()) };
        passes(name, qdrant.url())?;
    }
    Ok(())
}

/// On a host that knows nothing of engines, with the client in the application.
#[test]
fn cases_pass_over_qdrant_from_inside() -> anyhow::Result<()> {
    let Some(wasmtime) = wasmtime::binary() else { return Ok(()) };
    let application = artefacts::built("gusset-qdrant-full.wasm")?;
    for name in ["vector-stores", "chat-extractive", "documents-html", "files"] {
        let Some(qdrant) = Qdrant::start()? else { return Ok(()) };
        let case = Case::load(name)?;
        let mut variables = case.variables(&[]);
        variables.push(("engine_url".to_owned(), qdrant.url().to_owned()));
        let server = Serve::of(&wasmtime, &application, &variables)?;
        case.run(server.client()).with_context(|| name.to_owned())?;
    }
    Ok(())
}

#[test]
fn the_same_question_finds_the_same_passages() -> anyhow::Result<()> {
    let Some(postgres) = Postgres::start()? else { return Ok(()) };
    let memory = "[state]\nmemory = true\n";
    let keyvalue = Host::start(memory)?;
    let engine = host(&format!("{memory}{}", settings(&postgres.database("agreement")?)))?;
    let hosts = [keyvalue.client(), engine.client()];
    let filled = hosts.map(fill);
    compare(keyvalue.client(), engine.client())?;
    // What is removed is as gone there as here.
    for (client, files) in hosts.into_iter().zip(filled) {
        for id in files?.iter().step_by(3) {
            let path = format!("/v1/vector_stores/vs_docs/files/{id}");
            let removed = client.send("DELETE", &path, &[], Vec::new())?;
            ensure!(removed.status == 200, "{}", removed.text());
        }
    }
    compare(keyvalue.client(), engine.client())
}

#[test]
fn what_was_acknowledged_is_there_after_a_kill() -> anyhow::Result<()> {
    let Some(postgres) = Postgres::start()? else { return Ok(()) };
    let configuration = settings(&postgres.database("kills")?);
    let mut folder = Folder::new(&configuration)?.with_application(APPLICATION);
    for round in 0..3 {
        let host = folder.start()?;
        if round == 0 {
            documents::create(host.client(), "docs")?;
        }
        for n in 0..round {
            let (_, question) = documents::document(n);
            let found = documents::search(host.client(), "docs", &question)?;
            ensure!(found.iter().any(|(name, _)| *name == format!("{n}.md")), "{n} is lost: {found:?}");
        }
        let (text, _) = documents::document(round);
        documents::put(host.client(), "docs", &format!("{round}.md"), &text)?;
        folder = host.kill()?;
    }
    Ok(())
}

#[test]
fn another_models_collection_is_refused() -> anyhow::Result<()> {
    let Some(postgres) = Postgres::start()? else { return Ok(()) };
    let url = postgres.database("models")?;
    let host = host(&format!("[state]\nmemory = true\n{}", settings(&url)))?;
    documents::create(host.client(), "docs")?;
    let (text, question) = documents::document(0);
    documents::put(host.client(), "docs", "0.md", &text)?;
    postgres.execute(&url, "UPDATE gusset_collections SET settings = regexp_replace(settings, '(\"fingerprint\":\")[^\"]*', '\\1another')")?;
    let body = json!({"query": question});
    let answer = host.client().post("/v1/vector_stores/vs_docs/search", &body)?;
    ensure!(
        answer.status == 409 && answer.text().contains("another"),
        "{}: {}",
        answer.status,
        answer.text()
    );
    Ok(())
}

#[test]
fn what_does_not_fit_is_said() -> anyhow::Result<()> {
    let memory = "[state]\nmemory = true\n";
    let unreachable = format!("{memory}{}", settings("postgres://gusset@127.0.0.1:1/none?connect_timeout=1"));
    let none = format!("{memory}[embed]\nnative = true\n");
    for (configuration, application, remedy) in [
        (unreachable.as_str(), APPLICATION, "can't be used"),
        (none.as_str(), APPLICATION, "set `engine` and `url` in [retrieval]"),
    ] {
        let folder = Folder::new(configuration)?.with_application(application);
        let output = folder.command()?.output()?;
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        ensure!(!output.status.success() && said.contains(remedy), "{}: {said}", output.status);
    }
    Ok(())
}

/// Some dozens of documents: our own texts, with what they are as attributes. Their identifiers.
fn fill(client: &Client) -> anyhow::Result<Vec<String>> {
    documents::create(client, "docs")?;
    let mut files = Vec::new();
    for path in texts()? {
        let text = std::fs::read_to_string(&path)?;
        let name = path.strip_prefix(artefacts::root())?.display().to_string();
        let name = name.replace('/', "-").replace(".wit", ".txt");
        let file = client.upload(&name, text.as_bytes())?;
        ensure!(file.status == 200, "{}", file.text());
        let attributes = json!({
            "kind": if name.starts_with("wit") { "contract" } else { "text" },
            "bytes": text.len(),
        });
        let id = file.json()?["id"].as_str().context("a file without an id")?.to_owned();
        let body = json!({"file_id": id, "attributes": attributes});
        let attached = client.post("/v1/vector_stores/vs_docs/files", &body)?;
        ensure!(attached.status == 200, "{name}: {}", attached.text());
        files.push(id);
    }
    Ok(files)
}

/// Documentation and contracts.
fn texts() -> anyhow::Result<Vec<std::path::PathBuf>> {
    let mut found = Vec::new();
    let mut folders = vec![artefacts::root().join("wit"), artefacts::root().join("models")];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(&folder)? {
            let path = entry?.path();
            let is_text =
                |path: &Path| path.extension().is_some_and(|ending| ending == "md" || ending == "wit");
            match path.is_dir() {
                true => folders.push(path),
                false if is_text(&path) => found.push(path),
                false => {}
            }
        }
    }
    found.extend(["ARCHITECTURE.md", "README.md"].map(|name| artefacts::root().join(name)));
    found.sort();
    Ok(found)
}

const QUESTIONS: [&str; 12] = [
    "How are collections kept in a key-value store?",
    "Which component may send a prompt to a model?",
    "fingerprint of the embedding model",
    "late interaction reranker",
    "compare-and-swap",
    "What happens when a stream breaks before its end?",
    "How is a budget of money counted?",
    "Which hosts can run the composed application?",
    "token limits of chunks",
    "Who chooses the model for a request?",
    "virtual keys and tenants",
    "How fast is embedding in WebAssembly?",
];

fn compare(expected: &Client, actual: &Client) -> anyhow::Result<()> {
    let filters = [
        Value::Null,
        json!({"type": "eq", "key": "kind", "value": "contract"}),
        json!({"type": "gte", "key": "bytes", "value": 8000}),
    ];
    for question in QUESTIONS {
        for filter in &filters {
            // Reranking is the same code on both sides, and how far it gets depends on the clock.
            let ranking = json!({"ranker": "none"});
            let mut body = json!({"query": question, "max_num_results": 10, "ranking_options": ranking});
            if !filter.is_null() {
                body["filters"] = filter.clone();
            }
            let here = hits(expected, &body)?;
            let there = hits(actual, &body)?;
            ensure!(agree(&here, &there), "{body}\nkey-value {here:#?}\nengine {there:#?}");
        }
    }
    Ok(())
}

/// What was found, by name and text, with its score.
fn hits(client: &Client, body: &Value) -> anyhow::Result<Vec<(String, f64)>> {
    let answer = client.post("/v1/vector_stores/vs_docs/search", body)?;
    ensure!(answer.status == 200, "{}", answer.text());
    let found = answer.json()?;
    let found = found["data"].as_array().context("no data")?;
    let hit = |hit: &Value| {
        Some((format!("{} {}", hit["filename"], hit["content"][0]["text"]), hit["score"].as_f64()?))
    };
    found.iter().map(hit).collect::<Option<_>>().context("a hit without a score")
}

/// The same scores in the same order, and the same passages but for those whose scores are as good as equal.
fn agree(here: &[(String, f64)], there: &[(String, f64)]) -> bool {
    let close = |(a, b): (&(String, f64), &(String, f64))| (a.1 - b.1).abs() < ROUNDING;
    let last = here.last().map_or(0.0, |last| last.1);
    let decided = |hits: &[(String, f64)]| {
        let mut names: Vec<String> =
            hits.iter().filter(|hit| hit.1 > last + ROUNDING).map(|hit| hit.0.clone()).collect();
        names.sort();
        names
    };
    here.len() == there.len() && here.iter().zip(there).all(close) && decided(here) == decided(there)
}
