//! The same search with an existing engine as its first stage.

use std::rc::Rc;

use super::candidate::{Candidate, Found as At, Scorer};
use super::{Found, Hit, Mode, Query, Search, WIDE, calibrate};
use crate::engine::{self, Engine, Probe, Seen};
use crate::lexical::bm25::{self, Corpus};
use crate::lexical::length;
use crate::{Error, Retrieve};

/// Passages of each side at least. Wider than what is handed on, so that fusion sees the lower ranks of both sides.
const SIDE: u32 = 2 * WIDE + 16;

/// A search whose first stage is over.
pub(crate) enum Begun<'a> {
    /// All of it is.
    Done(Found),
    /// Its candidates are to be reranked, in steps.
    More(Box<Search<'a>>),
}

impl<'a> Retrieve<'a> {
    /// A search in a collection that `engine` has.
    pub(crate) async fn search_elsewhere(
        &self,
        engine: &dyn Engine,
        (tenant, collection): (&str, &str),
        query: &Query,
    ) -> Result<Begun<'a>, Error> {
        query.check()?;
        let started_ms = self.reranker.map_or(0, |(_, clock)| clock.now_ms());
        let within = |error: engine::EngineError| error.within(collection);
        let found = engine.settings(tenant, collection).await.map_err(within)?;
        let (incarnation, settings) = found.ok_or_else(|| Error::UnknownCollection(collection.to_owned()))?;
        let at = engine::At { tenant, name: collection, incarnation };
        let live = settings.live(incarnation);
        let (mut search, vector) = self.prepare_search((tenant, collection), live, query, started_ms)?;
        let (hashes, occurrences) = search.sought.terms();
        let statistics = engine.statistics(at, hashes).await.map_err(within)?;
        let corpus = Corpus { passages: statistics.passages, length: statistics.length };
        let weights = occurrences.iter().zip(&statistics.frequencies);
        let weights =
            weights.map(|(&occurrences, &frequency)| f32::from(occurrences) * corpus.idf(frequency));
        let terms: Vec<(u32, f32)> = hashes.iter().copied().zip(weights).collect();
        let base = bm25::K1 * (1.0 - bm25::B);
        let probe = Probe {
            vector: &vector,
            by_vector: query.mode != Mode::Lexical,
            terms: &terms,
            base,
            slope: corpus.damping(1) - base,
            clauses: &search.sought.filter.clauses(),
            count: u32::try_from(search.capacity).unwrap_or(u32::MAX).max(SIDE),
        };
        let seen = engine.probe(at, &probe).await.map_err(within)?;
        let scorer = Scorer::new(query.mode, corpus, occurrences, &statistics.frequencies);
        let hits = search.ranked(seen, &scorer);
        Ok(match search.rank(hits)? {
            Some(found) => Begun::Done(found),
            None => Begun::More(Box::new(search)),
        })
    }
}

impl Search<'_> {
    /// Hits of what an engine has found, best first, as many as are wanted.
    fn ranked(&self, seen: Vec<Seen>, scorer: &Scorer) -> Vec<Hit> {
        let candidate = |seen: &Seen| {
            let lexical = scorer.lexical(&seen.counts, length::encode(seen.length));
            let cosine = seen.cosine.clamp(-1.0, 1.0);
            Candidate {
                score: scorer.score(cosine, lexical),
                cosine,
                lexical,
                found: Rc::new(At { document: seen.passage.document.clone(), generation: 0 }),
                passage: seen.number,
            }
        };
        let mut ranked: Vec<(Candidate, Seen)> =
            seen.into_iter().map(|seen| (candidate(&seen), seen)).collect();
        ranked.retain(|(candidate, _)| self.query.mode != Mode::Lexical || candidate.lexical > 0.0);
        ranked.sort_by(|(a, _), (b, _)| a.order(b));
        ranked.truncate(self.wanted);
        let hit = |(candidate, seen): (Candidate, Seen)| {
            let Candidate { score, cosine, lexical, .. } = candidate;
            let probability = calibrate::before_reranking(self.query.mode, score);
            let mut passage = seen.passage;
            passage.score = score;
            Hit { passage, cosine, lexical, rerank: None, probability }
        };
        ranked.into_iter().map(hit).collect()
    }
}
