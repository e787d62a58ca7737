//! Vectors to lists of neighbours: k-means on the sphere, without chance: the same vectors give the same lists.

use crate::quantise::Query;

/// Vectors of a list, about. A list is read whole, some 30 kB at 384 dimensions.
const LIST: usize = 64;

/// No list has more: a place in a list is a byte.
pub(crate) const LONGEST: usize = 256;

/// Rounds of k-means. Later ones hardly move anything: a list is a bucket here, not a finding.
const ROUNDS: usize = 4;

/// Vectors that a centre is found from, at most; the rest are only assigned.
const SAMPLE: usize = 64;

/// 8-bit vectors with their scales.
#[derive(Clone, Copy)]
pub(crate) struct Points<'a> {
    pub(crate) dimension: usize,
    pub(crate) scales: &'a [f32],
    pub(crate) values: &'a [u8],
}

/// A list: its members, as numbers of points, and their centre.
pub(crate) struct List {
    pub(crate) members: Vec<u32>,
    pub(crate) centre: Vec<f32>,
}

/// Some points in lists, each of which is [`LIST`] long, about.
pub(crate) fn lists(points: Points<'_>, members: &[u32]) -> Vec<List> {
    let lists = split(points, members, members.len().div_ceil(LIST));
    lists.into_iter().flat_map(|list| bounded(points, list)).collect()
}

/// Points around `count` centres; those around which there are none are left out.
pub(crate) fn split(points: Points<'_>, members: &[u32], count: usize) -> Vec<List> {
    let count = count.max(1);
    let step = (members.len() / (count * SAMPLE).max(1)).max(1);
    let sample: Vec<u32> = members.iter().copied().step_by(step).collect();
    let first = (0..count).filter_map(|at| sample.get(at * sample.len() / count));
    let mut centres: Vec<Vec<f32>> = first.map(|&at| mean(points, &[at])).collect();
    for _ in 0..ROUNDS {
        let assigned = assign(points, &sample, &centres);
        for (centre, members) in centres.iter_mut().zip(&assigned) {
            if !members.is_empty() {
                *centre = mean(points, members);
            }
        }
    }
    let lists = assign(points, members, &centres).into_iter().filter(|members| !members.is_empty());
    lists.map(|members| List { centre: mean(points, &members), members }).collect()
}

/// Members by their nearest centre.
fn assign(points: Points<'_>, members: &[u32], centres: &[Vec<f32>]) -> Vec<Vec<u32>> {
    let queries: Vec<Query> = centres.iter().map(|centre| Query::new(centre)).collect();
    let mut lists = vec![Vec::new(); centres.len()];
    for &member in members {
        let (scale, vector) = points.at(member);
        let mut nearest = (f32::NEG_INFINITY, 0);
        for (at, query) in queries.iter().enumerate() {
            let score = query.score(vector, scale);
            if score > nearest.0 {
                nearest = (score, at);
            }
        }
        if let Some(list) = lists.get_mut(nearest.1) {
            list.push(member);
        }
    }
    lists
}

/// A list in pieces that aren't too long: equal vectors can't be told apart by any centre.
fn bounded(points: Points<'_>, list: List) -> Vec<List> {
    if list.members.len() <= LONGEST {
        return vec![list];
    }
    let pieces = list.members.chunks(LONGEST);
    pieces.map(|members| List { members: members.to_vec(), centre: mean(points, members) }).collect()
}

/// Mean of some points, at length 1.
fn mean(points: Points<'_>, members: &[u32]) -> Vec<f32> {
    let mut sum = vec![0.0_f32; points.dimension];
    for &member in members {
        let (scale, vector) = points.at(member);
        for (sum, &value) in sum.iter_mut().zip(vector) {
            *sum += scale * f32::from(value as i8);
        }
    }
    let norm = sum.iter().map(|value| value * value).sum::<f32>().sqrt().max(f32::MIN_POSITIVE);
    sum.iter_mut().for_each(|value| *value /= norm);
    sum
}

impl<'a> Points<'a> {
    pub(crate) fn at(&self, point: u32) -> (f32, &'a [u8]) {
        let (at, dimension) = (point as usize, self.dimension);
        let vector = self.values.get(at * dimension..(at + 1) * dimension).unwrap_or_default();
        (self.scales.get(at).copied().unwrap_or_default(), vector)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::quantise::quantise;

    #[test]
    fn every_point_is_in_one_list_near_its_own_kind() {
        let dimension = 16;
        let (mut scales, mut values) = (Vec::new(), Vec::new());
        for n in 0..2000_usize {
            let mut vector = vec![0.01 * (n % 7) as f32; dimension];
            vector[n % dimension] = 1.0;
            scales.push(quantise(&vector, &mut values));
        }
        // And many that are equal.
        for _ in 0..600 {
            scales.push(quantise(&vec![0.25; dimension], &mut values));
        }
        let all: Vec<u32> = (0..2600).collect();
        let lists = lists(Points { dimension, scales: &scales, values: &values }, &all);
        let mut members: Vec<u32> = lists.iter().flat_map(|list| list.members.iter().copied()).collect();
        members.sort_unstable();
        assert_eq!(members, (0..2600).collect::<Vec<u32>>());
        assert!(lists.iter().all(|list| list.members.len() <= LONGEST));
        let kinds = |list: &List| {
            let mut kinds: Vec<_> =
                list.members.iter().map(|&at| if at < 2000 { at % 16 } else { 16 }).collect();
            kinds.sort_unstable();
            kinds.dedup();
            kinds.len()
        };
        let mixed = lists.iter().filter(|list| kinds(list) > 2).count();
        assert!(mixed * 4 <= lists.len(), "{mixed} of {} lists are mixed", lists.len());
        assert!(super::lists(Points { dimension, scales: &[], values: &[] }, &[]).is_empty());
    }
}
