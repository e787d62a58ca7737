//! Documents baked into a component, alone and in the whole application: what is found is what a key-value store finds. Cosines and BM25 are so to the bit, probabilities to a millionth:
//! each target has its own exponential function.
//!
//! The component is held against its core on this machine, and the application against the one with a store, both in WebAssembly.
#![expect(clippy::indexing_slicing, reason = "what a test looks for and does not find fails the test")]

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::time::Instant;

use anyhow::{Context, ensure};
use gusset_retrieve as core;
use gusset_tests::artefacts;
use gusset_tests::baked::Bakery;
use gusset_tests::client::Client;
use gusset_tests::documents::document;
use gusset_tests::host::{Folder, Host, gusset};
use gusset_tests::wasmtime::{Serve, binary};
use serde_json::{Value, json};
use wasmtime::component::{Component, Linker};
use wasmtime::{Config, Engine, Store};

mod bindings {
    wasmtime::component::bindgen!({ path: "../wit", world: "baked" });
}

use bindings::exports::gusset::retrieve::collections::{ChunkOptions, Document, Error, Format};
use bindings::exports::gusset::retrieve::retrieve::{Found, Hit, Mode, Query, Reranking};
use bindings::gusset::chunk::chunk::Strategy;

const QUERIES: [&str; 8] = [
    "How long has the keeper of Birch Bay kept the light?",
    "Which lighthouse is open in summer?",
    "When does the last ferry leave?",
    "causeway floods at spring tide",
    "diary",
    "Granite Cove",
    "?",
    "the keeper the light the cliff the years",
];

/// A baked component in bare wasmtime, given a clock and nothing else.
struct Baked {
    store: Store<()>,
    baked: bindings::Baked,
    runtime: tokio::runtime::Runtime,
}

impl Baked {
    fn load(path: &Path) -> anyhow::Result<Self> {
        let runtime = tokio::runtime::Builder::new_current_thread().build()?;
        let mut config = Config::new();
        config.wasm_component_model_async(true);
        let engine = Engine::new(&config)?;
        let component = Component::from_file(&engine, path)?;
        let mut linker = Linker::new(&engine);
        let start = Instant::now();
        linker
            .instance("wasi:clocks/monotonic-clock@0.3.0")?
            .func_wrap("now", move |_, ()| Ok((start.elapsed().as_nanos() as u64,)))?;
        let mut store = Store::new(&engine, ());
        let baked = runtime.block_on(bindings::Baked::instantiate_async(&mut store, &component, &linker))?;
        Ok(Self { store, baked, runtime })
    }

    /// Identifiers of its documents, by title.
    fn documents(&mut self, collection: &str) -> anyhow::Result<BTreeMap<String, String>> {
        let Self { store, baked, runtime } = self;
        let (tenant, collection) = ("default".to_owned(), collection.to_owned());
        let listed = runtime.block_on(store.run_concurrent(async |accessor| {
            baked.gusset_retrieve_collections().call_list_documents(accessor, tenant, collection).await
        }))??;
        let listed = listed.map_err(|error| anyhow::anyhow!("{error:?}"))?;
        Ok(listed.into_iter().map(|info| (info.title, info.id)).collect())
    }

    fn search(
        &mut self,
        tenant: &str,
        collection: &str,
        query: Query,
    ) -> anyhow::Result<Result<Found, Error>> {
        let Self { store, baked, runtime } = self;
        let (tenant, collection) = (tenant.to_owned(), collection.to_owned());
        Ok(runtime.block_on(store.run_concurrent(async |accessor| {
            baked.gusset_retrieve_retrieve().call_search(accessor, tenant, collection, query).await
        }))??)
    }
}

fn query(text: &str, mode: Mode, reranking: Reranking) -> Query {
    Query {
        text: text.to_owned(),
        limit: 10,
        mode,
        filter: Vec::new(),
        reranking,
        floor: Some(0.0),
        diversity: None,
        budget_tokens: None,
    }
}

/// A key-value store in memory.
#[derive(Default)]
struct Memory(RefCell<BTreeMap<String, Vec<u8>>>);

impl core::Store for Memory {
    fn get(&self, key: &str) -> Result<Option<Vec<u8>>, core::StoreError> {
        Ok(self.0.borrow().get(key).cloned())
    }

    fn get_many(&self, keys: &[String]) -> Result<Vec<Option<Vec<u8>>>, core::StoreError> {
        keys.iter().map(|key| self.get(key)).collect()
    }

