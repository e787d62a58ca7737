//! One head of one sequence: rounding, the order in which the kernels read it, and the two products.

use super::softmax::softmax;
use crate::format::PANEL;
use crate::kernels::{Pair, Pairs, Product, Sums, Tile, interleave};
use crate::math;

/// Queries whose scores exist at the same time.
const QUERIES: usize = 16;

/// The largest weight and the largest rounded value: a query's weights add up to about the one, so that its products with the other stay
/// below 2^31 however many keys there are.
const LARGEST: f32 = 32_767.0;

pub(super) struct Head<'a> {
    /// The sequence's rows: query, key and value of `hidden` elements each.
    pub(super) projections: &'a [f32],
    pub(super) hidden: usize,
    pub(super) width: usize,
    /// First element of the head in each of the three.
    pub(super) offset: usize,
}

/// A pair as the kernel reads it.
type Group<P> = <<P as Product>::Pairs as Tile>::Group;

/// Memory that all heads of a sequence use in turn.
pub(super) struct Scratch<P: Product> {
    /// Rounded rows, before they are put in order.
    rows: Vec<Pair>,
    /// Queries of a block.
    queries: Vec<Group<P>>,
    /// Panels of sixteen keys, pairs of elements.
    keys: Vec<Pairs>,
    /// Panels of sixteen elements, pairs of tokens.
    values: Vec<Pairs>,
    scores: Vec<Sums>,
    exponentials: Vec<f32>,
    /// Weights of one query.
    row: Vec<Pair>,
    weights: Vec<Group<P>>,
    mixed: Vec<Sums>,
}

// Derived, it would want one of the kernel.
impl<P: Product> Default for Scratch<P> {
    fn default() -> Self {
        Self {
            rows: Vec::new(),
            queries: Vec::new(),
            keys: Vec::new(),
            values: Vec::new(),
            scores: Vec::new(),
            exponentials: Vec::new(),
            row: Vec::new(),
            weights: Vec::new(),
            mixed: Vec::new(),
        }
    }
}

impl<P: Product> Scratch<P> {
    pub(super) fn resize(&mut self, tokens: usize, width: usize) {
        let (panels, pairs) = (tokens.div_ceil(PANEL), pairs(tokens));
        self.queries.resize(QUERIES * width / 2, Group::<P>::default());
        self.rows.resize(tokens * width / 2, [0; 2]);
        // Keys of the last panel and the value of the last pair that no token has stay zero.
        self.keys.clear();
        self.keys.resize(panels * width / 2, [[0; 2]; PANEL]);
        self.values.clear();
        self.values.resize(width / PANEL * pairs, [[0; 2]; PANEL]);
        self.scores.resize(QUERIES * panels, [0; PANEL]);
        self.exponentials.resize(panels * PANEL, 0.0);
        self.row.resize(pairs, [0; 2]);
        self.weights.resize(QUERIES * pairs, Group::<P>::default());
        self.mixed.resize(QUERIES * width / PANEL, [0; PANEL]);
    }
}

/// Pairs of tokens.
fn pairs(tokens: usize) -> usize {
    tokens.div_ceil(2)
}

