//! `gusset snapshot`: the build's own verb, which is why no help lists it.

use anyhow::Context;
use clap::Args;
use std::path::PathBuf;

#[derive(Args)]
pub(super) struct Snapshot {
    /// The call that initialises it, in WAVE
    #[arg(long, value_name = "CALL")]
    call: String,
    /// The component as it was compiled
    #[arg(value_name = "IN")]
    input: PathBuf,
    /// The same, initialised
    #[arg(value_name = "OUT")]
    output: PathBuf,
}

// === impl Snapshot ===

impl Snapshot {
    pub(super) async fn run(self) -> anyhow::Result<()> {
        let Self { call, input, output } = self;
        let component =
            std::fs::read(&input).with_context(|| format!("{} can't be read", input.display()))?;
        let initialise = move || crate::snapshot::snapshot(&component, &call);
        let snapshot = tokio::task::spawn_blocking(initialise).await.context("the snapshot broke off")??;
        std::fs::write(&output, snapshot).with_context(|| format!("{} can't be written", output.display()))
    }
}