    fn set_many(&self, entries: Vec<(String, Vec<u8>)>) -> Result<(), core::StoreError> {
        self.0.borrow_mut().extend(entries);
        Ok(())
    }

    fn delete_many(&self, keys: &[String]) -> Result<(), core::StoreError> {
        keys.iter().for_each(|key| drop(self.0.borrow_mut().remove(key)));
        Ok(())
    }

    fn swap(&self, key: &str, change: &mut core::Edit<'_>) -> Result<bool, core::StoreError> {
        let current = self.0.borrow().get(key).cloned();
        if let Some(value) = change(current.as_deref()) {
            self.0.borrow_mut().insert(key.to_owned(), value);
        }
        Ok(true)
    }
}

/// The models natively: the same bits, but for what the reranker weighs.
struct Native {
    embedder: gusset_embed::Embedder,
    reranker: gusset_rerank::Reranker,
}

impl core::Embedder for Native {
    fn model(&self) -> core::Model {
        let model = self.embedder.model().clone();
        let (dimension, max_tokens) = (model.dimension as u32, model.max_tokens as u32);
        core::Model { id: model.id, fingerprint: model.fingerprint, dimension, max_tokens }
    }

    fn embed(&self, texts: &[String], purpose: core::Purpose) -> Result<Vec<f32>, String> {
        let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
        let purpose = match purpose {
            core::Purpose::Query => gusset_embed::Purpose::Query,
            core::Purpose::Passage => gusset_embed::Purpose::Passage,
        };
        let embedded = self.embedder.embed(&texts, purpose);
        embedded.map(|embeddings| embeddings.values).map_err(|error| error.to_string())
    }
}

impl gusset_chunk::Tokenizer for Native {
    fn token_offsets(&self, text: &str) -> Vec<u32> {
        self.embedder.tokenizer().offsets(text).into_iter().map(|offset| offset as u32).collect()
    }
}

impl core::Chunker for Native {
    fn split(
        &self,
        document: &str,
        format: gusset_chunk::Format,
        options: &gusset_chunk::Options,
    ) -> Result<Vec<gusset_chunk::Chunk>, String> {
        gusset_chunk::split(document, format, options, self).map_err(|error| error.to_string())
    }
}

impl core::Clock for Native {
    fn now_ms(&self) -> u64 {
        0
    }
}

impl core::Reranker for Native {
    fn begin(&self, query: &str, passages: &[String]) -> Result<Box<dyn core::Reranking + '_>, String> {
        let passages: Vec<&str> = passages.iter().map(String::as_str).collect();
        let options = gusset_rerank::Options { passage_tokens: None, refine: Some(0) };
        let session = self.reranker.begin(query, &passages, &options).map_err(|error| error.to_string())?;
        Ok(Box::new(Session(session)))
    }
}

struct Session<'a>(gusset_rerank::Session<'a>);

impl core::Reranking for Session<'_> {
    fn step(&mut self) -> Result<bool, String> {
        self.0.step().map_err(|error| error.to_string())
    }

    fn scores(&self) -> Vec<Option<f32>> {
        self.0.scores().iter().map(|score| Some(score.value)).collect()
    }
}

/// The folder of a bakery as a collection over a store, as `retrieve` would write it. Equal scores are in the order of identifiers, so it is told those.
struct Stored {
    store: Memory,
    native: Native,
}

impl Stored {
    fn of(docs: &Path, ids: &BTreeMap<String, String>) -> anyhow::Result<Self> {
        let embedder = gusset_embed::Embedder::load(fs::read(artefacts::built("embed.blob")?)?)?;
        let encoder = gusset_embed::Embedder::load(fs::read(artefacts::built("rerank.blob")?)?)?;
        let reranker = gusset_rerank::Reranker::new(encoder, &fs::read(artefacts::built("rerank.head")?)?)?;
        let stored = Self { store: Memory::default(), native: Native { embedder, reranker } };
        let strategy = gusset_chunk::Strategy::Structural;
        let options = gusset_chunk::Options {
            strategy,
            max_tokens: 200,
            overlap_tokens: 0,
            parent_tokens: 0,
            context: false,
        };
        stored.core().create_collection("default", "docs", &options, 7, Vec::new())?;
        let mut paths: Vec<_> =
            fs::read_dir(docs)?.chain(fs::read_dir(docs.join("deep"))?).collect::<Result<_, _>>()?;
        // In another order than that of their names: what is found doesn't depend on it.
        paths.sort_by_key(|entry| std::cmp::Reverse(entry.file_name()));
        for entry in paths.into_iter().filter(|entry| entry.path().is_file()) {
            let path = entry.path();
            let title = path.strip_prefix(docs)?.display().to_string();
            let format = match path.extension().and_then(|extension| extension.to_str()) {
                Some("md") => gusset_chunk::Format::Markdown,
                Some("html") => gusset_chunk::Format::Html,
                _ => gusset_chunk::Format::Plain,
            };
            let content = fs::read_to_string(&path)?;
            let document = core::Document {
                id: ids.get(&title).context("a document that was baked")?.clone(),
                title,
                format,
                content,
                added_at: 7,
                metadata: Vec::new(),
            };
            stored.core().put_document("default", "docs", document)?.finish()?;
        }
        Ok(stored)
    }

