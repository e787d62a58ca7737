//! What writes and searches cost in large collections, and what the approximation of a search misses.
//!
//! Passages are made up: each belongs to one of as many topics as there are hundreds of passages, its vector is the topic's with noise (cosine to it about 0.7,
//! as near as neighbours in the sets are), its 60 words are drawn from the topic's 40 and from a vocabulary of 50,000 by Zipf's law. No model is run, so that
//! times are the core's own and the store's. A question is a passage's first eight words.

use std::fmt::Write as _;
use std::fs;
use std::time::Instant;

use clap::ValueEnum;
use gusset_chunk::{Chunk, Format, Options, Strategy};
use gusset_retrieve::{
    Chunker, Condition, Document, Embedder, Found, Mode, Model, Purpose, Query, Retrieve, Store, Test,
};

use crate::baselines::Baselines;
use crate::counted::Counted;
use crate::memory::Memory;
use crate::redis::Redis;
use crate::sqlite::Sqlite;
use crate::statistics::{Estimate, bootstrap};

const DIMENSION: usize = 384;
const QUERIES: u32 = 100;
const WORDS: u32 = 60;
const LIMIT: u32 = 10;

/// For filters, one document in so many.
const RARITIES: [u32; 3] = [2, 20, 1000];

/// Where the collections are kept.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub enum Kept {
    /// In memory: times are the core's own.
    Memory,
    /// In an SQLite file in the folder for temporary files.
    Sqlite,
    /// On a Redis server that is started for it.
    Redis,
}

/// A passage's number is its first word; from it come its vector and its words.
struct Made {
    topics: u32,
    size: u32,
    passages_a_document: u32,
}

/// Prints some lines a size. Whether a recall is below its baseline.
///
/// # Errors
/// The core or the store fails.
pub fn measure(
    sizes: &[u32],
    passages_a_document: u32,
    kept: Kept,
    baselines: &Baselines,
) -> anyhow::Result<bool> {
    let mut failed = false;
    let passages_a_document = passages_a_document.max(1);
    for &size in sizes {
        let made = Made { topics: size.div_ceil(100).max(1), size, passages_a_document };
        match kept {
            Kept::Memory => failed |= made.measure(&Memory::default(), baselines)?,
            Kept::Redis => {
                let redis = Redis::start()?;
                failed |= made.measure(&redis, baselines)?;
                let (used, most) = redis.memory()?;
                println!("Redis has {} MB in memory, and had {}", used / 1_000_000, most / 1_000_000);
            }
            Kept::Sqlite => {
                let folder = tempfile::tempdir()?;
                failed |= made.measure(&Sqlite::create(&folder.path().join("state.db"))?, baselines)?;
            }
        }
    }
    Ok(failed)
}

/// When something began, by the clock and by what the processor has done for this thread.
struct Started(Instant, f64);

impl Started {
    fn now() -> Self {
        Self(Instant::now(), processor_ms())
    }
}

/// Milliseconds that this thread has run, where Linux says so: on a busy machine it says how much there was to do, in
/// steps of some milliseconds.
fn processor_ms() -> f64 {
    let ns = fs::read_to_string("/proc/thread-self/schedstat")
        .ok()
        .and_then(|line| line.split(' ').next().and_then(|ns| ns.parse::<f64>().ok()));
    ns.unwrap_or_default() / 1e6
}

/// Times in milliseconds.
#[derive(Default)]
struct Times(Vec<f64>);

impl Times {
    fn add(&mut self, milliseconds: f64) {
        self.0.push(milliseconds);
    }

    fn mean(&self) -> f64 {
        self.0.iter().sum::<f64>() / self.0.len().max(1) as f64
    }

    /// The least that so many of a thousand don't exceed.
    fn quantile(&mut self, thousandths: usize) -> f64 {
        self.0.sort_by(f64::total_cmp);
        let at = (self.0.len() * thousandths / 1000).min(self.0.len().saturating_sub(1));
        self.0.get(at).copied().unwrap_or_default()
    }
}

impl Made {
    fn measure(&self, store: &dyn Store, baselines: &Baselines) -> anyhow::Result<bool> {
        let counted = Counted::new(store);
        let retrieve = Retrieve::new(&counted, self, self);
        let options = Options {
            strategy: Strategy::Recursive,
            max_tokens: 200,
            overlap_tokens: 0,
            parent_tokens: 0,
            context: false,
        };
        retrieve.create_collection("t", "c", &options, 0, Vec::new())?;
        let (begun, mut writes, mut worked) = (Started::now(), Times::default(), Times::default());
        for number in 0..self.size.div_ceil(self.passages_a_document) {
            let document = self.document(number);
            let started = Started::now();
            retrieve.put_document("t", "c", document)?.finish()?;
            writes.add(started.0.elapsed().as_secs_f64() * 1000.0);
            worked.add(processor_ms() - started.1);
        }
        println!(
            "{} passages: {:.0} us each, {:.0} of the processor",
            self.size,
            begun.0.elapsed().as_secs_f64() * 1e6 / f64::from(self.size),
            (processor_ms() - begun.1) * 1e3 / f64::from(self.size),
        );
        for (name, times) in [("by the clock", &mut writes), ("of the processor", &mut worked)] {
            println!(
                "a write of {} passages, {name}: mean {:.1} ms, 99% {:.1}, worst {:.1}",
                self.passages_a_document,
                times.mean(),
                times.quantile(990),
                times.quantile(1000),
            );
        }
        println!(
            "{:>16} {:>6} {:>6} {:>7} {:>8} {:>8} {:>8} {:>7} {:>21}",
            "", "trips", "keys", "kB", "p50 ms", "p90 ms", "cpu ms", "found", "recall@10"
        );
        let mut failed = false;
        for (name, mode) in [("bm25", Mode::Lexical), ("dense", Mode::Dense), ("hybrid", Mode::Hybrid)] {
            failed |= self.search(&retrieve, &counted, (name, mode), None, baselines)?;
        }
        for rarity in RARITIES {
            for (name, mode) in [("dense", Mode::Dense), ("hybrid", Mode::Hybrid)] {
                failed |= self.search(&retrieve, &counted, (name, mode), Some(rarity), baselines)?;
            }
        }
        Ok(failed)
    }

