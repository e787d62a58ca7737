//! What does a baked component cost that has just been born, and does it cost more with more documents in it?
//!
//! Instantiation of the component with ten and with a thousand documents, in bare wasmtime, and the first search in a fresh instance against the same in a warm
//! one, instantiation apart. By vectors and words, not reranked: reranking has a bench of its own.
//!
//! `cargo xtask bench baked`

use anyhow::{Context, ensure};
use gusset_benches::{Comparison, built};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Instant;
use wasmtime::component::{Component, InstancePre, Linker};
use wasmtime::{Config, Engine, Store};

mod bindings {
    wasmtime::component::bindgen!({ path: "../wit", world: "baked" });
}

use bindings::exports::gusset::retrieve::retrieve::{Mode, Query, Reranking};

/// The component, compiled and given a clock.
struct Baked {
    engine: Engine,
    pre: InstancePre<()>,
    runtime: tokio::runtime::Runtime,
}

struct Instance {
    store: Store<()>,
    baked: bindings::Baked,
}

impl Baked {
    fn load(path: &Path) -> anyhow::Result<Self> {
        let mut config = Config::new();
        config.wasm_component_model_async(true);
        let engine = Engine::new(&config)?;
        let component = Component::from_file(&engine, path)?;
        let mut linker = Linker::new(&engine);
        let start = Instant::now();
        linker
            .instance("wasi:clocks/monotonic-clock@0.3.0")?
            .func_wrap("now", move |_, ()| Ok((start.elapsed().as_nanos() as u64,)))?;
        let pre = linker.instantiate_pre(&component)?;
        Ok(Self { engine, pre, runtime: tokio::runtime::Builder::new_current_thread().build()? })
    }

    fn instantiate(&self) -> anyhow::Result<Instance> {
        let mut store = Store::new(&self.engine, ());
        let instance = self.runtime.block_on(self.pre.instantiate_async(&mut store))?;
        let baked = bindings::Baked::new(&mut store, &instance)?;
        Ok(Instance { store, baked })
    }

    fn search(&self, Instance { store, baked }: &mut Instance) -> anyhow::Result<usize> {
        let query = Query {
            text: "How is snapshot number seven mapped?".to_owned(),
            limit: 10,
            mode: Mode::Hybrid,
            filter: Vec::new(),
            reranking: Reranking::Off,
            floor: Some(0.0),
            diversity: None,
            budget_tokens: None,
        };
        let found = self.runtime.block_on(store.run_concurrent(async |accessor| {
            let (tenant, collection) = ("default".to_owned(), "docs".to_owned());
            baked.gusset_retrieve_retrieve().call_search(accessor, tenant, collection, query).await
        }))??;
        Ok(found.map_err(|error| anyhow::anyhow!("{error:?}"))?.hits.len())
    }
}

fn main() -> anyhow::Result<()> {
    let folder = tempfile::tempdir()?;
    let (small, large) = (bake(folder.path(), 10)?, bake(folder.path(), 1000)?);
    let size = |path: &Path| std::fs::metadata(path).map(|metadata| metadata.len());
    let template = size(&built("components/baked.wasm"))?;
    for (documents, path) in [(10, &small), (1000, &large)] {
        let file = size(path)?;
        println!("{documents} documents: {file} bytes, of which {} are the index", file - template);
    }
    let (small, large) = (Baked::load(&small)?, Baked::load(&large)?);
    Comparison::new("Instantiation, bare wasmtime")
        .with("10 documents", || small.instantiate().is_ok())
        .with("1,000 documents", || large.instantiate().is_ok())
        .run(200);
    let mut warm = large.instantiate()?;
    ensure!(large.search(&mut warm)? == 10, "less was found than there is");
    let fresh = |baked: &Baked| {
        let mut instance = baked.instantiate().ok();
        let start = Instant::now();
        let found = instance.as_mut().map(|instance| baked.search(instance).is_ok());
        std::hint::black_box(found);
        start.elapsed()
    };
    Comparison::new("First search, instantiation apart")
        .with("1,000 documents, warm instance", || large.search(&mut warm).is_ok())
        .with_timed("1,000 documents, fresh instance", || fresh(&large))
        .with_timed("10 documents, fresh instance", || fresh(&small))
        .run(100);
    Ok(())
}

/// So many short documents, baked.
fn bake(folder: &Path, documents: usize) -> anyhow::Result<PathBuf> {
    let docs = folder.join(documents.to_string());
    std::fs::create_dir_all(&docs)?;
    for number in 0..documents {
        let text = format!(
            "Snapshot number {number} is mapped copy on write. The pages of its weights are shared by all instances, and those of shelf {} are read \
             first, because whoever asks for number {number} asks for its neighbours too.",
            number * 7 % 101
        );
        std::fs::write(docs.join(format!("{number:04}.txt")), text)?;
    }
    let output = folder.join(format!("{documents}.wasm"));
    let status = Command::new(std::path::absolute(built("debug/gusset"))?)
        .arg("bake")
        .arg(format!("docs={}", docs.display()))
        .arg("-o")
        .arg(&output)
        .arg("--into")
        .arg(std::path::absolute(built("components/baked.wasm"))?)
        .arg("--model")
        .arg(std::path::absolute(built("embed.blob"))?)
        .current_dir(folder)
        .status()
        .context("gusset bake")?;
    ensure!(status.success(), "gusset bake: {status}");
    Ok(output)
}