impl Head<'_> {
    #[inline(always)]
    pub(super) fn run<P: Product>(&self, product: P, scratch: &mut Scratch<P>, output: &mut [f32]) {
        let tokens = self.projections.len() / (3 * self.hidden);
        let depth = self.width / 2;
        // A score is a sum of `width` products, and must stay below 2^30 for the difference of two.
        let finest = (f32::from(2u8).powi(30) / self.width as f32).sqrt().floor().min(LARGEST);
        let key_scale = self.round(self.hidden, finest, &mut scratch.rows);
        for (panel, rows) in scratch.keys.chunks_exact_mut(depth).zip(scratch.rows.chunks(depth * PANEL)) {
            for (key, row) in rows.chunks_exact(depth).enumerate() {
                for (pairs, &pair) in panel.iter_mut().zip(row) {
                    if let Some(place) = pairs.get_mut(key) {
                        *place = pair;
                    }
                }
            }
        }
        let value_scale = self.round(2 * self.hidden, LARGEST, &mut scratch.rows);
        let pairs = pairs(tokens);
        for (at, rows) in scratch.rows.chunks(2 * depth).enumerate() {
            let (even, odd) = rows.split_at(depth);
            let even = even.as_flattened().as_chunks::<PANEL>().0;
            let odd = odd.as_flattened().as_chunks::<PANEL>().0;
            for (element, even) in even.iter().enumerate() {
                let odd = odd.get(element).copied().unwrap_or_default();
                if let Some(places) = scratch.values.get_mut(element * pairs + at) {
                    for ((place, &even), odd) in places.iter_mut().zip(even).zip(odd) {
                        *place = [even, odd];
                    }
                }
            }
        }

        let query_scale = self.round(0, finest, &mut scratch.rows);
        let panels = tokens.div_ceil(PANEL);
        let factor = query_scale * key_scale * std::f32::consts::LOG2_E;
        let value_scale = value_scale / LARGEST;
        let blocks = scratch.rows.chunks(QUERIES * depth).zip(output.chunks_mut(QUERIES * self.hidden));
        for (queries, output) in blocks {
            let count = queries.len() / depth;
            for (at, row) in queries.chunks_exact(depth).enumerate() {
                place::<P>(row, at, count, &mut scratch.queries);
            }
            let queries = scratch.queries.get(..count * depth).unwrap_or_default();
            let scores = scratch.scores.get_mut(..count * panels).unwrap_or_default();
            product.pairs().multiply(queries, &scratch.keys, depth, scores);
            let weights = scratch.weights.get_mut(..count * pairs).unwrap_or_default();
            for (at, scores) in scores.chunks_exact(panels).enumerate() {
                let (exponentials, row) = (&mut scratch.exponentials, &mut scratch.row);
                softmax(scores.as_flattened(), tokens, factor, exponentials, row, LARGEST);
                place::<P>(row, at, count, weights);
            }
            let mixed = scratch.mixed.get_mut(..count * self.width / PANEL).unwrap_or_default();
            product.pairs().multiply(weights, &scratch.values, pairs, mixed);
            let rows = mixed.chunks_exact(self.width / PANEL).zip(output.chunks_exact_mut(self.hidden));
            for (mixed, output) in rows {
                let output = output.get_mut(self.offset..).unwrap_or_default();
                for (output, &sum) in output.iter_mut().zip(mixed.as_flattened()) {
                    *output = sum as f32 * value_scale;
                }
            }
        }
    }

    /// The head's part of every row from `start`, rounded to ±`largest`. Returns the scale.
    #[inline(always)]
    fn round(&self, start: usize, largest: f32, rounded: &mut [Pair]) -> f32 {
        let parts = self.projections.chunks_exact(3 * self.hidden).map(|row| {
            let start = start + self.offset;
            row.get(start..start + self.width).unwrap_or_default()
        });
        let (low, high) = math::range_of(parts.clone(), 0.0);
        let most = math::max(high, -low);
        let inverse = if most > 0.0 { largest / most } else { 0.0 };
        for (part, rounded) in parts.zip(rounded.chunks_exact_mut(self.width / 2)) {
            for (rounded, &x) in rounded.as_flattened_mut().iter_mut().zip(part) {
                *rounded = math::round(x * inverse) as i16;
            }
        }
        most / largest
    }
}

/// Puts row `at` of `rows` where the kernel reads it.
#[inline(always)]
fn place<P: Product>(row: &[Pair], at: usize, rows: usize, groups: &mut [Group<P>]) {
    let (first, step) = interleave::<P::Pairs>(at, rows, row.len());
    let places = groups.get_mut(first..).unwrap_or_default().iter_mut().step_by(step);
    places.zip(row).for_each(|(place, &pair)| *place = P::pair(pair));
}
