//! Who comes first among those that are allowed.

use std::cmp::Ordering;

use crate::quality::Quality;

/// A candidate as far as its order depends on it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Standing {
    /// Predicted; 0 to 1.
    pub quality: f64,
    /// `None`: unknown, which comes after any known cost.
    pub cost: Option<f64>,
}

/// Positions by quality against price. Ties keep their order.
///
/// For a share x, by quality − (1 − x) · cost ÷ the best one's cost: of two models, the dearer must be better by as much of 1 − x as it is
/// dearer. So what comes first loses at most 1 − x, and only where it saves in proportion, which at equal average cost keeps more
/// quality than the cheapest of those within 1 − x does. A cost that is unknown counts as the best one's; where that is unknown, the
/// highest that is known takes its place.
#[must_use]
pub fn by_quality(standings: &[Standing], quality: Quality) -> Vec<usize> {
    let mut order: Vec<(usize, Standing)> = standings.iter().copied().enumerate().collect();
    let dearer = |a: &Standing, b: &Standing| match (a.cost, b.cost) {
        (Some(a), Some(b)) => a.total_cmp(&b),
        (Some(_), None) => Ordering::Less,
        (None, Some(_)) => Ordering::Greater,
        (None, None) => Ordering::Equal,
    };
    let worse = |a: &Standing, b: &Standing| b.quality.total_cmp(&a.quality);
    match quality {
        Quality::Best => order.sort_by(|(_, a), (_, b)| worse(a, b).then(dearer(a, b))),
        Quality::Cheapest => order.sort_by(|(_, a), (_, b)| dearer(a, b).then(worse(a, b))),
        Quality::Share(share) => {
            let whole = reference(standings);
            let value = |one: &Standing| one.quality - (1.0 - share) * ratio(one.cost, whole);
            order.sort_by(|(_, a), (_, b)| value(b).total_cmp(&value(a)).then(dearer(a, b)));
        }
    }
    order.into_iter().map(|(at, _)| at).collect()
}

/// What the best one costs; of equally good ones, the cheapest.
fn reference(standings: &[Standing]) -> Option<f64> {
    let best = standings.iter().max_by(|a, b| {
        let cheaper = b.cost.unwrap_or(f64::INFINITY).total_cmp(&a.cost.unwrap_or(f64::INFINITY));
        a.quality.total_cmp(&b.quality).then(cheaper)
    })?;
    best.cost.or_else(|| standings.iter().filter_map(|one| one.cost).reduce(f64::max))
}

fn ratio(cost: Option<f64>, whole: Option<f64>) -> f64 {
    match (cost, whole) {
        (Some(cost), Some(whole)) if whole > 0.0 => cost / whole,
        // The best one is free: what isn't can't be better value.
        (Some(cost), Some(_)) if cost <= 0.0 => 0.0,
        _ => 1.0,
    }
}

/// Positions drawn one after the other by weight, without replacement; those of weight 0 last, in their order.
///
/// One draw serves for all of them: within the interval of the one that it hit, it is again evenly distributed.
pub(crate) fn by_weight(weights: &[f64], draw: f64) -> Vec<usize> {
    let mut left: Vec<usize> = (0..weights.len()).collect();
    let mut order = Vec::with_capacity(weights.len());
    let mut draw = draw;
    let weight = |at: usize| weights.get(at).copied().unwrap_or_default();
    loop {
        let total: f64 = left.iter().map(|&at| weight(at)).sum();
        if total <= 0.0 {
            order.append(&mut left);
            return order;
        }
        let mut below = 0.0;
        let mut hit = None;
        for (position, &at) in left.iter().enumerate() {
            let share = weight(at) / total;
            if share > 0.0 {
                hit = Some((position, below, share));
                if draw < below + share {
                    break;
                }
            }
            below += share;
        }
        let Some((position, below, share)) = hit else {
            order.append(&mut left);
            return order;
        };
        draw = ((draw - below) / share).clamp(0.0, 1.0 - f64::EPSILON);
        order.push(left.remove(position));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn standing(quality: f64, cost: Option<f64>) -> Standing {
        Standing { quality, cost }
    }

    #[test]
    fn a_share_pays_for_quality_in_proportion() {
        let three = [standing(0.5, Some(1.0)), standing(0.75, Some(5.0)), standing(0.8, Some(10.0))];
        let order = |share| by_quality(&three, Quality::Share(share));
        assert_eq!(order(1.0), [2, 1, 0]);
        assert_eq!(order(0.88), [1, 2, 0]);
        assert_eq!(order(0.3), [0, 1, 2]);
    }

    #[test]
    fn an_unknown_cost_counts_as_the_best_ones() {
        let order = |standings: &[Standing]| by_quality(standings, Quality::Share(0.8));
        assert_eq!(
            order(&[standing(0.7, None), standing(0.65, Some(1.0)), standing(0.75, Some(10.0))]),
            [1, 2, 0]
        );
        assert_eq!(order(&[standing(0.7, Some(1.0)), standing(0.75, None)]), [1, 0]);
        assert_eq!(order(&[standing(0.7, None), standing(0.75, None)]), [1, 0]);
    }

    #[test]
    fn free_models_lose_only_to_better_ones() {
        let two = [standing(0.7, Some(0.0)), standing(0.75, Some(1.0))];
        assert_eq!(by_quality(&two, Quality::Share(0.9)), [0, 1]);
        assert_eq!(by_quality(&two, Quality::Share(0.99)), [1, 0]);
        let free_is_best = [standing(0.7, Some(1.0)), standing(0.75, Some(0.0))];
        assert_eq!(by_quality(&free_is_best, Quality::Share(0.5)), [1, 0]);
    }

    #[test]
    fn unknown_costs_are_the_dearest_and_ties_keep_their_order() {
        let three = [standing(0.5, None), standing(0.5, Some(1.0)), standing(0.5, Some(1.0))];
        assert_eq!(by_quality(&three, Quality::Cheapest), [1, 2, 0]);
        assert_eq!(by_quality(&three, Quality::Best), [1, 2, 0]);
    }

    #[test]
    fn every_weight_is_drawn_once() {
        assert_eq!(by_weight(&[1.0, 0.0, 2.0], 0.99), [2, 0, 1]);
        assert_eq!(by_weight(&[1.0, 0.0, 2.0], 0.0), [0, 2, 1]);
        assert_eq!(by_weight(&[0.0, 0.0], 0.5), [0, 1]);
        assert_eq!(by_weight(&[], 0.5), [0_usize; 0]);
    }
}
