//! Which of the ranked hits are returned: different ones, and as many as a budget holds.

use std::collections::BTreeSet;

use super::hit::Hit;
use crate::lexical::analyse;

/// Hits that share this much of their words say the same.
const DUPLICATE: f32 = 0.9;

/// Up to `limit` hits that differ: near-duplicates of better ones are left out, and, as maximal marginal relevance (Carbonell and Goldstein 1998) has it, each
/// next is the one with the most probability less `diversity` times its likeness to the nearest chosen. Likeness is the Jaccard coefficient of their words, or
/// the share of the shorter that overlapping ranges of one document have in common.
pub(super) fn diverse(hits: Vec<Hit>, limit: usize, diversity: f32) -> Vec<Hit> {
    let mut left: Vec<Option<(Hit, Words, f32)>> = hits
        .into_iter()
        .map(|hit| (Words::of(&hit), hit))
        .map(|(words, hit)| Some((hit, words, 0.0)))
        .collect();
    let mut chosen = Vec::new();
    while chosen.len() < limit {
        let mut best: Option<(usize, f32)> = None;
        for (at, candidate) in left.iter().enumerate() {
            let Some((hit, _, likeness)) =
                candidate.as_ref().filter(|(_, _, likeness)| *likeness < DUPLICATE)
            else {
                continue;
            };
            let value = hit.probability - diversity * likeness;
            // Of equals the first, which the ranking prefers.
            if best.is_none_or(|(_, most)| value > most) {
                best = Some((at, value));
            }
            if diversity == 0.0 {
                break;
            }
        }
        let Some((hit, words, _)) = best.and_then(|(at, _)| left.get_mut(at)?.take()) else { break };
        for (other, other_words, likeness) in left.iter_mut().flatten() {
            *likeness = likeness.max(words.likeness(other_words)).max(overlap(&hit, other));
        }
        chosen.push(hit);
    }
    chosen
}

/// The hits that fit a budget of tokens with the most probability, in their order. The best hit that fits is always among them; of the rest each next is the one with
/// the most probability a token (the greedy rule for knapsacks).
pub(super) fn pack(hits: Vec<Hit>, budget: u32) -> Vec<Hit> {
    let Some(first) = hits.iter().position(|hit| hit.passage.tokens <= budget) else { return Vec::new() };
    let mut order: Vec<usize> = (0..hits.len()).filter(|&at| at != first).collect();
    let value =
        |at: &usize| hits.get(*at).map_or(0.0, |hit| hit.probability / hit.passage.tokens.max(1) as f32);
    order.sort_by(|a, b| value(b).total_cmp(&value(a)));
    let mut left = budget;
    let mut kept = BTreeSet::new();
    for at in std::iter::once(first).chain(order) {
        let tokens = hits.get(at).map_or(u32::MAX, |hit| hit.passage.tokens);
        if let Some(rest) = left.checked_sub(tokens) {
            left = rest;
            kept.insert(at);
        }
    }
    hits.into_iter().enumerate().filter(|(at, _)| kept.contains(at)).map(|(_, hit)| hit).collect()
}

/// The distinct words of a hit, ascending.
struct Words(Vec<u32>);

impl Words {
    fn of(hit: &Hit) -> Self {
        Self(analyse(&hit.passage.text).counts.into_iter().map(|(hash, _)| hash).collect())
    }

    fn likeness(&self, other: &Self) -> f32 {
        let shared = self.0.iter().filter(|hash| other.0.binary_search(hash).is_ok()).count();
        let all = self.0.len() + other.0.len() - shared;
        if all == 0 { 0.0 } else { shared as f32 / all as f32 }
    }
}

fn overlap(a: &Hit, b: &Hit) -> f32 {
    let (a, b) = (&a.passage, &b.passage);
    let common = a.end.min(b.end).saturating_sub(a.start.max(b.start));
    let shorter = (a.end - a.start).min(b.end - b.start).max(1);
    if a.document == b.document { common as f32 / shorter as f32 } else { 0.0 }
}

#[cfg(test)]
mod tests {
    use gusset_types::Passage;

    use super::*;

    fn hit(document: &str, text: &str, probability: f32, tokens: u32) -> Hit {
        let passage = Passage {
            document: document.to_owned(),
            title: String::new(),
            start: 0,
            end: text.len() as u32,
            text: text.to_owned(),
            headings: Vec::new(),
            score: probability,
            tokens,
            metadata: Vec::new(),
        };
        Hit { passage, cosine: 0.0, lexical: 0.0, rerank: None, probability }
    }

    fn names(hits: &[Hit]) -> Vec<&str> {
        hits.iter().map(|hit| hit.passage.document.as_str()).collect()
    }

    #[test]
    fn near_duplicates_are_left_out_and_diversity_reorders() {
        let all = || {
            vec![
                hit("a", "cats hunt small mice at night", 0.9, 6),
                hit("b", "Cats hunt small mice at night.", 0.89, 6),
                hit("c", "cats hunt small mice by day", 0.8, 6),
                hit("d", "dogs guard farms", 0.5, 3),
            ]
        };
        assert_eq!(names(&diverse(all(), 3, 0.0)), ["a", "c", "d"]);
        assert_eq!(names(&diverse(all(), 2, 0.8)), ["a", "d"]);
        let mut halves = vec![hit("a", "one two three", 0.9, 3), hit("a", "three four five", 0.8, 3)];
        halves[1].passage.start = 1;
        assert_eq!(diverse(halves, 5, 0.0).len(), 1, "the same range of the same document");
    }

    #[test]
    fn a_budget_holds_the_best_and_what_is_worth_most_a_token() {
        let all = || {
            vec![
                hit("a", "x", 0.9, 50),
                hit("b", "x", 0.6, 60),
                hit("c", "x", 0.5, 20),
                hit("d", "x", 0.4, 20),
            ]
        };
        assert_eq!(names(&pack(all(), 100)), ["a", "c", "d"]);
        assert_eq!(names(&pack(all(), 1000)), ["a", "b", "c", "d"]);
        assert_eq!(names(&pack(all(), 45)), ["c", "d"]);
        assert!(pack(all(), 5).is_empty());
    }
}
