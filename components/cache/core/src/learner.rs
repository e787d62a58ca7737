//! What a route's comparisons teach: how far its truth, and each neighbourhood's, is from the prior, and how much to hold back.
//!
//! Two parts. *Beliefs* are shifts of the prior's log-odds, of the route and of each neighbourhood: normal, updated one comparison at a time (a
//! Laplace step, as in Glicko), and a little less sure with each, so that they follow a truth that drifts. They set each neighbourhood's threshold.
//! The *margin* doesn't trust them: it rises with each wrong hit and falls with each right one in the proportion of the declared share (adaptive
//! conformal inference, Gibbs and Candès 2021), so that in the long run at most half the declared share of what the beliefs would serve is served wrongly,
//! whatever the truth does.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::Semantic;

/// What a route has learned.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Learner {
    /// Would-be hits compared.
    pub(crate) verified: u64,
    pub(crate) wrong: u64,
    /// Other pairs compared.
    pub(crate) compared: u64,
    margin: f64,
    route: Belief,
    neighbourhoods: BTreeMap<u32, Belief>,
}

/// A shift of log-odds, as far as is known.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
struct Belief {
    mean: f64,
    /// Above the spread that a shift has before anything is known: never more than 0.0.
    less_variance: f64,
}

/// Spread of routes about the prior, and of neighbourhoods about their route, before anything is known. Standard deviations of log-odds. A route whose
/// questions are clean may be far from the prior, whose labels were not.
const ROUTE: f64 = 1.5;
const NEIGHBOURHOOD: f64 = 0.7;

/// Variance that each comparison adds, so that about the last thousand count.
const DRIFT: f64 = 1e-4;

/// Loosening counts as far as it is sure: by so many standard deviations less than its mean.
const CAUTION: f64 = 1.0;

/// Log-odds that a wrong hit holds back. A dozen close a route that was open; what the beliefs learn from each of them is felt long before.
/// Chosen on the stream that the prior was fitted to: at 3, chance kept routes shut that allow a tenth.
const STEP: f64 = 0.5;

/// At this margin no hit is served.
pub(crate) const CLOSED: f64 = 6.0;

/// The margin steers for this part of the declared share: the rest is for chance.
const AIM: f64 = 0.5;

/// How two questions stand.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Standing {
    /// That they ask the same, as far as is known.
    pub(crate) probability: f64,
    /// Whether the beliefs would serve the hit.
    pub(crate) believed: bool,
    /// Whether it is to be served: believed, and the margin allows it.
    pub(crate) serves: bool,
}

/// A comparison of a would-be answer with a fresh one.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Comparison {
    /// The prior's log-odds.
    pub(crate) odds: f64,
    pub(crate) neighbourhood: u32,
    pub(crate) standing: Standing,
    pub(crate) same: bool,
}

impl Learner {
    /// Holds the prior's log-odds against a neighbourhood's threshold. `cut` is the prior's for the declared share.
    pub(crate) fn stand(&self, odds: f64, cut: f64, neighbourhood: u32) -> Standing {
        let near = self.neighbourhoods.get(&neighbourhood).copied().unwrap_or_default();
        let shift = self.route.mean + near.mean;
        let spread = (self.route.variance(ROUTE) + near.variance(NEIGHBOURHOOD)).sqrt();
        let sure = if shift > 0.0 { (shift - CAUTION * spread).max(0.0) } else { shift };
        let probability = 1.0 / (1.0 + (-odds - shift).exp());
        let believed = odds + sure >= cut;
        let serves = !self.closed() && odds + sure - self.margin >= cut;
        Standing { probability, believed, serves }
    }

    /// Learns from a comparison. Would-be hits are compared at the share that `policy` says, withheld ones always, so that each of the latter stands for
    /// fewer lookups and moves the margin by less.
    pub(crate) fn learn(&mut self, comparison: &Comparison, policy: &Semantic) {
        let Comparison { odds, neighbourhood, standing, same } = *comparison;
        let near = self.neighbourhoods.entry(neighbourhood).or_default();
        let shifted = odds + self.route.mean + near.mean;
        self.route.learn(ROUTE, shifted, same);
        near.learn(NEIGHBOURHOOD, shifted, same);
        if standing.serves {
            self.verified += 1;
            self.wrong += u64::from(!same);
        } else {
            self.compared += 1;
        }
        let weight = match standing {
            Standing { serves: true, .. } => 1.0,
            Standing { believed: true, .. } => policy.verify_share,
            _ => return,
        };
        let aim = policy.wrong_share * AIM;
        let step = if same { -aim } else { 1.0 - aim };
        self.margin = (self.margin + STEP * weight * step).clamp(0.0, CLOSED + STEP);
    }

