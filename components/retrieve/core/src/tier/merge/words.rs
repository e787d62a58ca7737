//! A range of terms out of the old postings, into new ones.

use std::collections::BTreeMap;

use super::{Context, Gone, Outcome, Plan};
use crate::lexical::bm25::Corpus;
use crate::store::get_all;
use crate::tier::build::Written;
use crate::tier::postings::{self, Posting, Read};
use crate::tier::{Blocks, Centres, head};
use crate::{Error, codec};

/// Numbers of blocks that a range has: many more than it makes.
const NUMBERS: u32 = 1024;

/// A term on its way.
#[derive(Default)]
struct Term {
    frequency: u32,
    postings: Vec<Posting>,
}

pub(super) fn step(
    context: &Context<'_>,
    range: u32,
    written: &mut Written<'_>,
) -> Result<Result<Outcome, Gone>, Error> {
    let Context { store, keys, merge, .. } = *context;
    let plan_key = keys.plan(merge.number);
    let Some(plan) = store.get(&plan_key)? else { return Ok(Err(Gone)) };
    let (Plan { ranges, .. }, _) = Centres::decode(&plan_key, &plan)?;
    let Some(layout) = context.layout()? else { return Ok(Err(Gone)) };
    let mut row = 0;
    let dead: Vec<u32> = layout
        .dead
        .iter()
        .map(|delta| {
            row += delta;
            row
        })
        .collect();
    let from = ranges.get(range as usize).copied().unwrap_or(u32::MAX);
    let to = ranges.get(range as usize + 1).copied();
    let inside = |hash: u32| hash >= from && to.is_none_or(|to| hash < to);

    let mut terms: BTreeMap<u32, Term> = BTreeMap::new();
    for tier in &merge.tiers {
        let Some((key, bytes)) = head(store, keys, tier.number)? else { return Ok(Err(Gone)) };
        let (blocks, _) = Centres::decode::<Blocks>(&key, &bytes)?;
        let first = blocks.partition_point(|&(first, _)| first <= from).saturating_sub(1);
        let end = to.map_or(blocks.len(), |to| blocks.partition_point(|&(first, _)| first < to));
        let some = blocks.get(first..end.max(first)).unwrap_or_default();
        let some: Vec<_> = some.iter().map(|&(_, number)| keys.postings(tier.number, number)).collect();
        for (key, value) in some.iter().zip(get_all(store, &some)?) {
            let Some(value) = value else { return Ok(Err(Gone)) };
            let block = Read::new(key, codec::unframe(key, &value)?)?;
            for (hash, found) in block.terms().filter(|&(hash, _)| inside(hash)) {
                let term = terms.entry(hash).or_default();
                let before = term.postings.len();
                term.postings.extend(found.postings().filter(|(row, ..)| dead.binary_search(row).is_err()));
                let left = (term.postings.len() - before) as u64;
                // Of what was cut off, as much counts as of what was not.
                term.frequency += (u64::from(found.frequency) * left / (found.len() as u64).max(1)) as u32;
            }
        }
    }
    let corpus = Corpus { passages: u64::from(layout.passages), length: layout.length };
    let mut blocks = postings::Blocks::new(&corpus);
    for (hash, term) in terms {
        blocks.push(hash, term.frequency, term.postings);
    }
    let blocks = blocks.finish();
    let number = |at: usize| range * NUMBERS + at as u32;
    let index: Blocks = blocks.iter().enumerate().map(|(at, &(first, _))| (first, number(at))).collect();
    // First what says what there is to delete.
    written.push(keys.range(merge.number, range), codec::encode(&index)?)?;
    written.flush()?;
    for (at, (_, bytes)) in blocks.iter().enumerate() {
        written.push(keys.postings(merge.number, number(at)), codec::frame(bytes))?;
    }
    written.flush()?;
    Ok(Ok(Outcome::default()))
}
