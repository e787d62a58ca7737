//! The embedding model, from standard files to the blob that the embedder reads in place.

use std::path::PathBuf;
use std::process::Command;

use super::Options;
use crate::layout::Layout;
use crate::process::Checked as _;
use crate::progress::Step;
use crate::stamp::Stamp;

/// The model that ships.
const MODEL: &str = "all-minilm-l6-v2";

/// Packs `models/<MODEL>` and says where the result is. Relaxed SIMD multiplies 8 bits by 7 only.
pub(super) fn compile(layout: &Layout, options: &Options) -> anyhow::Result<PathBuf> {
    let bits = if options.relaxed_simd { "7" } else { "8" };
    let compiler = layout.host().with_file_name("gusset-embed-compiler");
    let model = layout.root.join("models").join(MODEL);
    let blob = layout.embed_blob();
    let stamp = Stamp::of(layout, "model", &[compiler.clone(), model.clone()], &[bits])?;
    if stamp.is_fresh(&blob) {
        return Ok(blob);
    }
    if let Some(folder) = blob.parent() {
        std::fs::create_dir_all(folder)?;
    }
    let step = Step::start(format!("Model {MODEL}"), 0);
    let mut command = Command::new(compiler);
    command
        .arg("compile")
        .arg("--model")
        .arg(model)
        .arg("--out")
        .arg(&blob)
        .args(["--activation-bits", bits]);
    command.stdout_of("gusset-embed-compiler compile")?;
    step.done();
    stamp.keep()?;
    Ok(blob)
}
