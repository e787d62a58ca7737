//! Routes by list to parts by group.

use std::collections::BTreeMap;

use super::{Context, Gone, Layout, NOWHERE, Outcome, Plan, Route, Source};
use crate::store::get_all;
use crate::tier::Centres;
use crate::tier::build::Written;
use crate::{Error, codec};

/// A group has no more passages than this and those of one list: what a step holds in memory.
const MOST: usize = 4096;

/// A group on its way.
#[derive(Default)]
struct Part {
    passages: usize,
    sources: Vec<Source>,
}

pub(super) fn step(context: &Context<'_>, written: &mut Written<'_>) -> Result<Result<Outcome, Gone>, Error> {
    let Context { store, keys, merge, .. } = *context;
    let plan_key = keys.plan(merge.number);
    let Some(plan) = store.get(&plan_key)? else { return Ok(Err(Gone)) };
    let (Plan { units, .. }, _) = Centres::decode(&plan_key, &plan)?;
    let routes: Vec<_> = (0..units.len() as u32).map(|unit| keys.route(merge.number, unit)).collect();
    let mut layout = Layout::default();
    let mut regions: BTreeMap<u16, Vec<Part>> = BTreeMap::new();
    for ((unit, key), value) in units.iter().zip(&routes).zip(get_all(store, &routes)?) {
        let Some(value) = value else { return Ok(Err(Gone)) };
        let route: Route = codec::decode(key, &value)?;
        layout.passages += route.passages;
        layout.length += route.length;
        layout.dead.extend(route.dead);
        for (list, goes) in route.lists {
            let mut places: BTreeMap<u16, Vec<u8>> = BTreeMap::new();
            for (place, region) in goes.into_iter().enumerate().filter(|&(_, region)| region != NOWHERE) {
                places.entry(region).or_default().push(place as u8);
            }
            for (region, places) in places {
                let parts = regions.entry(region).or_default();
                if parts.last().is_none_or(|part| part.passages >= MOST) {
                    parts.push(Part::default());
                }
                if let Some(part) = parts.last_mut() {
                    part.passages += places.len();
                    part.sources.push(Source { tier: unit.tier, list, places });
                }
            }
        }
    }
    let parts: Vec<(u16, Part)> = regions
        .into_iter()
        .flat_map(|(region, parts)| parts.into_iter().map(move |part| (region, part)))
        .collect();
    layout.groups = parts.iter().map(|&(region, _)| region).collect();
    layout.dead.sort_unstable();
    let mut before = 0;
    for row in &mut layout.dead {
        let delta = *row - before;
        before = std::mem::replace(row, delta);
    }
    // First what says what there is to delete.
    written.push(keys.layout(merge.number), codec::encode(&layout)?)?;
    written.flush()?;
    for (group, (_, part)) in (0..).zip(parts) {
        written.push(keys.part(merge.number, group), codec::encode(&part.sources)?)?;
    }
    written.flush()?;
    Ok(Ok(Outcome { groups: layout.groups.len() as u32, ..Outcome::default() }))
}
