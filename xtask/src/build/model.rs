//! The models, from standard files to what the components read in place.

use std::fs;
use std::path::PathBuf;
use std::process::Command;

use anyhow::bail;

use super::Options;
use crate::layout::Layout;
use crate::process::Checked as _;
use crate::progress::Step;
use crate::stamp::{Stamp, write_whole};

/// The embedding model that ships.
const EMBEDDER: &str = "all-minilm-l6-v2";

/// The reranker that ships: a head over the same encoder.
const RERANKER: &str = "gusset-rerank-v1";

/// Compiles both. Relaxed SIMD multiplies 8 bits by 7 only.
pub(super) fn compile(layout: &Layout, options: &Options) -> anyhow::Result<()> {
    let bits = ["--activation-bits", if options.relaxed_simd { "7" } else { "8" }];
    let embedder = Model {
        role: "embedder",
        name: options.embedder.as_deref().unwrap_or(EMBEDDER),
        outputs: &[("--out", layout.embed_blob())],
    };
    embedder.compile(layout, &[&["compile"], &bits[..]].concat())?;
    let reranker = Model {
        role: "reranker",
        name: options.reranker.as_deref().unwrap_or(RERANKER),
        outputs: &[("--encoder", layout.rerank_encoder()), ("--out", layout.rerank_head())],
    };
    reranker.compile(layout, &[&["rerank"], &bits[..]].concat())?;
    share_encoder(layout)
}

/// Components carry an encoder that embedder and reranker share once.
fn share_encoder(layout: &Layout) -> anyhow::Result<()> {
    let encoder = fs::read(layout.rerank_encoder())?;
    let own = if encoder == fs::read(layout.embed_blob())? { Vec::new() } else { encoder };
    let output = layout.own_rerank_encoder();
    // Written only if it differs: what includes it is compiled again when it is touched.
    if fs::read(&output).ok().as_ref() != Some(&own) {
        write_whole(&output, &own)?;
    }
    Ok(())
}

/// A folder of `models`, and what is made of it.
struct Model<'a> {
    /// What it is used as. The files that are made are called by that, whatever the model.
    role: &'static str,
    name: &'a str,
    /// By the compiler's argument that says where.
    outputs: &'a [(&'static str, PathBuf)],
}

impl Model<'_> {
    /// Runs a verb of the model compiler.
    fn compile(&self, layout: &Layout, arguments: &[&str]) -> anyhow::Result<()> {
        let compiler = layout.host().with_file_name("gusset-embed-compiler");
        let models = layout.root.join("models");
        let folder = models.join(self.name);
        if !folder.join("model.json").exists() {
            bail!("there is no {} {}: `gusset models add` makes one", self.role, layout.shown(&folder));
        }
        // All models: a head is compiled with the encoder that it names.
        let words = [&[self.name], arguments].concat();
        let stamp = Stamp::of(layout, self.role, &[compiler.clone(), models], &words)?;
        if self.outputs.iter().all(|(_, output)| stamp.is_fresh(output)) {
            return Ok(());
        }
        let step = Step::start(format!("Model {}", self.name), 0);
        let mut command = Command::new(compiler);
        command.args(arguments).arg("--model").arg(folder);
        for (argument, output) in self.outputs {
            command.arg(argument).arg(output);
        }
        command.stdout_of("gusset-embed-compiler")?;
        step.done();
        stamp.keep()
    }
}
