//! Cost-quality curves on what was not trained on, beside plain baselines.

mod baselines;
mod bootstrap;
mod nine;
mod pair;
mod strangers;

use std::path::Path;

use anyhow::Result;

use crate::data;
use crate::fit::Prompts;
use crate::vectors::Vectors;

/// The whole report, as text.
pub(crate) fn run(folder: &Path, vectors: &Vectors, seed: u64) -> Result<String> {
    let set = data::nine(folder)?;
    let prompts = Prompts::of(&set, vectors)?;
    let mut report = nine::report(&set, &prompts, seed);
    report.push('\n');
    report.push_str(&strangers::report(&set, &prompts, seed));
    report.push('\n');
    let set = data::pair(folder)?;
    let prompts = Prompts::of(&set, vectors)?;
    report.push_str(&pair::report(&set, &prompts, seed));
    Ok(report)
}
