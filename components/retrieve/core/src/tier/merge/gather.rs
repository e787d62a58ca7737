//! The passages of one group out of the old lists, into new ones.

use std::rc::Rc;

use super::{Context, Gone, Outcome, Source};
use crate::segment::Segment;
use crate::tier::build::{Passages, Written};
use crate::{Error, codec};

/// Lists read at once: under two megabytes.
const LISTS_AT_ONCE: usize = 64;

pub(super) fn step(
    context: &Context<'_>,
    group: u32,
    written: &mut Written<'_>,
) -> Result<Result<Outcome, Gone>, Error> {
    let Context { store, keys, merge, dimension, .. } = *context;
    let key = keys.part(merge.number, group);
    let Some(part) = store.get(&key)? else { return Ok(Err(Gone)) };
    let sources: Vec<Source> = codec::decode(&key, &part)?;
    let mut passages = Passages::new(dimension);
    for some in sources.chunks(LISTS_AT_ONCE) {
        let lists: Vec<_> = some.iter().map(|source| keys.list(source.tier, source.list)).collect();
        for ((source, key), value) in some.iter().zip(&lists).zip(store.get_many(&lists)?) {
            let Some(value) = value else { return Ok(Err(Gone)) };
            let segment = Segment::read(key, Some(&value))?;
            let mut wanted = source.places.iter().peekable();
            let mut place = 0_usize;
            for (run, numbers) in segment.runs() {
                let mut shared = None;
                for at in 0..run.count as usize {
                    if wanted.next_if(|&&wanted| usize::from(wanted) == place).is_some()
                        && let Some(one) = numbers.at(at, dimension)
                        && let Some(row) = one.row()
                    {
                        let shared = shared.get_or_insert_with(|| Rc::new(run.clone()));
                        passages.push(shared, run.first + at as u32, row, one);
                    }
                    place += 1;
                }
            }
        }
    }
    let all: Vec<u32> = (0..passages.len() as u32).collect();
    passages.write_group(written, keys, (merge.number, group), &all)?;
    written.flush()?;
    Ok(Ok(Outcome::default()))
}
