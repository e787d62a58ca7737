//! The report's chunkers, written after its description: fixed tokens, recursive, cluster semantic. Sizes are in tokens of cl100k, as there.

use std::ops::Range;

use tiktoken_rs::CoreBPE;

/// A chunker of the report.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Chunker {
    Fixed {
        size: usize,
        overlap: usize,
    },
    Recursive {
        size: usize,
        overlap: usize,
    },
    /// Segments of at most [`SEGMENT`] tokens, joined to clusters of at most `size`.
    Cluster {
        size: usize,
    },
}

/// The report's table: chunker, and its published recall, precision, precision-omega and IoU in percent.
pub(super) const PUBLISHED: [(Chunker, [f64; 4]); 8] = [
    (Chunker::Fixed { size: 250, overlap: 125 }, [82.4, 3.6, 11.4, 3.5]),
    (Chunker::Fixed { size: 250, overlap: 0 }, [77.1, 3.3, 16.4, 3.3]),
    (Chunker::Fixed { size: 200, overlap: 0 }, [76.6, 4.1, 19.1, 4.1]),
    (Chunker::Recursive { size: 250, overlap: 125 }, [78.7, 4.9, 21.9, 4.9]),
    (Chunker::Recursive { size: 250, overlap: 0 }, [78.5, 5.4, 26.7, 5.4]),
    (Chunker::Recursive { size: 200, overlap: 0 }, [75.7, 6.5, 31.2, 6.5]),
    (Chunker::Cluster { size: 250 }, [77.3, 6.1, 28.6, 6.0]),
    (Chunker::Cluster { size: 200 }, [75.2, 7.2, 33.6, 7.2]),
];

/// Tokens of a segment that clusters are made of.
const SEGMENT: usize = 50;

/// Coarsest first; after the last, single characters.
const SEPARATORS: [&str; 6] = ["\n\n", "\n", ".", "?", "!", " "];

/// Vectors of texts.
pub(super) type Embed<'a> = dyn FnMut(&[&str]) -> anyhow::Result<Vec<Vec<f32>>> + 'a;

impl std::fmt::Display for Chunker {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Fixed { size, overlap } => write!(formatter, "report: fixed {size}/{overlap}"),
            Self::Recursive { size, overlap } => write!(formatter, "report: recursive {size}/{overlap}"),
            Self::Cluster { size } => write!(formatter, "report: cluster {size}"),
        }
    }
}

impl Chunker {
    /// Ranges of bytes, without white space at their ends.
    ///
    /// # Errors
    /// The model fails.
    pub(super) fn split(
        self,
        text: &str,
        bpe: &CoreBPE,
        embed: &mut Embed<'_>,
    ) -> anyhow::Result<Vec<Range<usize>>> {
        Ok(match self {
            Self::Fixed { size, overlap } => fixed(text, bpe, size, overlap)?,
            Self::Recursive { size, overlap } => {
                Recursive { text, bpe, size, overlap, chunks: Vec::new() }.split()
            }
            Self::Cluster { size } => {
                let segments = Recursive { text, bpe, size: SEGMENT, overlap: 0, chunks: Vec::new() }.split();
                let texts: Vec<&str> = segments.iter().filter_map(|range| text.get(range.clone())).collect();
                clusters(&embed(&texts)?, size / SEGMENT)
                    .into_iter()
                    .filter_map(|cluster| {
                        Some(segments.get(cluster.start)?.start..segments.get(cluster.end - 1)?.end)
                    })
                    .collect()
            }
        })
    }
}

fn fixed(text: &str, bpe: &CoreBPE, size: usize, overlap: usize) -> anyhow::Result<Vec<Range<usize>>> {
    let mut starts = Vec::new();
    let mut at = 0;
    for token in bpe.encode_ordinary(text) {
        starts.push(at);
        at += bpe.decode_bytes(&[token])?.len();
    }
    starts.push(at);
    let last = starts.len() - 1;
    let mut chunks = Vec::new();
    let mut first = 0;
    while first < last {
        let end = (first + size).min(last);
        if let (Some(&from), Some(&to)) = (starts.get(first), starts.get(end)) {
            chunks.push(text.floor_char_boundary(from)..text.floor_char_boundary(to));
        }
        if end == last {
            break;
        }
        first += size - overlap;
    }
    Ok(chunks)
}

/// Splits at the coarsest separator there is, keeps each with what follows it, packs greedily, goes on inside what doesn't fit.
struct Recursive<'a> {
    text: &'a str,
    bpe: &'a CoreBPE,
    size: usize,
    overlap: usize,
    chunks: Vec<Range<usize>>,
}

