//! What a search costs in large collections, and what its approximation misses.
//!
//! Passages are made up: each belongs to one of as many topics as there are hundreds of passages, its vector is the topic's with noise (cosine to it about 0.7,
//! as near as neighbours in the sets are), its 60 words are drawn from the topic's 40 and from a vocabulary of 50,000 by Zipf's law. No model is run and the store is in
//! memory, so that times are the core's own. A question is a passage's first eight words.

use std::fmt::Write as _;
use std::time::Instant;

use gusset_chunk::{Chunk, Format, Options, Strategy};
use gusset_retrieve::{Chunker, Document, Embedder, Mode, Model, Purpose, Query, Retrieve};

use crate::memory::Memory;

const DIMENSION: usize = 384;
const QUERIES: u32 = 100;
const WORDS: u32 = 60;

/// A passage's number is its first word; from it come its vector and its words.
struct Made {
    topics: u32,
}

/// Prints a line a size.
///
/// # Errors
/// The core fails.
pub fn measure(sizes: &[u32], passages_a_document: u32) -> anyhow::Result<()> {
    println!(
        "{:>9} {:>10} {:>8} | {:>7} {:>6} {:>7} {:>9} {:>9} {:>9}",
        "passages", "build s", "us each", "", "keys", "kB", "p50 ms", "p95 ms", "recall@10"
    );
    for &size in sizes {
        let made = Made { topics: size.div_ceil(100).max(1) };
        let store = Memory::default();
        let retrieve = Retrieve::new(&store, &made, &made);
        let options = Options {
            strategy: Strategy::Recursive,
            max_tokens: 200,
            overlap_tokens: 0,
            parent_tokens: 0,
            context: false,
        };
        retrieve.create_collection("t", "c", &options, 0, Vec::new())?;
        let started = Instant::now();
        for first in (0..size).step_by(passages_a_document.max(1) as usize) {
            let numbers = first..size.min(first + passages_a_document.max(1));
            let content: Vec<String> = numbers.map(|number| made.text(number)).collect();
            let document = Document {
                id: format!("d{first}"),
                title: String::new(),
                format: Format::Plain,
                content: content.join("\n"),
                added_at: 0,
                metadata: Vec::new(),
            };
            retrieve.put_document("t", "c", document)?.finish()?;
        }
        let built = started.elapsed();
        for (name, mode) in [("bm25", Mode::Lexical), ("dense", Mode::Dense), ("hybrid", Mode::Hybrid)] {
            let (keys, bytes) = (store.keys.get(), store.bytes.get());
            let (mut times, mut found) = (Vec::new(), 0);
            for at in 0..QUERIES {
                let text = made.question(at * (size / QUERIES).max(1));
                let started = Instant::now();
                let hits =
                    retrieve.search("t", "c", &Query { mode, ..Query::new(&text, 10) })?.finish()?.hits;
                times.push(started.elapsed().as_secs_f64() * 1000.0);
                if mode == Mode::Dense {
                    let exact = made.nearest(&text, size);
                    let number = |text: &str| text.split(' ').next().and_then(|word| word.parse().ok());
                    found += hits
                        .iter()
                        .filter(|hit| number(&hit.passage.text).is_some_and(|n: u32| exact.contains(&n)))
                        .count();
                }
            }
            times.sort_by(f64::total_cmp);
            let time = |share: usize| times.get(times.len() * share / 100).copied().unwrap_or_default();
            let recall = if mode == Mode::Dense {
                format!("{:.3}", found as f64 / f64::from(QUERIES * 10))
            } else {
                String::new()
            };
            println!(
                "{size:>9} {:>10.1} {:>8.0} | {name:>7} {:>6} {:>7} {:>9.2} {:>9.2} {recall:>9}",
                built.as_secs_f64(),
                built.as_secs_f64() * 1e6 / f64::from(size),
                (store.keys.get() - keys) / QUERIES as usize,
                (store.bytes.get() - bytes) / QUERIES as usize / 1000,
                time(50),
                time(95),
            );
        }
    }
    Ok(())
}

