//! What stands around the engines here: a store in memory, a model that needs no weights, and documents to search.

use gusset_chunk::{Chunk, Format, Options, Strategy, Tokenizer};
use gusset_retrieve::{Chunker, Document, Edit, Embedder, Model, Purpose, Store, StoreError};
use std::collections::BTreeMap;
use std::sync::Mutex;

/// A key-value store in memory.
#[derive(Default)]
pub(crate) struct Memory(Mutex<BTreeMap<String, Vec<u8>>>);

impl Store for Memory {
    fn get(&self, key: &str) -> Result<Option<Vec<u8>>, StoreError> {
        Ok(self.0.lock().unwrap().get(key).cloned())
    }

    fn get_many(&self, keys: &[String]) -> Result<Vec<Option<Vec<u8>>>, StoreError> {
        keys.iter().map(|key| self.get(key)).collect()
    }

    fn set_many(&self, entries: Vec<(String, Vec<u8>)>) -> Result<(), StoreError> {
        self.0.lock().unwrap().extend(entries);
        Ok(())
    }

    fn delete_many(&self, keys: &[String]) -> Result<(), StoreError> {
        self.0.lock().unwrap().retain(|key, _| !keys.contains(key));
        Ok(())
    }

    fn swap(&self, key: &str, change: &mut Edit<'_>) -> Result<bool, StoreError> {
        let mut values = self.0.lock().unwrap();
        if let Some(value) = change(values.get(key).map(Vec::as_slice)) {
            values.insert(key.to_owned(), value);
        }
        Ok(true)
    }
}

/// Texts to vectors by their words: each word adds its own pseudo-random direction. Texts with words in common are near each other, which is all that is needed here.
pub(crate) struct Words {
    pub(crate) fingerprint: &'static str,
}

pub(crate) const DIMENSION: usize = 96;

impl Embedder for Words {
    fn model(&self) -> Model {
        let (id, fingerprint) = ("words".to_owned(), self.fingerprint.to_owned());
        Model { id, fingerprint, dimension: DIMENSION as u32, max_tokens: 256 }
    }

    fn embed(&self, texts: &[String], _: Purpose) -> Result<Vec<f32>, String> {
        Ok(texts.iter().flat_map(|text| vector(text)).collect())
    }
}

fn vector(text: &str) -> Vec<f32> {
    let mut sum = vec![1e-3_f32; DIMENSION];
    for word in text.split(|c: char| !c.is_alphanumeric()).filter(|word| word.len() > 2) {
        let mut state = word.bytes().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
            (hash ^ u64::from(byte.to_ascii_lowercase())).wrapping_mul(0x0100_0000_01b3)
        });
        for value in &mut sum {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            *value += (state >> 40) as f32 / (1_u64 << 23) as f32 - 1.0;
        }
    }
    let norm = sum.iter().map(|value| value * value).sum::<f32>().sqrt();
    sum.iter().map(|value| value / norm).collect()
}

/// A token for each run of anything but white space.
struct Spaces;

impl Tokenizer for Spaces {
    fn token_offsets(&self, text: &str) -> Vec<u32> {
        let mut offsets = Vec::new();
        let mut was_space = true;
        for (at, c) in text.char_indices() {
            if was_space && !c.is_whitespace() {
                offsets.push(at as u32);
            }
            was_space = c.is_whitespace();
        }
        offsets
    }
}

impl Chunker for Words {
    fn split(&self, document: &str, format: Format, options: &Options) -> Result<Vec<Chunk>, String> {
        gusset_chunk::split(document, format, options, &Spaces).map_err(|error| error.to_string())
    }
}

pub(crate) fn options() -> Options {
    Options {
        strategy: Strategy::Structural,
        max_tokens: 40,
        overlap_tokens: 0,
        parent_tokens: 0,
        context: false,
    }
}

const NOUNS: [&str; 16] = [
    "lighthouse",
    "harbour",
    "ferry",
    "keeper",
    "storm",
    "library",
    "bridge",
    "market",
    "orchard",
    "train",
    "museum",
    "garden",
    "river",
    "clock",
    "bakery",
    "tower",
];
const VERBS: [&str; 8] = ["opens", "closes", "repairs", "paints", "visits", "guards", "floods", "lights"];
const PLACES: [&str; 12] = [
    "Amber Bay",
    "Birch Cove",
    "Copper Firth",
    "Dunlin Head",
    "Ember Isle",
    "Fulmar Ness",
    "Granite Point",
    "Heron Sound",
    "Iris Strand",
    "Juniper Reach",
    "Kestrel Quay",
    "Linnet Lock",
];

/// The `n`th document in its `version`th version: some passages, with headings, and metadata to filter by. Every seventh is empty.
pub(crate) fn document(n: usize, version: usize) -> Document {
    let mut content = format!("# {} of {}\n\n", NOUNS[n % 16], PLACES[n % 12]);
    for line in 0..(n * 5 + version) % 9 {
        let pick = |salt: usize| n * 31 + line * 17 + version * 101 + salt;
        if line % 3 == 0 {
            content += &format!("## {} in {}\n\n", NOUNS[pick(3) % 16], 1900 + pick(5) % 120);
        }
        content += &format!(
            "The {} near {} {} the {} every {} days, and number {n} is the {} of the {}. The {} knows why.\n\n",
            NOUNS[pick(1) % 16],
            PLACES[pick(2) % 12],
            VERBS[pick(7) % 8],
            NOUNS[pick(11) % 16],
            pick(13) % 30 + 2,
            NOUNS[pick(19) % 16],
            PLACES[pick(23) % 12],
            NOUNS[pick(29) % 16],
        );
    }
    if n % 7 == 6 {
        content.clear();
    }
    let pair = |key: &str, value: String| (key.to_owned(), value);
    let metadata = vec![pair("place", PLACES[n % 12].to_owned()), pair("year", (1900 + n).to_string())];
    let (id, title) = (format!("document {n:03}"), format!("No. {n}, version {version}"));
    Document { id, title, format: Format::Markdown, content, added_at: 1_700_000_000 + n as u64, metadata }
}

/// Questions with words from all over.
pub(crate) fn questions() -> Vec<String> {
    let question = |n: usize| {
        let (noun, other) = (NOUNS[n * 7 % 16], NOUNS[(n * 5 + 3) % 16]);
        format!("Which {noun} near {} {} the {other}?", PLACES[n * 5 % 12], VERBS[n % 8])
    };
    (0..12).map(question).collect()
}
