//! Pairs of sentences, and whether they say the same: `similarity/stsb-dev.csv`, STS benchmark's columns between tabs, the fifth a score from 0 to 5.

use std::fs;
use std::path::Path;

use anyhow::Context;

/// The score from which two say the same, down to details.
const SAME: f64 = 4.5;

/// The score up to which they only have a topic in common, or less.
const OTHER: f64 = 2.0;

/// Two sentences.
pub struct Paraphrase {
    /// One.
    pub stated: String,
    /// The other, which it is to be found in.
    pub written: String,
    /// Whether they say the same; if not, they say something else.
    pub same: bool,
}

/// Those of a folder that are the one or the other; none where the file is not there.
///
/// # Errors
/// The file can't be read, or a line isn't what it should be.
pub fn read(folder: &Path) -> anyhow::Result<Vec<Paraphrase>> {
    let path = folder.join("stsb-dev.csv");
    if !path.is_file() {
        return Ok(Vec::new());
    }
    let file = fs::read_to_string(&path).with_context(|| format!("reading {}", path.display()))?;
    let mut pairs = Vec::new();
    for (line, number) in file.lines().zip(1..) {
        let fields: Vec<&str> = line.split('\t').collect();
        let &[_, _, _, _, score, stated, written, ..] = fields.as_slice() else {
            anyhow::bail!("{}:{number} has {} fields; a line has seven", path.display(), fields.len());
        };
        let score: f64 =
            score.parse().with_context(|| format!("the score in {}:{number}", path.display()))?;
        if score >= SAME || score <= OTHER {
            pairs.push(Paraphrase {
                stated: stated.trim().to_owned(),
                written: written.trim().to_owned(),
                same: score >= SAME,
            });
        }
    }
    Ok(pairs)
}