    fn core(&self) -> core::Retrieve<'_> {
        core::Retrieve::new(&self.store, &self.native, &self.native).with_reranker(&self.native, &self.native)
    }

    fn search(&self, text: &str, mode: core::Mode, rerank: bool) -> anyhow::Result<core::Found> {
        let rerank = rerank.then_some(core::Rerank { deadline_ms: None });
        let query = core::Query { mode, rerank, floor: 0.0, ..core::Query::new(text, 10) };
        Ok(self.core().search("default", "docs", &query)?.finish()?)
    }
}

#[test]
fn it_finds_what_a_store_finds() -> anyhow::Result<()> {
    let bakery = Bakery::new(30)?;
    let path = bakery.bake("components/baked.wasm")?;
    let mut baked = Baked::load(&path)?;
    let stored = Stored::of(&bakery.docs(), &baked.documents("docs")?)?;
    let modes = [
        (Mode::Hybrid, core::Mode::Hybrid),
        (Mode::Dense, core::Mode::Dense),
        (Mode::Lexical, core::Mode::Lexical),
    ];
    for text in QUERIES {
        for (mode, core_mode) in modes {
            let found = baked.search("default", "docs", query(text, mode, Reranking::Off))?;
            let found = found.map_err(|error| anyhow::anyhow!("{error:?}"))?;
            let expected = stored.search(text, core_mode, false)?;
            let seen = |title: &str, start: u32, end: u32, text: &str, numbers: [f32; 2]| {
                (title.to_owned(), start, end, text.to_owned(), numbers.map(f32::to_bits))
            };
            let actual: Vec<_> = found
                .hits
                .iter()
                .map(|hit| {
                    let passage = &hit.passage;
                    seen(&passage.title, passage.start, passage.end, &passage.text, [hit.cosine, hit.lexical])
                })
                .collect();
            let close = |(hit, expected): (&Hit, &core::Hit)| {
                // The curve's exponential function is the target's own.
                (hit.probability - expected.probability).abs() < 1e-6
                    && (hit.passage.score - expected.passage.score).abs() < 1e-6
            };
            ensure!(found.hits.iter().zip(&expected.hits).all(close), "{text} {mode:?}");
            let expected: Vec<_> = expected
                .hits
                .iter()
                .map(|hit| {
                    let passage = &hit.passage;
                    seen(&passage.title, passage.start, passage.end, &passage.text, [hit.cosine, hit.lexical])
                })
                .collect();
            assert_eq!(actual, expected, "{text} {mode:?}");
        }
        // Reranked, with more time than it takes.
        let found =
            baked.search("default", "docs", query(text, Mode::Hybrid, Reranking::WithinMs(3_600_000)))?;
        let found = found.map_err(|error| anyhow::anyhow!("{error:?}"))?;
        ensure!(
            found.note.degraded.is_none() && found.note.reranked == found.note.candidates,
            "{:?}",
            found.note
        );
        let expected = stored.search(text, core::Mode::Hybrid, true)?;
        ensure!(found.hits.len() == expected.hits.len(), "{text}");
        for (hit, expected) in found.hits.iter().zip(&expected.hits) {
            // Weights of the query's tokens come from the target's own exponential function.
            let (score, of_core) = (hit.rerank.context("reranked")?, expected.rerank.context("reranked")?);
            ensure!((score - of_core).abs() < 1e-4, "{text}: {score} {of_core}");
        }
    }
    Ok(())
}

