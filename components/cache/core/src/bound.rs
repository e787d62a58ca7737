//! An upper bound on a share of wrong hits that holds at whatever moment it is looked at, also while the truth drifts.
//!
//! For a hit that is wrong with probability p given all that came before, x = 1 if it is, and a fixed 0 < c ≤ 1, the factor (1 − c)^x ÷ (1 − c p) has
//! expectation 1. Products of such factors are martingales, and so is their mean over several c. By Ville's inequality it ever exceeds 1/δ with
//! probability δ at most. As ln(1 − c p) is concave in p, replacing each p by their mean makes the product smaller: the mean p for which
//! it would have to exceed 1/δ is therefore above the true mean with probability 1 − δ, at all times at once. (A betting confidence sequence;
//! Waudby-Smith and Ramdas 2023, Howard et al. 2021.)

/// With what confidence the bound holds.
pub const CONFIDENCE: f64 = 0.95;

/// Bets, from "none is ever wrong" to "about half are". Each of them is best at some share.
const BETS: [f64; 9] = [1.0, 0.9, 0.75, 0.6, 0.45, 0.3, 0.2, 0.1, 0.05];

/// The mean chance to be wrong of `verified` hits, of which `wrong` were, is below this with [`CONFIDENCE`]. 1.0 for none.
#[must_use]
pub fn upper(verified: u64, wrong: u64) -> f64 {
    if verified == 0 {
        return 1.0;
    }
    let (n, k) = (verified as f64, wrong.min(verified) as f64);
    let exceeds = |share: f64| {
        let logs = BETS.map(|c| {
            // (1 − 1)^0 is 1: a bet on "none is wrong" lives until the first that is.
            let lost = if k == 0.0 { 0.0 } else { k * (1.0 - c).ln() };
            lost - n * (1.0 - c * share).ln()
        });
        let largest = logs.into_iter().fold(f64::MIN, f64::max);
        let mean = logs.iter().map(|log| (log - largest).exp()).sum::<f64>() / BETS.len() as f64;
        largest + mean.ln() >= -(1.0 - CONFIDENCE).ln()
    };
    let (mut below, mut above) = (k / n, 1.0);
    // Forty halvings leave less than 1e-12.
    for _ in 0..40 {
        let middle = f64::midpoint(below, above);
        if exceeds(middle) { above = middle } else { below = middle }
    }
    above
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tests::Dice;

    #[test]
    fn evidence_tightens_it_and_wrong_hits_loosen_it() {
        assert_eq!(upper(0, 0), 1.0);
        assert!(upper(1, 1) == 1.0 && upper(10, 0) < 0.45);
        assert!(upper(600, 0) < 0.01);
        assert!((0.05..0.065).contains(&upper(10_000, 500)));
        assert!(upper(100, 1) > upper(100, 0));
    }

    #[test]
    fn it_is_rarely_below_the_mean_however_the_truth_drifts() {
        let mut failures = 0;
        for seed in 0..400 {
            let mut dice = Dice(seed);
            let (mut wrong, mut chances) = (0, 0.0);
            let mut failed = false;
            for n in 1..=1_000_u64 {
                let chance = if (n / 100) % 2 == 0 { 0.01 } else { 0.08 };
                chances += chance;
                wrong += u64::from(dice.uniform() < chance);
                failed |= upper(n, wrong) < chances / n as f64;
            }
            failures += u32::from(failed);
        }
        // One in twenty is promised.
        assert!(failures <= 20, "{failures} of 400");
    }
}
