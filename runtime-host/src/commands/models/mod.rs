//! `gusset models`: what a request's `model` may be; and `gusset models add`, which makes a model ready to run.

mod add;
mod hub;

use super::Target;
use crate::config::Environment;
use clap::{Args, Subcommand};

#[derive(Args)]
#[command(args_conflicts_with_subcommands = true)]
pub(super) struct Models {
    #[command(subcommand)]
    verb: Option<Verb>,
    #[command(flatten)]
    target: Target,
}

#[derive(Subcommand)]
enum Verb {
    /// Make an embedder or a reranker of a published model: convert, quantise, compare with f32, describe
    Add(add::Add),
}

// === impl Models ===

impl Models {
    pub(super) async fn run(self, environment: &Environment) -> anyhow::Result<()> {
        match self.verb {
            Some(Verb::Add(add)) => add.run(environment).await,
            None => list(&self.target, environment).await,
        }
    }
}

async fn list(target: &Target, environment: &Environment) -> anyhow::Result<()> {
    let models = target.api(environment)?.models().await?;
    if models.is_empty() {
        println!("no models yet; make a collection with `gusset index DIR --collection NAME`");
    }
    let width = models.iter().map(|model| model.id.chars().count()).max().unwrap_or(0);
    for model in models {
        println!("{:width$}  {}", model.id, model.owned_by);
    }
    Ok(())
}
