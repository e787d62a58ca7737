//! Where things are: the repository, and cargo's target directory wherever it was put.
//!
//! The only file that knows a path below the target directory; others ask it by name.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::Context;
use serde_json::Value;

use crate::process::Checked as _;

/// The repository and its target directory, both absolute.
pub(crate) struct Layout {
    pub(crate) root: PathBuf,
    pub(crate) target: PathBuf,
    /// `cargo metadata`, with the dependencies that this platform needs.
    pub(crate) metadata: Value,
}

impl Layout {
    /// Asks cargo.
    pub(crate) fn find() -> anyhow::Result<Self> {
        let output = Command::new(cargo())
            .args(["metadata", "--format-version", "1", "--filter-platform", &platform()?])
            .current_dir(env!("CARGO_MANIFEST_DIR"))
            .stdout_of("cargo metadata")?;
        let metadata: Value = serde_json::from_slice(&output).context("reading cargo's metadata")?;
        let path = |field: &str| {
            metadata
                .get(field)
                .and_then(Value::as_str)
                .map(PathBuf::from)
                .with_context(|| format!("cargo's metadata has no `{field}`"))
        };
        Ok(Self { root: path("workspace_root")?, target: path("target_directory")?, metadata })
    }

    /// `target/components/<name>.wasm`: one part, ready to be plugged into something else.
    pub(crate) fn component(&self, name: &str) -> PathBuf {
        self.target.join("components").join(name).with_extension("wasm")
    }

    /// `target/gusset-host.wasm`: the composition without models and collections, for a host over an existing engine.
    pub(crate) fn host_composition(&self) -> PathBuf {
        self.target.join("gusset-host.wasm")
    }

    /// `target/gusset-open.wasm`: the composition without models, for a host that embeds.
    pub(crate) fn open_composition(&self) -> PathBuf {
        self.target.join("gusset-open.wasm")
    }

    /// `target/gusset.wasm`: the composition, with its one hole.
    pub(crate) fn composition(&self) -> PathBuf {
        self.target.join("gusset.wasm")
    }

    /// `target/gusset-full.wasm`: the composition without a hole, for `wasmtime serve`.
    pub(crate) fn full_composition(&self) -> PathBuf {
        self.target.join("gusset-full.wasm")
    }

    /// `target/gusset-baked.wasm`: the composition that documents are baked into, with its one hole.
    pub(crate) fn baked_composition(&self) -> PathBuf {
        self.target.join("gusset-baked.wasm")
    }

    /// `target/gusset-baked-full.wasm`: the same without a hole.
    pub(crate) fn full_baked_composition(&self) -> PathBuf {
        self.target.join("gusset-baked-full.wasm")
    }

    /// `target/gusset-qdrant.wasm`: the composition with collections in Qdrant, with its one hole.
    pub(crate) fn qdrant_composition(&self) -> PathBuf {
        self.target.join("gusset-qdrant.wasm")
    }

    /// `target/gusset-qdrant-full.wasm`: the same without a hole.
    pub(crate) fn full_qdrant_composition(&self) -> PathBuf {
        self.target.join("gusset-qdrant-full.wasm")
    }

    /// `target/gusset-postgres.wasm`: the composition with collections in PostgreSQL, for Spin, with its one hole.
    pub(crate) fn postgres_composition(&self) -> PathBuf {
        self.target.join("gusset-postgres.wasm")
    }

    /// The compiled embedding model: part of the embedder, and what a host that embeds reads.
    pub(crate) fn embed_blob(&self) -> PathBuf {
        self.target.join("embed.blob")
    }

    /// The encoder below the reranker's head: a copy of the embedding model, unless the reranker is a cross-encoder.
    pub(crate) fn rerank_encoder(&self) -> PathBuf {
        self.target.join("rerank.blob")
    }

    /// The same for its component: empty where it is the embedder's, which the component then shares.
    pub(crate) fn own_rerank_encoder(&self) -> PathBuf {
        self.scratch("rerank.own.blob")
    }

    /// The compiled head of the reranker.
    pub(crate) fn rerank_head(&self) -> PathBuf {
        self.target.join("rerank.head")
    }

    /// Compiled models, and the variables by which components find them when they are built.
    pub(crate) fn models(&self) -> [(&'static str, PathBuf); 3] {
        [
            ("GUSSET_EMBED_BLOB", self.embed_blob()),
            ("GUSSET_RERANK_BLOB", self.own_rerank_encoder()),
            ("GUSSET_RERANK_HEAD", self.rerank_head()),
        ]
    }

    /// The native host.
    pub(crate) fn host(&self) -> PathBuf {
        self.target.join("debug").join("gusset").with_extension(std::env::consts::EXE_EXTENSION)
    }

    /// `target/gusset/<name>`: what the build keeps for itself.
    pub(crate) fn scratch(&self, name: &str) -> PathBuf {
        self.target.join("gusset").join(name)
    }

    /// Members that are compiled for this machine: all but the components and the bindings that only components use.
    pub(crate) fn native_packages(&self) -> Vec<String> {
        self.members()
            .filter(|member| {
                !member.get("targets").and_then(Value::as_array).into_iter().flatten().any(is_component)
            })
            .filter_map(|member| member.get("name").and_then(Value::as_str))
            .filter(|name| !["gusset-bindings", "gusset-embed-weights"].contains(name))
            .map(str::to_owned)
            .collect()
    }

    /// Native members that `cargo test` runs: all but xtask, whose dependencies are built in a profile of their own.
    pub(crate) fn tested_packages(&self) -> Vec<String> {
        self.native_packages().into_iter().filter(|package| package != "xtask").collect()
    }

    fn members(&self) -> impl Iterator<Item = &Value> {
        let ids = self.metadata.get("workspace_members").and_then(Value::as_array);
        self.metadata.get("packages").and_then(Value::as_array).into_iter().flatten().filter(move |package| {
            ids.is_some_and(|ids| package.get("id").is_some_and(|id| ids.contains(id)))
        })
    }

    /// What people are shown: relative to where they are, if it is below.
    pub(crate) fn shown(&self, path: &Path) -> String {
        let here = std::env::current_dir().unwrap_or_else(|_| self.root.clone());
        path.strip_prefix(here).unwrap_or(path).display().to_string()
    }
}

fn is_component(target: &Value) -> bool {
    let kinds = target.get("crate_types").and_then(Value::as_array);
    kinds.into_iter().flatten().any(|kind| kind.as_str() == Some("cdylib"))
}

/// The triple of the machine that we run on.
fn platform() -> anyhow::Result<String> {
    let version = Command::new("rustc").arg("-vV").stdout_of("rustc -vV")?;
    String::from_utf8(version)?
        .lines()
        .find_map(|line| line.strip_prefix("host: ").map(str::to_owned))
        .context("`rustc -vV` names no host")
}

/// The cargo that runs us, so that a toolchain chosen with `+` stays chosen.
pub(crate) fn cargo() -> std::ffi::OsString {
    std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into())
}