    fn search(
        &self,
        retrieve: &Retrieve<'_>,
        counted: &Counted<'_>,
        (name, mode): (&str, Mode),
        rarity: Option<u32>,
        baselines: &Baselines,
    ) -> anyhow::Result<bool> {
        let before = [counted.trips.get(), counted.keys.get(), counted.bytes.get()];
        let (mut times, mut worked) = (Times::default(), Times::default());
        let (mut found, mut recalls) = (0, Vec::new());
        for at in 0..QUERIES {
            let number = at * (self.size / QUERIES).max(1);
            let filter = rarity.map(|rarity| Condition {
                key: format!("one in {rarity}"),
                test: Test::AnyOf(vec!["yes".to_owned()]),
            });
            let query = Query {
                mode,
                filter: filter.into_iter().collect(),
                ..Query::new(&self.question(number), LIMIT)
            };
            let started = Started::now();
            let Found { hits, .. } = retrieve.search("t", "c", &query)?.finish()?;
            times.add(started.0.elapsed().as_secs_f64() * 1000.0);
            worked.add(processor_ms() - started.1);
            found += hits.len();
            if mode == Mode::Dense {
                let exact = self.nearest(number, rarity);
                let number = |text: &str| text.split(' ').next().and_then(|word| word.parse().ok());
                let is_near = |hit: &&gusset_retrieve::Hit| {
                    number(&hit.passage.text).is_some_and(|n: u32| exact.contains(&n))
                };
                let near = hits.iter().filter(is_near).count();
                // Where nothing passes the filter, nothing can be missed.
                recalls.extend((!exact.is_empty()).then(|| near as f64 / exact.len() as f64));
            }
        }
        let after = [counted.trips.get(), counted.keys.get(), counted.bytes.get()];
        let [trips, keys, bytes] = std::array::from_fn(|at| {
            after.get(at).zip(before.get(at)).map_or(0, |(a, b)| (a - b) / QUERIES as usize)
        });
        let found_of = (!recalls.is_empty()).then(|| bootstrap(&recalls));
        let recall = found_of.as_ref().map_or_else(String::new, |Estimate { mean, low, high, .. }| {
            format!("{mean:.3} ({low:.3}-{high:.3})")
        });
        let name = rarity.map_or_else(|| name.to_owned(), |rarity| format!("{name}, 1 in {rarity}"));
        let least = baselines.least(&format!("{} passages", self.size), &name);
        let below = least.zip(found_of).is_some_and(|(least, recall)| recall.mean < least);
        println!(
            "{name:>16} {trips:>6} {keys:>6} {:>7} {:>8.2} {:>8.2} {:>8.2} {:>7.1} {recall:>21}{}",
            bytes / 1000,
            times.quantile(500),
            times.quantile(900),
            worked.mean(),
            found as f64 / f64::from(QUERIES),
            if below { "  BELOW ITS BASELINE" } else { "" },
        );
        Ok(below)
    }

    fn document(&self, number: u32) -> Document {
        let first = number * self.passages_a_document;
        let numbers = first..self.size.min(first + self.passages_a_document);
        let content: Vec<String> = numbers.map(|number| self.text(number)).collect();
        let passes = RARITIES.into_iter().filter(|&rarity| self.passes(first, rarity));
        Document {
            id: format!("d{number}"),
            title: String::new(),
            format: Format::Plain,
            content: content.join("\n"),
            added_at: 0,
            metadata: passes.map(|rarity| (format!("one in {rarity}"), "yes".to_owned())).collect(),
        }
    }

    /// Whether a passage's document is one of so many, which ones being chance.
    fn passes(&self, passage: u32, rarity: u32) -> bool {
        let document = passage / self.passages_a_document;
        random(u64::from(document) ^ 0xf117_e500).next().unwrap_or_default().is_multiple_of(rarity)
    }
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

    /// Numbers of the ten passages nearest to one, itself among them if it passes.
    fn nearest(&self, number: u32, rarity: Option<u32>) -> Vec<u32> {
        let query = self.vector(number);
        // Those of other topics are far away, but where few pass they may be the nearest.
        let near = |&other: &u32| match rarity {
            Some(rarity) if !self.passes(other, rarity) => false,
            Some(rarity) if rarity > 2 => true,
            _ => self.topic(other) == self.topic(number),
        };
        let mut scored: Vec<(f32, u32)> = (0..self.size)
            .filter(near)
            .map(|other| (self.vector(other).iter().zip(&query).map(|(a, b)| a * b).sum(), other))
            .collect();
        scored.sort_by(|a, b| b.0.total_cmp(&a.0));
        scored.into_iter().take(LIMIT as usize).map(|(_, number)| number).collect()
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
