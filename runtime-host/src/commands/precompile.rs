//! `gusset precompile`: the long half of a first start, at a time of one's choosing.

use super::{Setup, component, serving};
use crate::Runtime;
use crate::config::Environment;
use clap::Args;

#[derive(Args)]
pub(super) struct Precompile {
    #[command(flatten)]
    setup: Setup,
}

// === impl Precompile ===

impl Precompile {
    pub(super) async fn run(self, environment: &Environment) -> anyhow::Result<()> {
        let config = self.setup.load(environment)?;
        let path = component(&config)?;
        anyhow::ensure!(
            config.cache.is_some(),
            "there is nowhere to keep it; set GUSSET_CACHE to a directory"
        );
        let runtime = Runtime::new(config)?;
        let artefact = runtime.artefact(&path)?;
        if artefact.is_compiled() {
            println!("{} is compiled already", path.display());
            return Ok(());
        }
        let compiled = artefact.compiled_path().map(|path| path.display().to_string()).unwrap_or_default();
        serving::compile(&runtime, artefact).await?;
        println!("{} is compiled: {compiled}", path.display());
        Ok(())
    }
}