impl Recursive<'_> {
    fn split(mut self) -> Vec<Range<usize>> {
        self.descend(0..self.text.len(), &SEPARATORS);
        self.chunks
    }

    fn descend(&mut self, range: Range<usize>, mut separators: &[&str]) {
        let text = self.text.get(range.clone()).unwrap_or_default();
        let mut cuts: Vec<usize> = Vec::new();
        while let Some((separator, finer)) = separators.split_first() {
            separators = finer;
            if text.contains(separator) {
                cuts = text.match_indices(separator).map(|(at, _)| range.start + at).collect();
                break;
            }
            if finer.is_empty() {
                cuts = text.char_indices().map(|(at, _)| range.start + at).collect();
            }
        }
        let mut fitting: Vec<(Range<usize>, usize)> = Vec::new();
        let mut start = range.start;
        for end in cuts.into_iter().chain([range.end]).filter(|&cut| cut > range.start) {
            let part = start..end;
            start = end;
            let tokens = self.tokens(&part);
            if tokens < self.size {
                fitting.push((part, tokens));
                continue;
            }
            self.merge(&std::mem::take(&mut fitting));
            if separators.is_empty() {
                self.push(part);
            } else {
                self.descend(part, separators);
            }
        }
        self.merge(&fitting);
    }

    fn merge(&mut self, parts: &[(Range<usize>, usize)]) {
        let (mut first, mut total) = (0, 0);
        for (at, (part, tokens)) in parts.iter().enumerate() {
            if total + tokens > self.size && at > first {
                self.join(parts.get(first..at).unwrap_or_default());
                while total > self.overlap || (total + tokens > self.size && total > 0) {
                    total -= parts.get(first).map_or(total, |(_, tokens)| *tokens);
                    first += 1;
                }
            }
            debug_assert!(!part.is_empty());
            total += tokens;
        }
        self.join(parts.get(first..).unwrap_or_default());
    }

    fn join(&mut self, parts: &[(Range<usize>, usize)]) {
        if let (Some((first, _)), Some((last, _))) = (parts.first(), parts.last()) {
            self.push(first.start..last.end);
        }
    }

    fn push(&mut self, range: Range<usize>) {
        let text = self.text.get(range.clone()).unwrap_or_default();
        let start = range.start + (text.len() - text.trim_start().len());
        let end = range.start + text.trim_end().len();
        if start < end {
            self.chunks.push(start..end);
        }
    }

    fn tokens(&self, range: &Range<usize>) -> usize {
        self.bpe.encode_ordinary(self.text.get(range.clone()).unwrap_or_default()).len()
    }
}

/// Divides segments into runs of at most `most` so that the sum of the similarities inside the runs, each less the mean of all pairs, is greatest.
fn clusters(vectors: &[Vec<f32>], most: usize) -> Vec<Range<usize>> {
    let dot = |a: &[f32], b: &[f32]| f64::from(a.iter().zip(b).map(|(a, b)| a * b).sum::<f32>());
    let count = vectors.len();
    let mut sum = vec![0.0; vectors.first().map_or(0, Vec::len)];
    for vector in vectors {
        sum.iter_mut().zip(vector).for_each(|(sum, value)| *sum += value);
    }
    // Of vectors of length 1, the square of the sum has all pairs twice, and each with itself.
    let pairs = (count * count.saturating_sub(1)).max(1) as f64;
    let mean = (dot(&sum, &sum) - count as f64) / pairs;
    let mut best = vec![0.0; count + 1];
    let mut from = vec![0; count + 1];
    for end in 1..=count {
        let mut reward = 0.0;
        let mut greatest = f64::NEG_INFINITY;
        for start in (end.saturating_sub(most)..end).rev() {
            let Some(first) = vectors.get(start) else { continue };
            let others = vectors.get(start + 1..end).unwrap_or_default();
            reward += others.iter().map(|other| 2.0 * (dot(first, other) - mean)).sum::<f64>();
            let total = reward + best.get(start).copied().unwrap_or_default();
            if total > greatest {
                greatest = total;
                if let (Some(best), Some(from)) = (best.get_mut(end), from.get_mut(end)) {
                    (*best, *from) = (total, start);
                }
            }
        }
    }
    let mut runs = Vec::new();
    let mut end = count;
    while end > 0 {
        let start = from.get(end).copied().unwrap_or_default();
        runs.push(start..end);
        end = start;
    }
    runs.reverse();
    runs
}

#[cfg(test)]
mod tests {
    use super::*;

    fn split(chunker: Chunker, text: &str) -> Vec<&str> {
        let bpe = tiktoken_rs::cl100k_base_singleton();
        let mut embed = |texts: &[&str]| {
            Ok(texts
                .iter()
                .map(|text| if text.contains('a') { vec![1.0, 0.0] } else { vec![0.0, 1.0] })
                .collect())
        };
        let ranges = chunker.split(text, bpe, &mut embed).unwrap();
        ranges.into_iter().map(|range| &text[range]).collect()
    }

    #[test]
    fn fixed_chunks_advance_by_what_does_not_overlap() {
        let chunks = split(Chunker::Fixed { size: 4, overlap: 2 }, " a b c d e f g");
        assert_eq!(chunks, [" a b c d", " c d e f", " e f g"]);
    }

    #[test]
    fn recursive_chunks_keep_paragraphs_while_they_fit() {
        let chunks =
            split(Chunker::Recursive { size: 6, overlap: 0 }, "One two.\n\nThree four five. Six seven.");
        assert_eq!(chunks, ["One two.", "Three four five", ". Six seven."]);
    }

    #[test]
    fn clusters_end_where_the_meaning_changes() {
        let vectors =
            [[1.0, 0.0], [1.0, 0.0], [0.0, 1.0], [0.0, 1.0], [0.0, 1.0]].map(|v: [f32; 2]| v.to_vec());
        assert_eq!(clusters(&vectors, 4), [0..2, 2..5]);
    }
}
