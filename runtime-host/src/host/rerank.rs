//! `gusset:rerank` over [`crate::reranking`]: WIT to plain types and back, nothing decided.
//!
//! Only for an application that leaves its models open, as [`super::embed`].

use super::Ctx;
use crate::bindings::rerank::{self, Depth, Error, Model, Options, Score};
use gusset_rerank as core;
use tokio::task::spawn_blocking;
use wasmtime::component::Resource;

/// A session of the core; `None` while a step of it runs elsewhere, and after one that failed.
pub struct Session(Option<core::Session<'static>>);

impl Ctx {
    fn reranker(&self) -> wasmtime::Result<&'static core::Reranker> {
        let reranker =
            self.shared.reranker.ok_or_else(|| wasmtime::format_err!("linked without a reranker"))?;
        Ok(reranker.core())
    }
}

impl rerank::Host for Ctx {
    fn model_info(&mut self) -> wasmtime::Result<Model> {
        let model = self.reranker()?.model();
        Ok(Model {
            id: model.id.clone(),
            fingerprint: model.fingerprint.clone(),
            query_tokens: narrow(model.query_tokens),
            passage_tokens: narrow(model.passage_tokens),
        })
    }

    /// Off the executor's threads, as everything that computes here.
    async fn begin(
        &mut self,
        query: String,
        passages: Vec<String>,
        options: Options,
    ) -> wasmtime::Result<Result<Resource<Session>, Error>> {
        let reranker = self.reranker()?;
        let begun = spawn_blocking(move || {
            let passages: Vec<&str> = passages.iter().map(String::as_str).collect();
            reranker.begin(&query, &passages, &options.into())
        });
        Ok(match begun.await? {
            Ok(session) => Ok(self.table.push(Session(Some(session)))?),
            Err(error) => Err(Error::Other(error.to_string())),
        })
    }

    async fn rank(
        &mut self,
        query: String,
        passages: Vec<String>,
        options: Options,
    ) -> wasmtime::Result<Result<Vec<Score>, Error>> {
        let reranker = self.reranker()?;
        let ranked = spawn_blocking(move || {
            let passages: Vec<&str> = passages.iter().map(String::as_str).collect();
            reranker.rank(&query, &passages, &options.into())
        });
        Ok(match ranked.await? {
            Ok(scores) => Ok(scores.into_iter().map(score).collect()),
            Err(error) => Err(Error::Other(error.to_string())),
        })
    }
}

impl rerank::HostSession for Ctx {
    async fn step(&mut self, session: Resource<Session>) -> wasmtime::Result<Result<bool, Error>> {
        let Some(mut running) = self.table.get_mut(&session)?.0.take() else {
            return Ok(Err(Error::Other("the session has failed".to_owned())));
        };
        let (running, stepped) = spawn_blocking(move || {
            let stepped = running.step();
            (running, stepped)
        })
        .await?;
        Ok(match stepped {
            Ok(more) => {
                self.table.get_mut(&session)?.0 = Some(running);
                Ok(more)
            }
            Err(error) => Err(Error::Other(error.to_string())),
        })
    }

    async fn scores(&mut self, session: Resource<Session>) -> wasmtime::Result<Vec<Score>> {
        let scores = self.table.get(&session)?.0.as_ref().map(core::Session::scores);
        Ok(scores.into_iter().flatten().map(score).collect())
    }

    async fn drop(&mut self, session: Resource<Session>) -> wasmtime::Result<()> {
        self.table.delete(session)?;
        Ok(())
    }
}

impl From<Options> for core::Options {
    fn from(options: Options) -> Self {
        let wide = |count: u32| usize::try_from(count).unwrap_or(usize::MAX);
        Self { passage_tokens: options.passage_tokens.map(wide), refine: options.refine.map(wide) }
    }
}

fn score(score: core::Score) -> Score {
    let depth = match score.depth {
        core::Depth::Unread => Depth::Unread,
        core::Depth::Coarse => Depth::Coarse,
        core::Depth::Full => Depth::Full,
    };
    Score { value: score.value, probability: score.probability, depth, truncated: score.truncated }
}

fn narrow(size: usize) -> u32 {
    u32::try_from(size).unwrap_or(u32::MAX)
}
