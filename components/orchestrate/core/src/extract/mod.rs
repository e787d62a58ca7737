//! The extractive answerer: the sentences of the passages that answer best, word for word, each with its citation.
//!
//! It writes nothing, so it can invent nothing; it runs where no model can be reached, in a millisecond. A unit is a sentence, a
//! list item, or a table or code block as a whole. Units are weighed by BM25 within what was retrieved (Robertson and Zaragoza, *The
//! Probabilistic Relevance Framework*, 2009) times the passage's own similarity, then taken from several passages rather than
//! all from one: a reader who doubts one sentence should find the next from elsewhere.

mod markup;
mod score;
#[cfg(test)]
mod tests;
mod units;

use gusset_types::Passage;

use score::{Candidate, rank};

/// Passages that an answer quotes, at most. Five screens of text are what a reader still compares.
const MAX_PASSAGES: usize = 5;

/// Sentences of an answer, at most.
const MAX_SENTENCES: usize = 6;

/// A passage's best sentence is quoted if its weight is at least this share of the best of all.
const PASSAGE_SHARE: f32 = 0.3;

/// A passage's further sentence is quoted if its weight is at least this share of the best of all.
const SENTENCE_SHARE: f32 = 0.75;

/// What the answerer found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Extract {
    /// Ascending by number. Empty: there was nothing to quote.
    pub quotes: Vec<Quote>,
}

/// Sentences of one passage, in their order there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Quote {
    /// The passage's number: its rank in the search, from 1.
    pub number: u32,
    /// Readable text without markup; tables and code as they stand.
    pub text: String,
}

/// Finds what answers `question` in `passages`, best first.
#[must_use]
pub fn extract(question: &str, passages: &[Passage]) -> Extract {
    let ranked = rank(question, passages);
    let Some(best) = ranked.first().map(|candidate| candidate.weight) else {
        return Extract { quotes: Vec::new() };
    };
    let mut chosen: Vec<&Candidate> = Vec::new();
    for candidate in &ranked {
        let first = chosen.iter().all(|other| other.passage != candidate.passage);
        let share = if first { PASSAGE_SHARE } else { SENTENCE_SHARE };
        let room = chosen.len() < MAX_SENTENCES && (!first || passages_of(&chosen) < MAX_PASSAGES);
        let repeated = chosen.iter().any(|other| other.text == candidate.text);
        if room && !repeated && candidate.weight >= share * best {
            chosen.push(candidate);
        }
    }
    chosen.sort_by_key(|candidate| (candidate.passage, candidate.position));
    let quotes = chosen.chunk_by(|a, b| a.passage == b.passage).filter_map(quote);
    Extract { quotes: quotes.collect() }
}

impl Extract {
    /// The answer, piece by piece, a quote each.
    pub fn pieces(&self) -> impl Iterator<Item = String> {
        let nothing =
            self.quotes.is_empty().then(|| "No passage was found that could answer this.".to_owned());
        let quotes = self.quotes.iter().enumerate().map(|(index, quote)| {
            let gap = if index == 0 { "" } else { "\n\n" };
            // Behind a block, a marker on the same line would become part of it.
            let joint = if quote.text.contains('\n') { "\n" } else { " " };
            format!("{gap}{}{joint}[{}]", quote.text, quote.number)
        });
        nothing.into_iter().chain(quotes)
    }
}

fn quote(candidates: &[&Candidate]) -> Option<Quote> {
    let first = candidates.first()?;
    let mut text = String::new();
    for (index, candidate) in candidates.iter().enumerate() {
        if index > 0 {
            let adjacent =
                candidates.get(index - 1).is_some_and(|last| last.position + 1 == candidate.position);
            let block = candidate.text.contains('\n') || text.contains('\n');
            text.push_str(if block {
                "\n\n"
            } else if adjacent {
                " "
            } else {
                " … "
            });
        }
        text.push_str(&candidate.text);
    }
    Some(Quote { number: u32::try_from(first.passage).ok()?.checked_add(1)?, text })
}

fn passages_of(chosen: &[&Candidate]) -> usize {
    chosen.iter().map(|candidate| candidate.passage).collect::<std::collections::BTreeSet<_>>().len()
}