/// A stream of numbers of 32 bits (splitmix64).
fn random(seed: u64) -> impl Iterator<Item = u32> {
    let mut state = seed;
    std::iter::repeat_with(move || {
        state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (state ^ (state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((mixed ^ (mixed >> 31)) >> 32) as u32
    })
}

/// A number between 0 and 1.
fn share(random: u32) -> f32 {
    random as f32 / u32::MAX as f32
}

impl Made {
    fn topic(&self, number: u32) -> u32 {
        random(u64::from(number) ^ 0x7091c).next().unwrap_or_default() % self.topics
    }

    fn text(&self, number: u32) -> String {
        let topic = self.topic(number);
        let mut text = number.to_string();
        for draw in random(u64::from(number)).take(WORDS as usize) {
            let word = if draw.is_multiple_of(4) {
                // One of the topic's own.
                1_000_000 + topic * 40 + (draw >> 8) % 40
            } else {
                // By Zipf's law: the logarithm of the rank is uniform.
                (50_000_f32.powf(share(draw.wrapping_mul(0x9e37_79b9)))) as u32
            };
            let _ = write!(text, " w{word}");
        }
        text
    }

    /// As people ask: a passage's number and its first eight words.
    fn question(&self, number: u32) -> String {
        self.text(number).split(' ').take(9).collect::<Vec<_>>().join(" ")
    }

    fn vector(&self, number: u32) -> Vec<f32> {
        let topic = random(0xc0ff_ee00 + u64::from(self.topic(number)));
        let noise = random(0xdead_0000_0000 + u64::from(number));
        let mut vector: Vec<f32> = topic
            .zip(noise)
            .take(DIMENSION)
            .map(|(topic, noise)| share(topic) + share(noise) - 1.0)
            .collect();
        let norm = vector.iter().map(|value| value * value).sum::<f32>().sqrt();
        vector.iter_mut().for_each(|value| *value /= norm);
        vector
    }

    /// Numbers of the ten passages nearest to one, itself among them.
    fn nearest(&self, text: &str, size: u32) -> Vec<u32> {
        let number = text.split(' ').next().and_then(|word| word.parse().ok()).unwrap_or_default();
        let query = self.vector(number);
        // Those of other topics are far away.
        let mut scored: Vec<(f32, u32)> = (0..size)
            .filter(|&other| self.topic(other) == self.topic(number))
            .map(|other| (self.vector(other).iter().zip(&query).map(|(a, b)| a * b).sum(), other))
            .collect();
        scored.sort_by(|a, b| b.0.total_cmp(&a.0));
        scored.into_iter().take(10).map(|(_, number)| number).collect()
    }
}

impl Embedder for Made {
    fn model(&self) -> Model {
        Model {
            id: "made".to_owned(),
            fingerprint: "made".to_owned(),
            dimension: DIMENSION as u32,
            max_tokens: 256,
        }
    }

    fn embed(&self, texts: &[String], _: Purpose) -> Result<Vec<f32>, String> {
        let number = |text: &String| text.split(' ').next().and_then(|word| word.parse().ok());
        let vectors: Option<Vec<Vec<f32>>> =
            texts.iter().map(|text| Some(self.vector(number(text)?))).collect();
        vectors.map(|vectors| vectors.concat()).ok_or_else(|| "a text has no number".to_owned())
    }
}

impl Chunker for Made {
    fn split(&self, document: &str, _: Format, _: &Options) -> Result<Vec<Chunk>, String> {
        let mut start = 0;
        Ok(document
            .split('\n')
            .filter(|line| !line.is_empty())
            .map(|line| {
                let end = start + line.len() as u32;
                let chunk = Chunk {
                    start,
                    end,
                    tokens: WORDS,
                    headings: Vec::new(),
                    text: None,
                    parent: None,
                    context: None,
                };
                start = end + 1;
                chunk
            })
            .collect())
    }
}
