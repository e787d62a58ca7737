//! Where the passages of some old lists go.

use std::collections::{BTreeSet, HashMap};

use super::{Context, Gone, NOWHERE, Outcome, Plan, Route};
use crate::lexical::length;
use crate::segment::{Run, Segment};
use crate::store::{Change, delete_all, get_all, update};
use crate::tier::build::Written;
use crate::tier::regions::Regions;
use crate::tier::{Centres, list_number, rows};
use crate::{Error, codec};

pub(super) fn step(
    context: &Context<'_>,
    step: u32,
    written: &mut Written<'_>,
) -> Result<Result<Outcome, Gone>, Error> {
    let Context { store, keys, merge, .. } = *context;
    let plan_key = keys.plan(merge.number);
    let Some(plan) = store.get(&plan_key)? else { return Ok(Err(Gone)) };
    let (Plan { units, firsts, .. }, centres) = Centres::decode(&plan_key, &plan)?;
    let Some(unit) = units.get(step as usize) else { return Ok(Err(Gone)) };
    let regions = Regions::new(firsts, &centres);

    let groups: Vec<_> = (unit.first..unit.end).map(|group| keys.group(unit.tier, group)).collect();
    let mut numbers = Vec::new();
    for ((group, key), value) in (unit.first..).zip(&groups).zip(store.get_many(&groups)?) {
        let Some(value) = value else { return Ok(Err(Gone)) };
        let ((), lists) = Centres::decode(key, &value)?;
        numbers.extend((0..lists.len()).map(|place| list_number(group, place)));
    }
    let lists: Vec<_> = numbers.iter().map(|&list| keys.list(unit.tier, list)).collect();
    let Some(values) = get_all(store, &lists)?.into_iter().collect::<Option<Vec<_>>>() else {
        return Ok(Err(Gone));
    };

    // Everything that may not count, before anything is said to count.
    let mut runs: HashMap<u64, Run> = HashMap::new();
    for (key, value) in lists.iter().zip(&values) {
        for (run, _) in Segment::read(key, Some(value))?.runs() {
            runs.entry(run.generation).or_insert_with(|| run.clone());
        }
    }
    let runs: Vec<Run> = runs.into_values().collect();
    let dead = (context.dead)(&runs)?;
    let records: Vec<_> = runs
        .iter()
        .filter(|run| dead.contains(&run.generation))
        .flat_map(|run| keys.generation(run.generation, run.parts))
        .collect();
    delete_all(store, &records)?;

    let mut route = Route::default();
    for ((&number, key), value) in numbers.iter().zip(&lists).zip(&values) {
        let segment = Segment::read(key, Some(value))?;
        let mut goes = Vec::with_capacity(segment.len());
        for (run, numbers) in segment.runs() {
            let dies = dead.contains(&run.generation);
            for place in 0..run.count as usize {
                let Some(one) = numbers.at(place, segment.dimension()) else { continue };
                if dies {
                    route.dead.extend(one.row());
                    goes.push(NOWHERE);
                    continue;
                }
                let scale = one.scales.first().map_or(0.0, |&scale| f32::from_le_bytes(scale));
                goes.push(regions.nearest(scale, one.values));
                route.passages += 1;
                route.length +=
                    one.lengths.iter().map(|&terms| u64::from(length::decode(terms))).sum::<u64>();
            }
        }
        route.lists.push((number, goes));
    }
    rows::take_out(store, keys, &route.dead.iter().copied().collect::<BTreeSet<u32>>())?;
    // The first answer stays: what counts depends on when one asks.
    let key = keys.route(merge.number, step);
    written.note(key.clone());
    let bytes = codec::encode(&route)?;
    update(store, &key, |current| {
        Ok(if current.is_some() { Change::Keep(()) } else { Change::Write(bytes.clone(), ()) })
    })?;
    Ok(Ok(Outcome::default()))
}
