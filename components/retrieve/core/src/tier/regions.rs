//! Where a passage goes: the centroid nearest to it among as many as a tier has groups, found in two levels so that many centroids cost little.

use crate::quantise::Query;
use crate::tier::cluster::{Points, split};
use crate::tier::{Centres, Centroids};

/// Passages of a group, about: sixteen lists. Smaller groups tell topics apart better, and make the head that names them larger.
pub(crate) const REGION: u32 = 1024;

/// Regions are numbered by 16 bits.
const MOST: u32 = 60_000;

/// Below so many centroids all are compared.
const FEW: usize = 48;

/// One in so many of the upper level's centroids is looked below, and at least [`BEAM`].
const SHARE: usize = 4;

const BEAM: usize = 4;

/// Centroids on their way into a value: first those of the upper level, then those below them.
pub(crate) struct Found {
    /// For each of the upper level, the first below it.
    pub(crate) firsts: Vec<u32>,
    pub(crate) centroids: Centroids,
}

/// Finds centroids for some passages from a sample of them.
pub(crate) fn find(sample: Points<'_>, passages: u32) -> Found {
    let all: Vec<u32> = (0..sample.scales.len() as u32).collect();
    let count = passages.div_ceil(REGION).clamp(1, MOST) as usize;
    let above = if count < FEW { 1 } else { (count as f64).sqrt().ceil() as usize };
    let upper = split(sample, &all, above);
    let (mut firsts, mut below) = (Vec::new(), Vec::new());
    for list in &upper {
        firsts.push(below.len() as u32);
        // As many as its share of the sample.
        let own = (list.members.len() * count).div_ceil(all.len().max(1));
        below.extend(split(sample, &list.members, own));
    }
    let mut centroids = Centroids::default();
    upper.iter().chain(&below).for_each(|list| centroids.push(&list.centre));
    Found { firsts, centroids }
}

/// Centroids as they are compared with.
pub(crate) struct Regions {
    firsts: Vec<u32>,
    above: Vec<Query>,
    below: Vec<Query>,
}

impl Regions {
    pub(crate) fn new(firsts: Vec<u32>, centres: &Centres<'_>) -> Self {
        let mut above: Vec<Query> = centres
            .iter()
            .map(|(scale, values)| {
                let vector: Vec<f32> = values.iter().map(|&value| scale * f32::from(value as i8)).collect();
                Query::new(&vector)
            })
            .collect();
        let below = above.split_off(firsts.len().min(above.len()));
        Self { firsts, above, below }
    }

    /// Number of the nearest region.
    pub(crate) fn nearest(&self, scale: f32, vector: &[u8]) -> u16 {
        let mut above: Vec<(f32, usize)> =
            self.above.iter().enumerate().map(|(at, query)| (query.score(vector, scale), at)).collect();
        let beam = BEAM.max(above.len() / SHARE);
        if above.len() > beam {
            above.select_nth_unstable_by(beam, |a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)));
            above.truncate(beam);
        }
        let mut nearest = (f32::NEG_INFINITY, 0);
        for (_, at) in above {
            let first = self.firsts.get(at).map_or(0, |&first| first as usize);
            let end = self.firsts.get(at + 1).map_or(self.below.len(), |&end| end as usize);
            for (place, query) in self.below.get(first..end).unwrap_or_default().iter().enumerate() {
                let score = query.score(vector, scale);
                if score > nearest.0 || (score == nearest.0 && first + place < nearest.1) {
                    nearest = (score, first + place);
                }
            }
        }
        nearest.1 as u16
    }
}
