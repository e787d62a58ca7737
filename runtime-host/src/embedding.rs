//! The embedding model on this machine's own processor: the core that the component wraps, with the widest instructions there
//! are and a batch spread over all cores.
//!
//! The numbers are those of the component to the bit, so an index made here is searched there, and the other way round.

use gusset_embed::{Embedder, Embeddings, Purpose, Tokenizer};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::thread;

/// The compiled model's name, as a build leaves it beside the application.
pub const FILE: &str = "embed.blob";

/// Bytes of text that are worth a thread of their own: about a hundred tokens, milliseconds of work against the microseconds
/// that a thread costs.
const BYTES_A_THREAD: usize = 400;

/// The model, shared by all instances.
#[derive(Clone, Debug)]
pub struct NativeEmbedder {
    core: Arc<Embedder>,
    threads: usize,
}

/// Why there is no model.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// Its file can't be read.
    #[error("the embedding model can't be read from {path} (`cargo xtask build` makes target/embed.blob)")]
    Read {
        /// Where it should be.
        path: PathBuf,
        /// Why it can't be read.
        source: std::io::Error,
    },
    /// Its file holds no model that this version runs.
    #[error("{path} is no embedding model that this version runs")]
    Model {
        /// Where it is.
        path: PathBuf,
        /// What is wrong with it.
        source: gusset_embed::Error,
    },
}

// === impl NativeEmbedder ===

impl NativeEmbedder {
    /// The compiled model at `path`, for as many threads as this machine runs at once.
    ///
    /// # Errors
    /// Where it can't be read, or is none.
    pub fn load(path: &Path) -> Result<Self, Error> {
        let blob = std::fs::read(path).map_err(|source| Error::Read { path: path.to_owned(), source })?;
        let core = Embedder::load(blob).map_err(|source| Error::Model { path: path.to_owned(), source })?;
        let threads = thread::available_parallelism().map_or(1, usize::from);
        Ok(Self { core: Arc::new(core), threads })
    }

    /// What it runs.
    #[must_use]
    pub fn core(&self) -> &Embedder {
        &self.core
    }

    /// The same, for what runs over it and lives on.
    #[must_use]
    pub fn shared(&self) -> &Arc<Embedder> {
        &self.core
    }

    /// Its tokenizer.
    #[must_use]
    pub fn tokenizer(&self) -> &Tokenizer {
        self.core.tokenizer()
    }

    /// Vectors of a batch, in its order. Blocks for as long as that takes.
    ///
    /// # Errors
    /// As [`Embedder::embed`].
    pub fn embed(&self, texts: &[String], purpose: Purpose) -> Result<Embeddings, gusset_embed::Error> {
        let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
        let parts = split(&texts, self.threads);
        if parts.len() <= 1 {
            return self.core.embed(&texts, purpose);
        }
        let results: Vec<_> = thread::scope(|scope| {
            let threads: Vec<_> =
                parts.iter().map(|part| scope.spawn(|| self.core.embed(part, purpose))).collect();
            threads
                .into_iter()
                .map(|thread| thread.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)))
                .collect()
        });
        let mut all = Embeddings { dimension: self.core.model().dimension, ..Embeddings::default() };
        for result in results {
            let part = result?;
            all.values.extend(part.values);
            all.tokens.extend(part.tokens);
            all.truncated.extend(part.truncated);
        }
        Ok(all)
    }
}

/// `texts` in at most `threads` stretches of about equal length, none too short to be worth a thread.
fn split<'a, 'b>(texts: &'a [&'b str], threads: usize) -> Vec<&'a [&'b str]> {
    let bytes: usize = texts.iter().map(|text| text.len()).sum();
    let share = bytes.div_ceil(threads.max(1)).max(BYTES_A_THREAD);
    let mut parts = Vec::with_capacity(threads);
    let (mut rest, mut end, mut taken) = (texts, 0, 0);
    for text in texts {
        end += 1;
        taken += text.len();
        if taken >= share {
            let (part, others) = rest.split_at(end);
            parts.push(part);
            (rest, end, taken) = (others, 0, 0);
        }
    }
    if !rest.is_empty() {
        parts.push(rest);
    }
    parts
}

#[cfg(test)]
mod tests {
    use super::split;

    #[test]
    fn every_text_is_in_one_part_in_order() {
        let long = "x".repeat(1000);
        for texts in [vec![], vec!["a"], vec![long.as_str(); 7], vec!["a", &long, "b", &long, &long, "c"]] {
            for threads in 1..5 {
                let parts = split(&texts, threads);
                assert!(parts.len() <= threads, "{} parts for {threads} threads", parts.len());
                assert_eq!(parts.concat(), texts);
            }
        }
    }

    #[test]
    fn short_batches_stay_together() {
        assert_eq!(split(&["short", "texts"], 8).len(), 1);
    }
}
