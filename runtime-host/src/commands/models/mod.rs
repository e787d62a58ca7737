//! `gusset models`: what a request's `model` may be.

use super::Target;
use crate::config::Environment;
use clap::Args;

#[derive(Args)]
pub(super) struct Models {
    #[command(flatten)]
    target: Target,
}

// === impl Models ===

impl Models {
    pub(super) async fn run(self, environment: &Environment) -> anyhow::Result<()> {
        let models = self.target.api(environment)?.models().await?;
        if models.is_empty() {
            println!("no models yet; make a collection with `gusset index DIR --collection NAME`");
        }
        let width = models.iter().map(|model| model.id.chars().count()).max().unwrap_or(0);
        for model in models {
            println!("{:width$}  {}", model.id, model.owned_by);
        }
        Ok(())
    }
}
