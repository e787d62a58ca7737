//! Steps of merges and deletions: who does which, and what comes of it.

use super::{Progress, begin_merge, mergeable};
use crate::manifest::{Leftover, Live, Merge, Place, Stage};
use crate::segment::Run;
use crate::tier::build::Written;
use crate::tier::merge::{Context, Outcome};
use crate::{Error, Retrieve};

/// How often a step that somebody has begun is passed by before it is done again: who began it may be slow, or dead.
const PATIENCE: u8 = 4;

/// What is to be done next.
pub(super) enum Claim {
    Remove(Leftover, u32),
    Merge(Merge, u32),
    Waiting,
    Nothing,
}

/// Takes the next step, for [`Place::edit`]. Deletions go first, since they make room, then the smallest merge.
pub(super) fn claim(live: &mut Live) -> (Claim, bool) {
    if let Some((leftover, step)) = live.leftovers.first() {
        return (Claim::Remove(leftover.clone(), *step), false);
    }
    let tiers = mergeable(live);
    if !tiers.is_empty() {
        begin_merge(live, tiers);
    }
    if live.merges.is_empty() {
        return (Claim::Nothing, false);
    }
    live.merges.sort_by_key(|merge| (merge.passages, merge.number));
    for merge in &mut live.merges {
        if merge.begun < merge.steps() {
            let step = merge.begun;
            merge.begun += 1;
            merge.open.push((step, 0));
            return (Claim::Merge(merge.clone(), step), true);
        }
    }
    for merge in &mut live.merges {
        for (step, passed) in &mut merge.open {
            *passed += 1;
            if *passed > PATIENCE {
                *passed = 0;
                let step = *step;
                return (Claim::Merge(merge.clone(), step), true);
            }
        }
    }
    (Claim::Waiting, true)
}

/// What has become of a merge while a step of it was done.
enum Since {
    GoesOn,
    /// It has made a tier.
    Ended,
    /// Nothing of it is needed any more.
    Over,
}

impl Retrieve<'_> {
    pub(super) fn merge_step(
        &self,
        place: &Place,
        dimension: usize,
        merge: &Merge,
        step: u32,
    ) -> Result<(), Error> {
        let mut written = Written::new(self.store);
        let dead = |runs: &[Run]| self.dead(place, runs.iter());
        let context = Context { store: self.store, keys: &place.keys, dimension, merge, dead: &dead };
        let outcome = context.step(merge.stage, step, &mut written)?;
        let since = place.edit(self.store, |live| match &outcome {
            Ok(outcome) => complete(live, merge, step, *outcome),
            Err(_) => (since(live, merge), false),
        });
        match since {
            Ok(Since::GoesOn) if outcome.is_err() => {
                let key = place.keys.plan(merge.number);
                Err(Error::Corrupt { key, reason: "what it is about is missing".to_owned() })
            }
            Ok(Since::GoesOn) => Ok(()),
            Ok(Since::Ended) => {
                let notes = ["plan", "layout", "route", "part", "range"];
                let prefix = place.keys.tier(merge.number).trim_end_matches("head").to_owned();
                written.delete(|key| {
                    key.strip_prefix(&prefix)
                        .is_some_and(|rest| notes.iter().any(|note| rest.starts_with(note)))
                })
            }
            Ok(Since::Over) => written.delete(|_| true),
            Err(error) => {
                if matches!(error, Error::UnknownCollection(_)) {
                    written.delete(|_| true)?;
                }
                Err(error)
            }
        }
    }

    pub(super) fn remove_leftover_step(
        &self,
        place: &Place,
        leftover: &Leftover,
        step: u32,
    ) -> Result<Progress, Error> {
        let last = self.remove_some(place, leftover, step)?;
        place.edit(self.store, |live| {
            let at = live.leftovers.iter().position(|(known, at)| known == leftover && *at == step);
            let Some(at) = at else { return (Progress::Done, false) };
            if last {
                live.leftovers.remove(at);
            } else if let Some((_, next)) = live.leftovers.get_mut(at) {
                *next += 1;
            }
            (Progress::Done, true)
        })
    }
}

fn since(live: &Live, merge: &Merge) -> Since {
    if live.merges.iter().any(|known| known.number == merge.number) {
        Since::GoesOn
    } else if live.tiers.iter().any(|tier| tier.number == merge.number) {
        Since::Ended
    } else {
        Since::Over
    }
}

/// Notes that a step is done, and goes on to the next stage after the last of one.
fn complete(live: &mut Live, merge: &Merge, step: u32, outcome: Outcome) -> (Since, bool) {
    let since = since(live, merge);
    let Some(at) = live.merges.iter().position(|known| known.number == merge.number) else {
        return (since, false);
    };
    let Some(known) = live.merges.get_mut(at).filter(|known| known.stage == merge.stage) else {
        return (since, false);
    };
    let before = known.open.len();
    known.open.retain(|&(open, _)| open != step);
    if known.open.len() == before {
        return (since, false);
    }
    match known.stage {
        Stage::Plan => (known.units, known.ranges) = (outcome.units, outcome.ranges),
        Stage::Invert => known.groups = outcome.groups,
        _ => {}
    }
    while known.open.is_empty() && known.begun >= known.steps() {
        known.begun = 0;
        known.stage = match known.stage {
            Stage::Plan => Stage::Route,
            Stage::Route => Stage::Invert,
            Stage::Invert if known.groups == 0 => Stage::Finish,
            Stage::Invert => Stage::Gather,
            Stage::Gather => Stage::Postings,
            Stage::Postings => Stage::Finish,
            Stage::Finish => {
                let done = live.merges.remove(at);
                live.tiers.retain(|tier| !done.tiers.contains(tier));
                live.tiers.extend(outcome.tier);
                live.leftovers.extend(done.tiers.iter().map(|tier| (Leftover::Tier(tier.number), 0)));
                live.leftovers.push((Leftover::Notes(done), 0));
                return (Since::GoesOn, true);
            }
        };
    }
    (since, true)
}
