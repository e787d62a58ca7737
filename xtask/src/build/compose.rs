//! Components to the application, as `components/system.wac` says, and that application with one hole after the other filled.

use std::collections::HashMap;
use std::fs;
use std::path::PathBuf;

use anyhow::{Context, anyhow};
use wac_graph::types::Package;
use wac_graph::{CompositionGraph, EncodeOptions, plug};
use wac_parser::Document;
use wac_resolver::FileSystemPackageResolver;

use crate::layout::Layout;
use crate::parts::PARTS;
use crate::progress::Step;
use crate::stamp::{Stamp, write_whole};

/// Parts that keep collections inside the application. `retrieve` chunks and embeds what it stores, and embeds each query with the same model: the fingerprint in an index
/// and that of a query come from one place. `chunk` counts tokens as the embedder does, because chunks are cut to what one vector can hold.
const RETRIEVAL: [&str; 2] = ["retrieve", "chunk"];

/// The same over an existing engine.
const QDRANT: [&str; 3] = ["retrieve-qdrant", "chunk", "models"];
const POSTGRES: [&str; 3] = ["retrieve-postgres", "chunk", "models"];

/// Parts that run models inside the application.
const MODELS: [&str; 1] = ["models"];

/// Parts that do both, with collections inside the application.
const BAKED: [&str; 1] = ["baked"];

/// Parts that fill what is still open where the host doesn't.
const REST: [&str; 2] = ["generate-http", "wasi-drafts"];

/// Makes `target/gusset-host.wasm`, of that `target/gusset-open.wasm`, of that `target/gusset.wasm`, and of that `target/gusset-full.wasm`; then the last two once more,
/// ready to have documents baked into them, and over existing engines.
pub(super) fn compose(layout: &Layout) -> anyhow::Result<()> {
    let source = layout.root.join("components").join("system.wac");
    let mut inputs: Vec<PathBuf> = PARTS.iter().map(|part| layout.component(part.name)).collect();
    inputs.push(source.clone());
    let stamp = Stamp::of(layout, "composition", &inputs, &[env!("CARGO_PKG_VERSION")])?;
    let outputs = [
        layout.host_composition(),
        layout.open_composition(),
        layout.composition(),
        layout.full_composition(),
        layout.baked_composition(),
        layout.full_baked_composition(),
        layout.qdrant_composition(),
        layout.full_qdrant_composition(),
        layout.postgres_composition(),
    ];
    if outputs.iter().all(|output| stamp.is_fresh(output)) {
        return Ok(());
    }
    let step = Step::start("Composition", 0);
    let text = fs::read_to_string(&source).with_context(|| format!("reading {}", source.display()))?;
    let host = resolve(layout, &text)?;
    let open = plugged(layout, &host, &RETRIEVAL)?;
    let whole = plugged(layout, &open, &MODELS)?;
    let full = plugged(layout, &whole, &REST)?;
    let baked = plugged(layout, &host, &BAKED)?;
    let full_baked = plugged(layout, &baked, &REST)?;
    let qdrant = plugged(layout, &host, &QDRANT)?;
    let full_qdrant = plugged(layout, &qdrant, &REST)?;
    let postgres = plugged(layout, &host, &POSTGRES)?;
    let made = [&host, &open, &whole, &full, &baked, &full_baked, &qdrant, &full_qdrant, &postgres];
    for (output, content) in outputs.iter().zip(made) {
        write_whole(output, content)?;
    }
    step.done();
    stamp.keep()
}

/// Errors of the composition language point into its source; `miette` renders them so.
fn resolve(layout: &Layout, text: &str) -> anyhow::Result<Vec<u8>> {
    let located = |report: miette::Report| anyhow!("{report:?}");
    let named = |error: miette::Report| located(error.with_source_code(text.to_owned()));
    let document = Document::parse(text).map_err(|error| named(error.into()))?;
    let files: HashMap<String, PathBuf> =
        PARTS.iter().map(|part| (format!("gusset:{}", part.name), layout.component(part.name))).collect();
    let keys = wac_resolver::packages(&document).map_err(|error| named(error.into()))?;
    let packages = FileSystemPackageResolver::new(layout.target.join("components"), files, true)
        .resolve(&keys)
        .map_err(|error| named(error.into()))?;
    let resolution = document.resolve(packages).map_err(|error| named(error.into()))?;
    resolution.encode(EncodeOptions::default()).map_err(|error| named(error.into()))
}

fn plugged(layout: &Layout, composition: &[u8], plugs: &[&str]) -> anyhow::Result<Vec<u8>> {
    let mut content = composition.to_vec();
    // One after the other, because a plug has imports that the next one fills.
    for name in plugs {
        let mut graph = CompositionGraph::new();
        let part =
            Package::from_file(&format!("gusset:{name}"), None, layout.component(name), graph.types_mut())?;
        let socket = Package::from_bytes("gusset:composition", None, content, graph.types_mut())?;
        let part = graph.register_package(part)?;
        let socket = graph.register_package(socket)?;
        plug(&mut graph, vec![part], socket).with_context(|| format!("plugging in `{name}`"))?;
        content = graph.encode(EncodeOptions::default())?;
    }
    Ok(content)
}
