//! The first step: centroids for the groups of the new tier, and what the later steps are.

use super::{Context, Gone, Outcome, Plan, Unit};
use crate::Error;
use crate::store::get_all;
use crate::tier::build::Written;
use crate::tier::cluster::Points;
use crate::tier::{Blocks, Centres, head, regions};

/// Old groups that are routed in one step: some 2,048 passages.
const GROUPS: u32 = 4;

/// Old blocks of postings that are merged in one step: a megabyte.
const BLOCKS: usize = 32;

/// Old groups whose lists' centroids are the sample, at most.
const SAMPLED: usize = 2048;

pub(super) fn step(context: &Context<'_>, written: &mut Written<'_>) -> Result<Result<Outcome, Gone>, Error> {
    let Context { store, keys, merge, .. } = *context;
    let mut plan = Plan::default();
    let (mut groups, mut firsts) = (Vec::new(), Vec::new());
    for tier in &merge.tiers {
        let Some((key, bytes)) = head(store, keys, tier.number)? else { return Ok(Err(Gone)) };
        let (blocks, centres) = Centres::decode::<Blocks>(&key, &bytes)?;
        let count = centres.len() as u32;
        firsts.extend(blocks.iter().map(|&(first, _)| first));
        groups.extend((0..count).map(|group| keys.group(tier.number, group)));
        plan.units.extend((0..count).step_by(GROUPS as usize).map(|first| Unit {
            tier: tier.number,
            first,
            end: count.min(first + GROUPS),
        }));
    }
    firsts.sort_unstable();
    firsts.dedup();
    plan.ranges = firsts.into_iter().step_by(BLOCKS).collect();
    if let Some(first) = plan.ranges.first_mut() {
        *first = 0;
    }
    let step = groups.len().div_ceil(SAMPLED).max(1);
    let sampled: Vec<_> = groups.into_iter().step_by(step).collect();
    let (mut scales, mut values) = (Vec::new(), Vec::new());
    for (key, value) in sampled.iter().zip(get_all(store, &sampled)?) {
        let Some(value) = value else { return Ok(Err(Gone)) };
        let ((), centres) = Centres::decode(key, &value)?;
        for (scale, vector) in centres.iter() {
            scales.push(scale);
            values.extend_from_slice(vector);
        }
    }
    let sample = Points { dimension: context.dimension, scales: &scales, values: &values };
    let found = regions::find(sample, merge.passages);
    plan.firsts = found.firsts;
    written.push(keys.plan(merge.number), found.centroids.encode(&plan)?)?;
    written.flush()?;
    let (units, ranges) = (plan.units.len() as u32, plan.ranges.len() as u32);
    Ok(Ok(Outcome { units, ranges, ..Outcome::default() }))
}
