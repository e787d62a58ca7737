//! The models, from standard files to what the components read in place.

use std::path::Path;
use std::process::Command;

use super::Options;
use crate::layout::Layout;
use crate::process::Checked as _;
use crate::progress::Step;
use crate::stamp::Stamp;

/// The embedding model that ships.
const EMBEDDER: &str = "all-minilm-l6-v2";

/// The reranker that ships: a head over the same encoder.
const RERANKER: &str = "gusset-rerank-v1";

/// Compiles both. Relaxed SIMD multiplies 8 bits by 7 only.
pub(super) fn compile(layout: &Layout, options: &Options) -> anyhow::Result<()> {
    let bits = if options.relaxed_simd { "7" } else { "8" };
    let (blob, head) = (layout.embed_blob(), layout.rerank_head());
    step(layout, EMBEDDER, &[], &blob, &["compile", "--activation-bits", bits])?;
    let encoder = blob.display().to_string();
    step(layout, RERANKER, &[&blob], &head, &["rerank", "--encoder", &encoder])
}

/// `models/<model>` to `output`, by a verb of the model compiler; `others` are files that it reads besides.
fn step(
    layout: &Layout,
    model: &str,
    others: &[&Path],
    output: &Path,
    arguments: &[&str],
) -> anyhow::Result<()> {
    let compiler = layout.host().with_file_name("gusset-embed-compiler");
    let folder = layout.root.join("models").join(model);
    let mut inputs = vec![compiler.clone(), folder.clone()];
    inputs.extend(others.iter().map(|other| other.to_path_buf()));
    let stamp = Stamp::of(layout, model, &inputs, arguments)?;
    if stamp.is_fresh(output) {
        return Ok(());
    }
    let step = Step::start(format!("Model {model}"), 0);
    let mut command = Command::new(compiler);
    command.args(arguments).arg("--model").arg(folder).arg("--out").arg(output);
    command.stdout_of("gusset-embed-compiler")?;
    step.done();
    stamp.keep()
}
