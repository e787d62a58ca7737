//! One tree.

use gusset_router::predict::{LEAF, Tree};

use super::Shape;
use crate::random::Random;

/// How many rows of a model's mean each leaf is taken to hold beside its own.
pub(crate) const SHRINK: f32 = 1.0;

/// Scores of rows, and what to think of a model that a leaf has no score of.
pub(crate) struct Labels {
    outputs: usize,
    /// Rows × outputs: 0 where there is none.
    scores: Vec<f32>,
    /// Rows × outputs: 1 where there is one.
    present: Vec<f32>,
    means: Vec<f32>,
}

/// Sums over some rows, one an output.
#[derive(Clone)]
struct Sums {
    scores: Vec<f32>,
    present: Vec<f32>,
    rows: usize,
}

struct Split {
    input: usize,
    /// Highest bin that goes left.
    bin: u8,
    gain: f32,
}

struct Growing<'a> {
    bins: &'a [Vec<u8>],
    labels: &'a Labels,
    shape: Shape,
    random: &'a mut Random,
    tree: Tree,
    leaves: Vec<Vec<usize>>,
}

/// A tree over rows of bins.
pub(crate) fn tree(bins: &[Vec<u8>], labels: &Labels, shape: Shape, random: &mut Random) -> Tree {
    tree_and_leaves(bins, labels, shape, random).0
}

/// The same, with the rows of each leaf.
pub(crate) fn tree_and_leaves(
    bins: &[Vec<u8>],
    labels: &Labels,
    shape: Shape,
    random: &mut Random,
) -> (Tree, Vec<Vec<usize>>) {
    let mut growing = Growing { bins, labels, shape, random, tree: Tree::default(), leaves: Vec::new() };
    growing.node((0..bins.len()).collect());
    (growing.tree, growing.leaves)
}

impl Labels {
    /// `means`: one an output.
    pub(crate) fn new(rows: impl Iterator<Item = Vec<Option<f32>>>, means: &[f32]) -> Self {
        let flat: Vec<Option<f32>> = rows.flatten().collect();
        Self {
            outputs: means.len(),
            scores: flat.iter().map(|score| score.unwrap_or_default()).collect(),
            present: flat.iter().map(|score| if score.is_some() { 1.0 } else { 0.0 }).collect(),
            means: means.to_vec(),
        }
    }

    fn none(&self) -> Sums {
        Sums { scores: vec![0.0; self.outputs], present: vec![0.0; self.outputs], rows: 0 }
    }

    fn add(&self, row: usize, sums: &mut Sums) {
        let range = row * self.outputs..(row + 1) * self.outputs;
        let (scores, present) = (self.scores.get(range.clone()), self.present.get(range));
        let add = |sums: &mut [f32], values: Option<&[f32]>| {
            sums.iter_mut().zip(values.unwrap_or_default()).for_each(|(sum, value)| *sum += value);
        };
        add(&mut sums.scores, scores);
        add(&mut sums.present, present);
        sums.rows += 1;
    }
}

impl Sums {
    fn without(&self, other: &Self) -> Self {
        let minus = |a: &[f32], b: &[f32]| a.iter().zip(b).map(|(a, b)| a - b).collect();
        Self {
            scores: minus(&self.scores, &other.scores),
            present: minus(&self.present, &other.present),
            rows: self.rows - other.rows,
        }
    }

    /// Sum over outputs of the squared sum by the count: what the mean explains.
    fn explained(&self) -> f32 {
        self.scores.iter().zip(&self.present).map(|(sum, count)| sum * sum / count.max(1.0)).sum()
    }
}

impl Growing<'_> {
    fn node(&mut self, rows: Vec<usize>) {
        let Some(split) = self.split(&rows) else { return self.leaf(rows) };
        let at = self.push(split.input as u8, split.bin);
        let left = |row: &usize| self.bin(*row, split.input) <= split.bin;
        let (below, above): (Vec<usize>, Vec<usize>) = rows.into_iter().partition(left);
        self.node(below);
        let right = self.tree.feature.len() as u16;
        if let Some(place) = self.tree.right.get_mut(at) {
            *place = right;
        }
        self.node(above);
    }

    fn leaf(&mut self, rows: Vec<usize>) {
        let at = self.push(LEAF, 0);
        if let Some(place) = self.tree.right.get_mut(at) {
            *place = self.leaves.len() as u16;
        }
        let mut sums = self.labels.none();
        rows.iter().for_each(|&row| self.labels.add(row, &mut sums));
        for ((sum, count), mean) in sums.scores.iter().zip(&sums.present).zip(&self.labels.means) {
            let value = (sum + SHRINK * mean) / (count + SHRINK);
            self.tree.leaves.push((value * 255.0).round() as u8);
        }
        self.leaves.push(rows);
    }

    fn push(&mut self, input: u8, bin: u8) -> usize {
        self.tree.feature.push(input);
        self.tree.bin.push(bin);
        self.tree.right.push(0);
        self.tree.feature.len() - 1
    }

    fn bin(&self, row: usize, input: usize) -> u8 {
        self.bins.get(row).and_then(|bins| bins.get(input)).copied().unwrap_or_default()
    }

    /// The best of the splits that were drawn; `None`: a leaf.
    fn split(&mut self, rows: &[usize]) -> Option<Split> {
        if rows.len() < 2 * self.shape.leaf {
            return None;
        }
        let mut all = self.labels.none();
        rows.iter().for_each(|&row| self.labels.add(row, &mut all));
        let mut order: Vec<usize> = (0..self.bins.first()?.len()).collect();
        self.random.shuffle(&mut order);
        let mut tries = (order.len() as f64 * self.shape.inputs).ceil() as usize;
        let mut best: Option<Split> = None;
        for input in order {
            if tries == 0 {
                break;
            }
            let column = rows.iter().map(|&row| self.bin(row, input));
            let (low, high) = column.fold((u8::MAX, 0), |(low, high), bin| (low.min(bin), high.max(bin)));
            // An input that is the same everywhere does not count as looked at.
            if low >= high {
                continue;
            }
            tries -= 1;
            let bin = low + self.random.below(usize::from(high - low)) as u8;
            let mut left = self.labels.none();
            for &row in rows.iter().filter(|row| self.bin(**row, input) <= bin) {
                self.labels.add(row, &mut left);
            }
            let right = all.without(&left);
            if left.rows.min(right.rows) < self.shape.leaf {
                continue;
            }
            let gain = left.explained() + right.explained() - all.explained();
            if best.as_ref().is_none_or(|best| gain > best.gain) {
                best = Some(Split { input, bin, gain });
            }
        }
        // Equal labels leave nothing to explain but rounding.
        best.filter(|split| split.gain > 1e-6)
    }
}
