//! From a configuration to a server at work, saying what takes long. Shared by the verbs that run the application.

use super::progress;
use crate::Runtime;
use crate::application::Application;
use crate::artefact::Artefact;
use anyhow::Context;
use std::sync::Arc;
use std::time::Instant;
use tokio::runtime::Handle;

/// Links the application, compiling it first where it must be.
pub(super) async fn link(runtime: Arc<Runtime>, artefact: Artefact) -> anyhow::Result<Application> {
    let spinner = (!artefact.is_compiled()).then(|| {
        let megabytes = artefact.len() >> 20;
        progress::spinner(&format!("compiling the application, {megabytes} MiB, once for this build"))
    });
    let start = Instant::now();
    let executor = Handle::current();
    let linked = tokio::task::spawn_blocking(move || executor.block_on(runtime.application(&artefact)))
        .await
        .context("linking broke off")?;
    if let Some(spinner) = spinner {
        spinner.finish_and_clear();
        if linked.is_ok() {
            println!("compiled the application in {:.1} s", start.elapsed().as_secs_f64());
        }
    }
    Ok(linked?)
}

/// Compiles and keeps, without opening any state.
pub(super) async fn compile(runtime: &Runtime, artefact: Artefact) -> anyhow::Result<()> {
    let spinner = progress::spinner(&format!("compiling the application, {} MiB", artefact.len() >> 20));
    let engine = runtime.engine().clone();
    let compiled =
        tokio::task::spawn_blocking(move || artefact.load(&engine)).await.context("compiling broke off")?;
    spinner.finish_and_clear();
    compiled?;
    Ok(())
}
