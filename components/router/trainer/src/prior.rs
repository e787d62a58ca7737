//! What is taken of models that no panel knows: the line from size to quality, and how far a stranger follows the known.

use gusset_router::predict::{Panel, PriorFit, logit};

use crate::data::{Set, about};
use crate::fit::{Prompts, Recipe, panel};
use crate::folds::{folds, held_out};

/// Steps of [`PriorFit::follow`] that are tried.
const STEPS: usize = 20;

/// From the set whose models' sizes are known.
pub(crate) fn fit(set: &Set, prompts: &Prompts, recipe: Recipe, seed: u64) -> PriorFit {
    let rows: Vec<usize> = (0..set.rows.len()).collect();
    let means = set.means(&rows);
    let points: Vec<(f32, f32)> = points(set, &means).into_iter().flatten().collect();
    let (intercept, slope) = line(&points);
    let predictions = held_out(set, &folds(set, 5, seed), |fold| {
        let panel = panel(set, prompts, &fold.train, recipe, seed);
        fold.test.iter().map(|&row| prompts.predict(&panel, row)).collect()
    });
    let loss = |step: &usize| loss_of(set, &predictions, &means, *step as f32 / STEPS as f32);
    let step = (0..=STEPS).min_by(|a, b| loss(a).total_cmp(&loss(b))).unwrap_or_default();
    PriorFit { intercept, slope, follow: step as f32 / STEPS as f32 }
}

/// Puts the levels of a panel where they would be on the first panel's prompts: by the mean difference between what its models of known
/// size reach and what the line says of them.
pub(crate) fn align(panel: &mut Panel, fit: &PriorFit) {
    let offsets: Vec<f32> = panel
        .models
        .iter()
        .filter_map(|learned| {
            let parameters = about(learned.names.first()?)?.parameters?;
            Some(fit.intercept + fit.slope * parameters.ln() as f32 - logit(learned.mean))
        })
        .collect();
    if offsets.is_empty() {
        return;
    }
    let offset = offsets.iter().sum::<f32>() / offsets.len() as f32;
    panel.models.iter_mut().for_each(|learned| learned.level = logit(learned.mean) + offset);
}

/// Quality of a model by its size, the line drawn through the others.
pub(crate) fn by_size_without(set: &Set, means: &[f32], model: usize) -> Option<f32> {
    let mut points = points(set, means);
    let (size, _) = points.get_mut(model)?.take()?;
    let (intercept, slope) = line(&points.into_iter().flatten().collect::<Vec<_>>());
    Some(1.0 / (1.0 + (-intercept - slope * size).exp()))
}

/// Logarithm of the size and log odds of the mean, where the size is known.
fn points(set: &Set, means: &[f32]) -> Vec<Option<(f32, f32)>> {
    let point = |(name, &mean): (&String, &f32)| Some((about(name)?.parameters?.ln() as f32, logit(mean)));
    set.models.iter().zip(means).map(point).collect()
}

/// Intercept and slope by Theil and Sen: the median of the slopes between two points. A model made for one kind of task does badly on the
/// others whatever its size, and should not bend the line.
fn line(points: &[(f32, f32)]) -> (f32, f32) {
    let slopes = points.iter().enumerate().flat_map(|(at, (x0, y0))| {
        let apart = points.iter().skip(at + 1).filter(move |(x1, _)| (x1 - x0).abs() > 1e-6);
        apart.map(move |(x1, y1)| (y1 - y0) / (x1 - x0))
    });
    let slope = median(slopes.collect());
    (median(points.iter().map(|(x, y)| y - slope * x).collect()), slope)
}

/// 0 of none.
fn median(mut values: Vec<f32>) -> f32 {
    values.sort_by(f32::total_cmp);
    let half = values.len() / 2;
    match (values.get(half), half.checked_sub(1).and_then(|below| values.get(below))) {
        (Some(above), Some(below)) if values.len().is_multiple_of(2) => (above + below) / 2.0,
        (Some(middle), _) => *middle,
        _ => 0.0,
    }
}

/// Mean log loss where each model in turn is a stranger of known mean, predicted from the others' deviations.
pub(crate) fn loss_of(set: &Set, predictions: &[Vec<f32>], means: &[f32], follow: f32) -> f64 {
    let (mut sum, mut count) = (0.0, 0.0);
    for (row, prediction) in predictions.iter().enumerate() {
        let deviations: Vec<f32> =
            prediction.iter().zip(means).map(|(&p, &mean)| logit(p) - logit(mean)).collect();
        let all: f32 = deviations.iter().sum();
        for (model, (own, &mean)) in deviations.iter().zip(means).enumerate() {
            let Some(score) = set.score(row, model) else { continue };
            let others = (all - own) / (deviations.len() as f32 - 1.0).max(1.0);
            let odds = f64::from(logit(mean) + follow * others);
            // The negative logarithm of the probability of the score, by the log odds.
            sum += odds.max(0.0) + (-odds.abs()).exp().ln_1p() - f64::from(score) * odds;
            count += 1.0;
        }
    }
    sum / f64::max(count, 1.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_line_goes_through_its_points() {
        let (intercept, slope) = line(&[(0.0, 1.0), (1.0, 3.0), (2.0, 5.0)]);
        assert!((intercept - 1.0).abs() < 1e-6 && (slope - 2.0).abs() < 1e-6);
        assert_eq!(line(&[(1.0, 3.0)]), (3.0, 0.0));
        let (intercept, slope) =
            line(&[(0.0, 1.0), (1.0, 3.0), (2.0, 5.0), (3.0, 7.0), (4.0, 9.0), (2.0, -90.0)]);
        assert!((intercept - 1.0).abs() < 1e-6 && (slope - 2.0).abs() < 1e-6, "one that fell out: {slope}");
    }
}