    /// Neighbourhoods that something is known of.
    pub(crate) fn neighbourhoods(&self) -> u32 {
        self.neighbourhoods.len() as u32
    }

    /// Whether nothing is served for the time being.
    pub(crate) fn closed(&self) -> bool {
        self.margin >= CLOSED
    }
}

impl Belief {
    fn variance(&self, spread: f64) -> f64 {
        spread * spread + self.less_variance
    }

    fn learn(&mut self, spread: f64, odds: f64, same: bool) {
        let chance = 1.0 / (1.0 + (-odds).exp());
        let before = (self.variance(spread) + DRIFT).min(spread * spread);
        let variance = 1.0 / (1.0 / before + chance * (1.0 - chance));
        self.mean += variance * (f64::from(u8::from(same)) - chance);
        self.less_variance = variance - spread * spread;
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::tests::Dice;

    fn learn(learner: &mut Learner, odds: f64, cut: f64, at: u32, same: bool, wrong_share: f64) {
        let standing = learner.stand(odds, cut, at);
        let policy = Semantic { wrong_share, verify_share: 0.1 };
        learner.learn(&Comparison { odds, neighbourhood: at, standing, same }, &policy);
    }

    #[test]
    fn right_comparisons_open_what_the_prior_keeps_shut_and_wrong_ones_shut_it() {
        let mut learner = Learner::default();
        assert!(!learner.stand(2.0, 4.0, 1).serves);
        for _ in 0..1_000 {
            learn(&mut learner, 2.0, 4.0, 1, true, 0.02);
        }
        assert!(learner.stand(2.0, 4.0, 1).serves);
        let mut wrongs = 0;
        while learner.stand(2.0, 4.0, 1).serves {
            learn(&mut learner, 2.0, 4.0, 1, false, 0.02);
            wrongs += 1;
        }
        assert!((1..=6).contains(&wrongs), "{wrongs}");
        assert!(!learner.closed());
        for _ in 0..12 {
            learn(&mut learner, 99.0, 4.0, 1, false, 0.02);
        }
        assert!(learner.closed() && !learner.stand(99.0, 4.0, 1).serves);
    }

    #[test]
    fn neighbourhoods_have_thresholds_of_their_own() {
        let mut learner = Learner::default();
        for _ in 0..300 {
            learn(&mut learner, 1.0, 3.0, 1, true, 0.05);
            learn(&mut learner, 1.0, 3.0, 2, false, 0.05);
        }
        let chance = |at| learner.stand(1.0, 3.0, at).probability;
        assert!(chance(1) > 0.75 && chance(2) < 0.25, "{} {}", chance(1), chance(2));
    }

    proptest! {
        /// Of whatever sequence of truths, no more than the promise.
        #[test]
        fn wrong_would_be_hits_stay_within_the_margin(
            truths in prop::collection::vec((0.0_f64..8.0, any::<bool>()), 1..600),
            share in 0.01_f64..0.3,
        ) {
            let mut learner = Learner::default();
            let mut believed = 0;
            for (odds, same) in truths {
                believed += u32::from(learner.stand(odds, 1.0, 0).believed);
                learn(&mut learner, odds, 1.0, 0, same, share);
                let most = share * AIM * f64::from(believed) + CLOSED / STEP + 1.0;
                prop_assert!(learner.wrong as f64 <= most);
            }
        }
    }

    /// Served hits of routes whose truth drifts far from the prior and back.
    #[test]
    fn the_declared_share_is_kept_while_the_truth_drifts() {
        for share in [0.01_f64, 0.02, 0.05] {
            let (mut over, mut most) = (0, 0_u32);
            for seed in 0..40 {
                let mut dice = Dice(seed);
                let (mut learner, mut served, mut wrong) = (Learner::default(), 0_u32, 0_u32);
                let cut = ((1.0 - share) / share).ln();
                for n in 0..20_000 {
                    let odds = dice.uniform() * 8.0 - 1.0;
                    let near = (dice.uniform() * 16.0) as u32;
                    let drift = [1.0, -1.5, 0.0, -3.0][(n / 5_000) % 4] + f64::from(near % 4) * 0.4 - 0.6;
                    let same = dice.uniform() < 1.0 / (1.0 + (-odds - drift).exp());
                    if learner.stand(odds, cut, near).serves && dice.uniform() >= 0.1 {
                        served += 1;
                        wrong += u32::from(!same);
                    } else {
                        learn(&mut learner, odds, cut, near, same, share);
                    }
                }
                most = most.max(served);
                over += u32::from(f64::from(wrong) > share * f64::from(served));
            }
            assert!(most > 1_000, "{share}: {most}");
            assert!(over <= 2, "{share}: {over} of 40 routes are above");
        }
    }
}
