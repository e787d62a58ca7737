//! The shipped models, run natively, with what they gave before kept in `target/quality-cache`.

use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};

use anyhow::Context;
use gusset_embed::{Embedder, Purpose};
use gusset_rerank::{Reranker, Terms};

use crate::cache::{Cache, key};

/// Texts embedded by a thread at once.
const BATCH: usize = 8;

/// Passages read between two savings of what came of them: what a run that is cut off loses, at most.
const READ_AT_ONCE: usize = 512;

/// Embedder and reranker over one encoder, and their caches.
pub struct Models {
    /// Runs the encoder.
    pub reranker: Reranker,
    embedder: Embedder,
    vectors: Cache,
    terms: Cache,
}

impl Models {
    /// Loads the built models `embed.blob` and `rerank.head` of a folder.
    ///
    /// # Errors
    /// They are not there, or can't be read.
    pub fn load(built: &Path, cache: &Path) -> anyhow::Result<Self> {
        let read = |name: &str| {
            let path = built.join(name);
            std::fs::read(&path).with_context(|| {
                format!("reading {}: `cargo xtask build` makes it, --models names its folder", path.display())
            })
        };
        let blob = read("embed.blob")?;
        let embedder = Embedder::load(blob.clone())?;
        let reranker = Reranker::new(Embedder::load(blob)?, &read("rerank.head")?)?;
        let short = |fingerprint: &str| fingerprint.get(..16).unwrap_or(fingerprint).to_owned();
        let name = format!("vectors-{}", short(&embedder.model().fingerprint));
        let vectors = Cache::open(cache, &name, embedder.model().dimension)?;
        let terms = Cache::open(cache, &format!("terms-{}", short(&reranker.model().fingerprint)), 3)?;
        Ok(Self { reranker, embedder, vectors, terms })
    }

    /// The embedder.
    pub fn embedder(&self) -> &Embedder {
        &self.embedder
    }

    /// Sees to it that texts have vectors.
    ///
    /// # Errors
    /// The model fails; the cache can't be written.
    pub fn embed_all(&mut self, texts: &[&str], purpose: Purpose) -> anyhow::Result<()> {
        let missing: Vec<&str> = texts
            .iter()
            .copied()
            .filter(|text| self.vectors.get(&vector_key(text, purpose)).is_none())
            .collect();
        for part in missing.chunks(2048) {
            let (embedder, vectors) = (&self.embedder, &self.vectors);
            side_by_side(part.chunks(BATCH).collect(), |batch| {
                let embeddings = embedder.embed(batch, purpose)?;
                for (text, vector) in batch.iter().zip(embeddings.values.chunks(embeddings.dimension)) {
                    vectors.add(vector_key(text, purpose), vector.to_vec());
                }
                Ok(())
            })?;
            self.vectors.save()?;
        }
        Ok(())
    }

    /// The vector of a text that [`Self::embed_all`] saw.
    pub fn vector(&self, text: &str, purpose: Purpose) -> Option<&[f32]> {
        self.vectors.get(&vector_key(text, purpose))
    }

    /// What the reranker's score of a pair is made of, if [`Self::compare_all`] saw it.
    pub fn terms(&self, query: &str, passage: &str) -> Option<Terms> {
        let &[late, exact, cosine] = self.terms.get(&key(&[query, passage]))? else { return None };
        Some(Terms { late, exact, cosine: Some(cosine) })
    }

    /// The reranker's score of a pair that [`Self::compare_all`] saw, as a search has it: without the cosine.
    ///
    /// # Errors
    /// It didn't, or the reranker is a cross-encoder.
    pub fn coarse(&self, query: &str, passage: &str) -> anyhow::Result<f32> {
        let head = self.reranker.apart().context("the reranker is a cross-encoder")?.head();
        let terms = self.terms(query, passage).context("a pair was not compared beforehand")?;
        Ok(Terms { cosine: None, ..terms }.sum(head))
    }

    /// Sees to it that pairs have terms: each query with some of `passages`. A passage is read once for all queries.
    ///
    /// # Errors
    /// The model fails; the cache can't be written.
    pub fn compare_all(&mut self, passages: &[&str], queries: &[(&str, Vec<usize>)]) -> anyhow::Result<()> {
        let mut wanted: Vec<Vec<(usize, &str)>> = vec![Vec::new(); passages.len()];
        for (at, (query, list)) in queries.iter().enumerate() {
            for &passage in list {
                if let (Some(wanted), Some(&text)) = (wanted.get_mut(passage), passages.get(passage))
                    && self.terms.get(&key(&[query, text])).is_none()
                {
                    wanted.push((at, query));
                }
            }
        }
        if wanted.iter().all(Vec::is_empty) {
            return Ok(());
        }
        let apart =
            self.reranker.apart().context("the reranker is a cross-encoder: it reads nothing apart")?;
        let mut read = Vec::with_capacity(queries.len());
        for (query, _) in queries {
            read.push(apart.read_query(query)?);
        }
        let work: Vec<_> = passages.iter().zip(wanted).filter(|(_, wanted)| !wanted.is_empty()).collect();
        for part in work.chunks(READ_AT_ONCE) {
            let terms = &self.terms;
            side_by_side(part.iter().collect(), |(passage, wanted)| {
                let passage_read = apart.read_passage(passage)?;
                for (at, query) in wanted {
                    if let Some(query_read) = read.get(*at) {
                        let Terms { late, exact, cosine } = apart.terms(query_read, &passage_read);
                        terms.add(key(&[query, passage]), vec![late, exact, cosine.unwrap_or_default()]);
                    }
                }
                Ok(())
            })?;
            self.terms.save()?;
        }
        Ok(())
    }
}

fn vector_key(text: &str, purpose: Purpose) -> crate::cache::Key {
    key(&[if purpose == Purpose::Query { "query" } else { "passage" }, text])
}

/// Does work on two threads.
fn side_by_side<T: Sync>(
    items: Vec<T>,
    work: impl Fn(&T) -> anyhow::Result<()> + Sync,
) -> anyhow::Result<()> {
    let next = AtomicUsize::new(0);
    let run = || -> anyhow::Result<()> {
        while let Some(item) = items.get(next.fetch_add(1, Ordering::Relaxed)) {
            work(item)?;
        }
        Ok(())
    };
    std::thread::scope(|scope| {
        let other = scope.spawn(run);
        run()?;
        other.join().map_err(|_| anyhow::anyhow!("a measuring thread panicked"))?
    })
}