#[test]
fn it_is_read_by_every_tenant_and_changed_by_none() -> anyhow::Result<()> {
    let bakery = Bakery::new(3)?;
    let mut baked = Baked::load(&bakery.bake("components/baked.wasm")?)?;
    let search = |baked: &mut Baked, tenant: &str, collection: &str| {
        baked.search(tenant, collection, query("When does the ferry leave?", Mode::Hybrid, Reranking::Off))
    };
    for tenant in ["default", "another"] {
        let found = search(&mut baked, tenant, "docs")?.map_err(|error| anyhow::anyhow!("{error:?}"))?;
        ensure!(found.hits[0].passage.title == "deep/ferry.html", "{:?}", found.hits[0]);
    }
    ensure!(matches!(search(&mut baked, "default", "else")?, Err(Error::UnknownCollection(_))));
    ensure!(matches!(search(&mut baked, "no tenant", "docs")?, Err(Error::InvalidRequest(_))));

    let Baked { store, baked, runtime } = &mut baked;
    let (listed, documents, document, written) =
        runtime.block_on(store.run_concurrent(async |accessor| {
            let collections = baked.gusset_retrieve_collections();
            let text = |text: &str| text.to_owned();
            let listed = collections.call_list_collections(accessor, text("default")).await?;
            let documents = collections.call_list_documents(accessor, text("default"), text("docs")).await?;
            let first = documents.as_ref().ok().and_then(|all| all.first()).map(|info| info.id.clone());
            let document = collections
                .call_get_document(accessor, text("default"), text("docs"), first.unwrap_or_default())
                .await?;
            let chunking = ChunkOptions {
                strategy: Strategy::Structural,
                max_tokens: 200,
                overlap_tokens: 0,
                parent_tokens: 0,
                context: false,
            };
            let new = Document {
                id: text("new"),
                title: text("new"),
                format: Format::Plain,
                content: text("new"),
                added_at: 1,
                metadata: Vec::new(),
            };
            let tenant = || text("default");
            let written = [
                collections
                    .call_create_collection(accessor, tenant(), text("new"), chunking, 1, vec![])
                    .await?
                    .err(),
                collections.call_delete_collection(accessor, tenant(), text("docs")).await?.err(),
                collections.call_put_document(accessor, tenant(), text("docs"), new).await?.err(),
                collections.call_remove_document(accessor, tenant(), text("docs"), text("new")).await?.err(),
            ];
            anyhow::Ok((listed, documents, document, written))
        }))??;
    let listed = listed.map_err(|error| anyhow::anyhow!("{error:?}"))?;
    ensure!(listed.len() == 1 && listed[0].documents == 5 && listed[0].name == "docs", "{listed:?}");
    ensure!(documents.is_ok_and(|all| all.len() == 5) && document.is_ok_and(|found| found.is_some()));
    for refused in written {
        let Some(Error::InvalidRequest(why)) = refused else { anyhow::bail!("{refused:?}") };
        ensure!(why.contains("`gusset bake`"), "{why}");
    }
    Ok(())
}

#[test]
fn nothing_is_in_it_before_it_is_baked() -> anyhow::Result<()> {
    let mut empty = Baked::load(&artefacts::component("baked")?)?;
    let refused = empty.search("default", "docs", query("anything", Mode::Hybrid, Reranking::Off))?;
    ensure!(matches!(refused, Err(Error::UnknownCollection(_))), "{refused:?}");
    Ok(())
}

#[test]
fn the_same_documents_are_the_same_file_and_it_is_models_and_index() -> anyhow::Result<()> {
    let bakery = Bakery::new(3)?;
    let once = fs::read(bakery.bake("components/baked.wasm")?)?;
    ensure!(once == fs::read(bakery.bake("components/baked.wasm")?)?, "two files");
    let index = once.len() as u64 - fs::metadata(artefacts::component("baked")?)?.len();
    ensure!(index < 64 << 10, "{index} bytes for five small documents");
    Ok(())
}

