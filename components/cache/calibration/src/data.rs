//! Labelled pairs, in two halves that share no question, nor any question that was compared with one of the other half.

use std::collections::HashMap;
use std::fs::File;
use std::io::{BufRead, BufReader};
use std::path::Path;

use anyhow::{Context, Result};
use flate2::read::GzDecoder;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use sha2::{Digest, Sha256};

/// Two questions, and what people said of them.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct Pair {
    #[serde(rename = "text_a")]
    pub(crate) stored: String,
    #[serde(rename = "text_b")]
    pub(crate) asked: String,
    /// 1 for the same meaning.
    pub(crate) label: u8,
}

/// Labelled pairs of one half, with the number of their cluster's part.
#[derive(Clone, Debug, Default)]
pub(crate) struct Half {
    pub(crate) pairs: Vec<(Pair, u8)>,
}

/// Of 256 parts of the clusters, so many are for fitting: 60%.
const FIT: u8 = 154;

/// The half to fit to, and the half to measure on. Pairs of equal texts are left out: the exact cache has those.
pub(crate) fn halves(data: &Path) -> Result<(Half, Half)> {
    let path = data.join("cache/labelled-pairs.jsonl.gz");
    let file = File::open(&path).with_context(|| format!("opening {}", path.display()))?;
    let mut pairs: Vec<Pair> = lines(BufReader::new(GzDecoder::new(file)))?;
    pairs.retain(|pair| pair.stored != pair.asked);
    let clusters = clusters(pairs.iter().map(|pair| (pair.stored.as_str(), pair.asked.as_str())));
    let (mut fit, mut held) = (Half::default(), Half::default());
    for pair in &pairs {
        let part = clusters.get(pair.stored.as_str()).map_or(0, |root| part(root));
        let half = if part < FIT { &mut fit } else { &mut held };
        half.pairs.push((pair.clone(), part));
    }
    Ok((fit, held))
}

/// JSON, a line each.
pub(crate) fn lines<T: DeserializeOwned>(reader: impl BufRead) -> Result<Vec<T>> {
    reader.lines().map(|line| Ok(serde_json::from_str(&line?)?)).collect()
}

/// Of every text, the first in alphabetical order that it is connected with.
pub(crate) fn clusters<'a>(links: impl Iterator<Item = (&'a str, &'a str)>) -> HashMap<&'a str, &'a str> {
    let mut above: HashMap<&str, &str> = HashMap::new();
    fn root<'a>(above: &HashMap<&'a str, &'a str>, mut text: &'a str) -> &'a str {
        while let Some(&next) = above.get(text)
            && next != text
        {
            text = next;
        }
        text
    }
    for (a, b) in links {
        let (a, b) = (root(&above, a), root(&above, b));
        let (first, second) = if a < b { (a, b) } else { (b, a) };
        above.insert(first, first);
        above.insert(second, first);
    }
    let texts: Vec<&str> = above.keys().copied().collect();
    texts.into_iter().map(|text| (text, root(&above, text))).collect()
}

fn part(root: &str) -> u8 {
    Sha256::digest(root.as_bytes()).first().copied().unwrap_or_default()
}
