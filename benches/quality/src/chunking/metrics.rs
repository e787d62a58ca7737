//! The report's metrics of one question.
//!
//! As the report's own program computes them: the answer's characters count once however many chunks have them, and those of the retrieved chunks as often as they
//! were retrieved, so that overlap costs precision. All corpora are one collection: a chunk of another corpus counts as retrieved.

use std::ops::Range;

use crate::texts::Question;

/// A range of a corpus, in characters.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Span {
    pub(super) corpus: usize,
    pub(super) range: Range<usize>,
}

/// What retrieved chunks are worth, each from 0 to 1.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Scores {
    /// Share of the answer that was retrieved.
    pub(super) recall: f64,
    /// Share of what was retrieved that is answer.
    pub(super) precision: f64,
    /// Precision, had exactly the chunks that hold answer been retrieved.
    pub(super) omega: f64,
    /// Intersection of answer and retrieved over what is in either.
    pub(super) iou: f64,
}

/// Scores what was retrieved out of all chunks.
pub(super) fn score(question: &Question, retrieved: &[Span], all: &[Span]) -> Scores {
    let answer: usize = question.references.iter().map(ExactSizeIterator::len).sum();
    let found = covered(question, retrieved);
    let read: usize = retrieved.iter().map(|span| span.range.len()).sum();
    let holding: Vec<Span> =
        all.iter().filter(|span| covered(question, std::slice::from_ref(span)) > 0).cloned().collect();
    let reachable = covered(question, &holding);
    let whole = union(holding.into_iter().map(|span| span.range).collect());
    Scores {
        recall: share(found, answer),
        precision: share(found, read),
        omega: share(reachable, whole + answer.saturating_sub(reachable)),
        iou: share(found, read + answer.saturating_sub(found)),
    }
}

/// Characters of the answer that are in any of the spans.
fn covered(question: &Question, spans: &[Span]) -> usize {
    let own = || spans.iter().filter(|span| span.corpus == question.corpus);
    let parts = question.references.iter().flat_map(|reference| {
        own().map(|span| span.range.start.max(reference.start)..span.range.end.min(reference.end))
    });
    union(parts.collect())
}

/// Numbers that are in any of the ranges.
fn union(mut ranges: Vec<Range<usize>>) -> usize {
    ranges.sort_unstable_by_key(|range| range.start);
    let mut end = 0;
    let mut count = 0;
    for range in ranges {
        count += range.end.saturating_sub(range.start.max(end));
        end = end.max(range.end);
    }
    count
}

fn share(part: usize, whole: usize) -> f64 {
    if whole == 0 { 0.0 } else { part as f64 / whole as f64 }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn span(corpus: usize, range: Range<usize>) -> Span {
        Span { corpus, range }
    }

    #[test]
    fn overlap_counts_once_as_answer_and_twice_as_read() {
        let question = Question { text: String::new(), corpus: 1, references: vec![10..20, 40..50] };
        let all = [span(1, 0..15), span(1, 10..30), span(1, 30..60), span(0, 0..100)];
        let retrieved = [all[0].clone(), all[1].clone(), all[3].clone()];
        let scores = score(&question, &retrieved, &all);
        assert_eq!(scores.recall, 0.5);
        assert_eq!(scores.precision, 10.0 / 135.0);
        assert_eq!(scores.iou, 10.0 / 145.0);
        assert_eq!(scores.omega, 20.0 / 60.0);
    }

    #[test]
    fn nothing_retrieved_is_worth_nothing() {
        let question =
            Question { text: String::new(), corpus: 0, references: std::iter::once(0..5).collect() };
        let scores = score(&question, &[], &[span(0, 5..9)]);
        assert_eq!(scores, Scores { recall: 0.0, precision: 0.0, omega: 0.0, iou: 0.0 });
    }
}
