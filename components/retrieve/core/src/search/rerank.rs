//! Reranking against a deadline.
//!
//! The candidates are read in two waves. The first is small and shows what a passage costs here; the second has as many as will be done in time. A wave that
//! takes longer than that is stopped between two steps, and what it has read by then counts.

use super::calibrate;
use super::hit::{Degraded, Hit};
use crate::lexical::analyse;
use crate::{Clock, Reranker, Reranking};

/// Candidates of the first wave.
const FIRST: usize = 8;

/// A reranking under way.
pub(super) struct Reread<'a> {
    reranker: &'a dyn Reranker,
    clock: &'a dyn Clock,
    query: String,
    hits: Vec<Hit>,
    started_ms: u64,
    deadline_ms: Option<u32>,
    wave: Option<Wave<'a>>,
    /// Hits that were in a wave before this one, and what they took.
    done: usize,
    spent_ms: u64,
}

struct Wave<'a> {
    session: Box<dyn Reranking + 'a>,
    count: usize,
    began_ms: u64,
    longest_ms: u64,
}

/// What a step of it came to.
pub(super) enum Progress {
    More,
    Done(Option<Degraded>),
}

impl<'a> Reread<'a> {
    pub(super) fn new(
        (reranker, clock): (&'a dyn Reranker, &'a dyn Clock),
        query: String,
        hits: Vec<Hit>,
        (started_ms, deadline_ms): (u64, Option<u32>),
    ) -> Self {
        Self { reranker, clock, query, hits, started_ms, deadline_ms, wave: None, done: 0, spent_ms: 0 }
    }

    /// Does the next piece of work. A failure of the reranker ends it, with what was read before.
    pub(super) fn step(&mut self) -> Progress {
        self.advance().unwrap_or_else(|message| {
            self.wave = None;
            Progress::Done(Some(Degraded::Failed(message)))
        })
    }

    fn advance(&mut self) -> Result<Progress, String> {
        let ends_ms = self.ends_ms();
        let Some(wave) = &mut self.wave else { return self.begin() };
        let before = self.clock.now_ms();
        let more = wave.session.step()?;
        let now = self.clock.now_ms();
        wave.longest_ms = wave.longest_ms.max(now.saturating_sub(before));
        let late = now.saturating_add(wave.longest_ms) > ends_ms;
        if more && !late {
            return Ok(Progress::More);
        }
        self.spent_ms += now.saturating_sub(wave.began_ms);
        let scores = wave.session.scores();
        let count = wave.count;
        let read = self.hits.get_mut(self.done..self.done + count).unwrap_or_default();
        for (hit, score) in read.iter_mut().zip(scores) {
            hit.rerank = score;
        }
        self.done += count;
        self.wave = None;
        if more { Ok(self.too_late()) } else { Ok(Progress::More) }
    }

    fn begin(&mut self) -> Result<Progress, String> {
        let left = self.hits.len().saturating_sub(self.done);
        if left == 0 {
            return Ok(Progress::Done(None));
        }
        let now = self.clock.now_ms();
        let count = match self.deadline_ms {
            None => left,
            Some(_) if now >= self.ends_ms() => 0,
            Some(_) if self.done == 0 => FIRST.min(left),
            Some(_) => {
                let affordable =
                    (self.ends_ms() - now).saturating_mul(self.done as u64) / self.spent_ms.max(1);
                left.min(usize::try_from(affordable).unwrap_or(left))
            }
        };
        if count == 0 {
            return Ok(self.too_late());
        }
        let wave = self.hits.get(self.done..self.done + count).unwrap_or_default();
        let texts: Vec<String> = wave.iter().map(|hit| hit.passage.text.clone()).collect();
        let session = self.reranker.begin(&self.query, &texts)?;
        self.wave = Some(Wave { session, count, began_ms: now, longest_ms: 0 });
        Ok(Progress::More)
    }

    fn ends_ms(&self) -> u64 {
        self.deadline_ms.map_or(u64::MAX, |deadline| self.started_ms.saturating_add(u64::from(deadline)))
    }

    fn too_late(&self) -> Progress {
        let (read, candidates) = (self.read(), self.hits.len() as u32);
        Progress::Done(Some(Degraded::Deadline {
            deadline_ms: self.deadline_ms.unwrap_or_default(),
            read,
            candidates,
        }))
    }

    /// Hits that were read so far.
    pub(super) fn read(&self) -> u32 {
        self.hits.iter().filter(|hit| hit.rerank.is_some()).count() as u32
    }

    /// The hits in their new order: those that were read by their new scores, then the others as they were. A hit is not called more probable than one
    /// before it.
    pub(super) fn finish(self) -> Vec<Hit> {
        let (mut read, unread): (Vec<Hit>, Vec<Hit>) =
            self.hits.into_iter().partition(|hit| hit.rerank.is_some());
        if read.is_empty() {
            return unread;
        }
        let words = analyse(&self.query).length;
        for hit in &mut read {
            let rerank = hit.rerank.unwrap_or_default();
            hit.passage.score = calibrate::reranked(rerank, hit.cosine, hit.lexical);
            hit.probability = calibrate::after_reranking(hit.passage.score, words);
        }
        read.sort_by(|a, b| b.passage.score.total_cmp(&a.passage.score));
        read.extend(unread);
        let mut least = 1.0_f32;
        for hit in &mut read {
            least = least.min(hit.probability);
            hit.probability = least;
            hit.passage.score = least;
        }
        read
    }
}
