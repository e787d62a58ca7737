//! The embedding model, from standard files to the blob that the embedder reads in place.

use std::path::PathBuf;
use std::process::Command;

use crate::layout::Layout;
use crate::process::Checked as _;
use crate::progress::Step;
use crate::stamp::Stamp;

/// The model that ships.
const MODEL: &str = "all-minilm-l6-v2";

/// Packs `models/<MODEL>` and says where the result is.
pub(super) fn compile(layout: &Layout) -> anyhow::Result<PathBuf> {
    let compiler = layout.host().with_file_name("gusset-embed-compiler");
    let model = layout.root.join("models").join(MODEL);
    let blob = layout.scratch("embed.blob");
    let stamp = Stamp::of(layout, "model", &[compiler.clone(), model.clone()], &[])?;
    if stamp.is_fresh(&blob) {
        return Ok(blob);
    }
    if let Some(folder) = blob.parent() {
        std::fs::create_dir_all(folder)?;
    }
    let step = Step::start(format!("Model {MODEL}"), 0);
    let mut command = Command::new(compiler);
    command.arg("compile").arg("--model").arg(model).arg("--out").arg(&blob);
    command.stdout_of("gusset-embed-compiler compile")?;
    step.done();
    stamp.keep()?;
    Ok(blob)
}
