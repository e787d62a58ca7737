//! Spans of what passages are for: searches, answers quoted from them, and whether an answer holds to them.

use gusset_types::Passage;

use super::{Span, Value};
use crate::grounding::Groundedness;

/// Passages that a span lists, at most.
pub(super) const LISTED: usize = 10;

/// Bytes of a query that a span shows, at most.
const LONGEST_QUERY: usize = 512;

/// One query of a search, and what `retrieve` says it did for it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Searched {
    /// The text that was searched for.
    pub query: String,
    /// Passages that the first stage handed on.
    pub candidates: u32,
    /// How many of them the reranker read.
    pub reranked: u32,
    /// Probability that the best of them answers.
    pub confidence: f32,
    /// Whether there were candidates, but the best was below the floor.
    pub below_floor: bool,
    /// Why less was done than was asked; `None` where all was.
    pub degraded: Option<String>,
    /// Passages that were found.
    pub found: usize,
}

/// The search as a whole: each query, and the passages that come of it.
#[must_use]
pub fn retrieve(collection: &str, limit: u32, found: Result<(&[Searched], &[Passage]), &str>) -> Span {
    let mut span = Span::new(format!("retrieval {collection}"));
    span.text("gen_ai.operation.name", "retrieval");
    span.text("gen_ai.data_source.id", collection);
    span.integer("gusset.passages.limit", limit);
    match found {
        Ok((queries, passages)) => {
            span.integer("gusset.search.queries", queries.len());
            // Several queries have a span each.
            if let [query] = queries {
                span.searched(query);
            }
            span.integer("gusset.passages.found", passages.len());
            if let Some(best) = passages.first() {
                span.attributes.push(("gusset.passages.best_score", Value::Number(best.score.into())));
                span.text("gusset.passages.used", &listed(passages));
            }
        }
        Err(error) => span.fail(error, error),
    }
    span
}

/// One of several queries of a search.
#[must_use]
pub fn query(collection: &str, searched: &Searched) -> Span {
    let mut span = Span::new(format!("search {collection}"));
    span.text("gen_ai.data_source.id", collection);
    span.searched(searched);
    span.integer("gusset.passages.found", searched.found);
    span
}

/// How much of an answer its citations support.
#[must_use]
pub fn grounding(model: &str, ended: Result<&Groundedness, &str>) -> Span {
    let mut span = Span::new(format!("grounding {model}").trim_end().to_owned());
    match ended {
        Ok(found) => {
            span.attributes.push(("gusset.groundedness", Value::Number(found.share().into())));
            span.integer("gusset.groundedness.sentences", found.sentences);
            span.integer("gusset.groundedness.cited", found.cited);
            span.integer("gusset.groundedness.supported", found.supported);
            let judged: Vec<String> =
                found.judged.iter().map(|(place, support)| format!("{place}:{support:.2}")).collect();
            span.text("gusset.groundedness.judged", &judged.join(" "));
        }
        Err(error) => span.fail("retrieval", error),
    }
    span
}

/// Passages as `document@start-end:score`, the best first.
fn listed(passages: &[Passage]) -> String {
    let each = passages.iter().take(LISTED).map(|passage| {
        format!("{}@{}-{}:{:.3}", passage.document, passage.start, passage.end, passage.score)
    });
    each.collect::<Vec<_>>().join(" ")
}

/// At most so many bytes, and no half character.
fn shortened(text: &str) -> &str {
    let end = (0..=LONGEST_QUERY.min(text.len())).rev().find(|&at| text.is_char_boundary(at));
    text.get(..end.unwrap_or_default()).unwrap_or_default()
}

/// The extractive answer.
#[must_use]
pub fn extract(collection: &str, passages: usize, cited: usize) -> Span {
    let mut span = Span::new(format!("extract {collection}"));
    span.text("gen_ai.data_source.id", collection);
    span.integer("gusset.passages.found", passages);
    span.integer("gusset.passages.cited", cited);
    span
}

impl Span {
    fn searched(&mut self, searched: &Searched) {
        let Searched { query, candidates, reranked, confidence, below_floor, degraded, found: _ } = searched;
        self.text("gen_ai.retrieval.query.text", shortened(query));
        self.integer("gusset.search.candidates", *candidates);
        self.integer("gusset.search.reranked", *reranked);
        self.attributes.push(("gusset.search.confidence", Value::Number((*confidence).into())));
        self.integer("gusset.search.below_floor", u8::from(*below_floor));
        if let Some(degraded) = degraded {
            self.text("gusset.search.degraded", degraded);
        }
    }
}
