//! Where a passage goes: the centroid nearest to it among as many as a tier has groups. They are found in two levels, so that many cost little; which of them is the
//! nearest is found in one as long as that is affordable, since an upper level tells unrelated topics apart badly.

use crate::quantise::Query;
use crate::tier::cluster::{Points, split};
use crate::tier::{Centres, Centroids};

/// Passages of a group, about: eight lists. Smaller groups tell topics apart better, and make the head that names them larger: 760 kB for a million passages.
pub(crate) const REGION: u32 = 512;

/// Regions are numbered by 16 bits.
const MOST: u32 = 60_000;

/// Fewer centroids than these are found in one level.
const FEW: usize = 48;

/// Up to so many all are compared: some tens of microseconds a passage at 384 dimensions.
const COMPARED: usize = 2048;

/// Beyond that, those below one in so many of the upper level's.
const SHARE: usize = 3;

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
        let beam = (COMPARED * above.len() / self.below.len().max(1)).max(above.len() / SHARE);
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