#[test]
fn what_can_not_be_baked_is_said() -> anyhow::Result<()> {
    let bakery = Bakery::new(1)?;
    let baked = artefacts::component("baked")?.display().to_string();
    let models = artefacts::component("models")?.display().to_string();
    fs::create_dir(bakery.path().join("empty"))?;
    fs::create_dir(bakery.path().join("unreadable"))?;
    fs::write(bakery.path().join("unreadable/latin.md"), b"caf\xe9")?;
    fs::write(bakery.docs().join("latin.md"), b"caf\xe9")?;
    for (folder, into, expected) in [
        ("empty", &baked, "holds no document"),
        ("unreadable", &baked, "no document of unreadable could be read"),
        ("absent", &baked, "absent can't be read"),
        ("docs", &models, "nothing in it takes a collection"),
    ] {
        let said = bakery.run(&[folder, "-o", "out.wasm", "--into", into])?;
        ensure!(matches!(&said, Err(why) if why.contains(expected)), "{folder}: {said:?}");
        ensure!(!bakery.path().join("out.wasm").exists(), "{folder}: something was written");
    }
    // One that can't be read is named, and the rest is there.
    let said = bakery.run(&["docs", "lights=docs", "-o", "out.wasm", "--into", &baked])?;
    ensure!(
        matches!(&said, Ok(all) if all.contains("skipped latin.md: it is not UTF-8") && all.contains("6 documents")),
        "{said:?}"
    );
    let again = bakery.path().join("out.wasm").display().to_string();
    let said = bakery.run(&["docs", "-o", "again.wasm", "--into", &again])?;
    ensure!(matches!(&said, Err(why) if why.contains("baked into it already")), "{said:?}");
    Ok(())
}

/// What is found, but for the identifiers, which `gusset index` draws; and the scores, which are a curve whose exponential function is the target's own.
fn results(client: &Client, text: &str) -> anyhow::Result<(Value, Vec<f64>)> {
    let body = json!({"query": text, "max_num_results": 10, "ranking_options": {"ranker": "none"}});
    let answer = client.post("/v1/vector_stores/vs_docs/search", &body)?;
    ensure!(answer.status == 200, "{}", answer.text());
    let mut page = answer.json()?;
    let mut scores = Vec::new();
    for result in page["data"].as_array_mut().context("data")? {
        let result = result.as_object_mut().context("a result")?;
        result.remove("file_id");
        scores.extend(result.remove("score").and_then(|score| score.as_f64()));
    }
    Ok((page, scores))
}

#[test]
fn the_application_in_one_file_answers_as_the_one_with_a_store() -> anyhow::Result<()> {
    const MEMORY: &str = "[state]\nmemory = true\n";
    let bakery = Bakery::new(30)?;
    let one_file = bakery.bake("gusset-baked.wasm")?;
    let baked = Folder::new(MEMORY)?.with_application(one_file).start()?;
    let stored = Host::start(MEMORY)?;
    let mut index = gusset()?;
    index.arg("index").arg(bakery.docs()).args(["--collection", "docs", "--url", stored.client().base()]);
    let indexed = index.output()?;
    ensure!(indexed.status.success(), "{}", String::from_utf8_lossy(&indexed.stderr));
    for text in QUERIES {
        let ((expected, scores), (actual, actual_scores)) =
            (results(stored.client(), text)?, results(baked.client(), text)?);
        ensure!(expected["data"].as_array().is_some_and(|found| !found.is_empty()), "{expected}");
        ensure!(actual == expected, "{text}: {actual:#} {expected:#}");
        let is_close = |(a, b): (&f64, &f64)| (a - b).abs() < 1e-6;
        ensure!(
            scores.len() == actual_scores.len() && scores.iter().zip(&actual_scores).all(is_close),
            "{text}"
        );
    }
    let (_, question) = document(9);
    let body = json!({"model": "docs", "messages": [{"role": "user", "content": question}]});
    let answer = baked.client().post("/v1/chat/completions", &body)?;
    ensure!(answer.status == 200 && answer.text().contains("light-09.md"), "{}", answer.text());
    for (path, body) in [
        ("/v1/vector_stores", json!({"name": "more"})),
        (
            "/v1/vector_stores/vs_docs/files",
            json!({"file_id": baked.client().upload("a.md", b"text")?.json()?["id"]}),
        ),
    ] {
        let refused = baked.client().post(path, &body)?;
        ensure!(refused.text().contains("gusset bake"), "{path}: {} {}", refused.status, refused.text());
    }
    Ok(())
}

#[test]
fn it_runs_where_nobody_knows_gusset() -> anyhow::Result<()> {
    let Some(binary) = binary() else { return Ok(()) };
    let bakery = Bakery::new(3)?;
    let server = Serve::of(&binary, &bakery.bake("gusset-baked-full.wasm")?, &[])?;
    let (found, _) = results(server.client(), "When does the last ferry leave?")?;
    ensure!(found["data"][0]["filename"] == "deep/ferry.html", "{found}");
    Ok(())
}
