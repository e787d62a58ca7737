//! `cargo xtask build`: everything under `target/` that Gusset ships or serves.
//!
//! The order is that of need: the host first, because its `snapshot` verb initialises components; then the model,
//! because the embedder contains it; then components, snapshot, composition. A step whose inputs did not change is
//! skipped: cargo knows for crates, [`crate::stamp`] for the rest.

use clap::Args;

use crate::cargo;
use crate::layout::Layout;
use crate::toolchain;

mod components;
mod compose;
mod model;

/// The native crates that a build needs; always built together, so that their dependencies have one set of features and
/// wasmtime is compiled once.
const NATIVE: [&str; 2] = ["gusset", "gusset-embed-compiler"];

/// How to build.
#[derive(Args, Clone, Default)]
// Flattened into other verbs' arguments of the same name.
#[group(skip)]
pub(crate) struct Options {
    /// Use relaxed SIMD in the embedder: twice as fast, where the host does not force deterministic results.
    #[arg(long)]
    pub(crate) relaxed_simd: bool,
    /// The folder below `models` to embed with, as `gusset models add` makes them [default: all-minilm-l6-v2]
    #[arg(long, value_name = "NAME")]
    pub(crate) embedder: Option<String>,
    /// The folder below `models` to rerank with [default: gusset-rerank-v1]
    #[arg(long, value_name = "NAME")]
    pub(crate) reranker: Option<String>,
}

/// Builds all.
pub(crate) fn run(layout: &Layout, options: &Options) -> anyhow::Result<()> {
    toolchain::ensure_targets()?;
    let native: Vec<String> = NATIVE.map(str::to_owned).into();
    cargo::build(layout, "Host and model compiler", &native, &["build"])?;
    ship(layout, options)
}

/// Builds all, with the host as `cargo test` builds it: what the tests need gives some dependencies further features, and
/// everything above these would be compiled twice.
pub(crate) fn run_for_tests(layout: &Layout, options: &Options) -> anyhow::Result<()> {
    toolchain::ensure_targets()?;
    cargo::build(layout, "Host, model compiler and tests", &layout.tested_packages(), &["test", "--no-run"])?;
    ship(layout, options)
}

/// What the host and the model compiler make.
fn ship(layout: &Layout, options: &Options) -> anyhow::Result<()> {
    model::compile(layout, options)?;
    components::build(layout, options)?;
    compose::compose(layout)
}
