//! Nine models: what share of the best single model's cost buys which quality.

use gusset_router::Quality;
use gusset_router::order::{Standing, by_quality};

use super::baselines;
use super::bootstrap::{Interval, each, intervals};
use crate::data::{Set, about};
use crate::fit::{KNOWN_KIND, Prompts, Recipe, panel};
use crate::folds::{Fold, folds, held_out};

/// Partitions into folds; what is reported is their mean.
const PARTITIONS: u64 = 3;
const FOLDS: usize = 5;

/// Shares of the best single model's cost at which quality is read off.
const COSTS: [f64; 5] = [0.2, 0.3, 0.4, 0.7, 1.0];

/// Settings of `quality` that get a row of their own.
const SETTINGS: [f64; 7] = [0.995, 0.99, 0.97, 0.95, 0.9, 0.8, 0.5];

/// The points of a curve, each with the cost and the score of every row.
struct Curve(Vec<Point>);

#[derive(Clone)]
struct Point {
    cost: Vec<f64>,
    score: Vec<f64>,
}

/// The set with prices: billions of parameters, 1 for the best single model's.
struct Bench<'a> {
    set: &'a Set,
    best: usize,
    costs: Vec<f64>,
}

pub(super) fn report(set: &Set, prompts: &Prompts, seed: u64) -> String {
    let bench = Bench::new(set);
    let rows = set.rows.len();
    let name = set.models.get(bench.best).cloned().unwrap_or_default();
    let methods: [(&str, Curve); 5] = [
        (
            "forest over features and axes",
            bench.curve(seed, |fold, seed| forest(set, prompts, fold, KNOWN_KIND, seed)),
        ),
        (
            "forest over features alone",
            bench
                .curve(seed, |fold, seed| forest(set, prompts, fold, Recipe { axes: 0, ..KNOWN_KIND }, seed)),
        ),
        ("40 nearest neighbours", bench.curve(seed, |fold, _| baselines::neighbours(set, prompts, fold, 40))),
        ("ridge on the embedding", bench.curve(seed, |fold, _| baselines::ridge(set, prompts, fold, 0.3))),
        (
            "oracle",
            bench.curve(seed, |fold, _| {
                fold.test.iter().filter_map(|&row| set.rows.get(row)).map(known).collect()
            }),
        ),
    ];
    let mut text = format!(
        "## Nine models\n{rows} questions, each predicted by {FOLDS}-fold cross-validation over questions, mean of {PARTITIONS} partitions. \
         Cost by parameter count, as a share of the best single model's ({name}). 95% intervals over questions, of the difference to \
         that model's quality too.\n\n| predicted by | at 20% | at 30% | at 40% | at 70% | at 100% | cost of the best single's quality |\n\
         |---|---|---|---|---|---|---|\n"
    );
    let single = intervals(&each(rows), rows, seed, |weights| vec![bench.single(weights)]);
    for (name, curve) in &methods {
        let found = intervals(&each(rows), rows, seed, |weights| bench.read(curve, weights));
        let cells: Vec<String> = found.iter().take(COSTS.len() + 1).map(|cell| cell.text(3)).collect();
        text.push_str(&format!("| {name} | {} |\n", cells.join(" | ")));
    }
    text.push_str("\nDifference to the best single model");
    text.push_str(&format!(" (quality {}):\n", single.first().map(|one| one.text(3)).unwrap_or_default()));
    if let Some((_, curve)) = methods.first() {
        let found = intervals(&each(rows), rows, seed, |weights| bench.read(curve, weights));
        for (cost, difference) in COSTS.iter().zip(found.iter().skip(COSTS.len() + 1)) {
            text.push_str(&format!("- at {:.0}% of its cost {}\n", cost * 100.0, difference.text(3)));
        }
        text.push_str("\n| `quality` | cost | quality |\n|---|---|---|\n");
        for (setting, point) in SETTINGS.iter().zip(&curve.0) {
            let found = intervals(&each(rows), rows, seed, |weights| point.means(weights).into());
            let cells: Vec<String> = found.iter().map(|cell: &Interval| cell.text(3)).collect();
            text.push_str(&format!("| {setting} | {} |\n", cells.join(" | ")));
        }
    }
    text
}

fn forest(set: &Set, prompts: &Prompts, fold: &Fold, recipe: Recipe, seed: u64) -> Vec<Vec<f32>> {
    let panel = panel(set, prompts, &fold.train, recipe, seed);
    fold.test.iter().map(|&row| prompts.predict(&panel, row)).collect()
}

fn known(row: &crate::data::Row) -> Vec<f32> {
    row.scores.iter().map(|score| score.unwrap_or_default()).collect()
}

impl<'a> Bench<'a> {
    fn new(set: &'a Set) -> Self {
        let rows: Vec<usize> = (0..set.rows.len()).collect();
        let means = set.means(&rows);
        let best =
            (0..means.len()).max_by(|&a, &b| means.get(a).partial_cmp(&means.get(b)).unwrap_or(a.cmp(&b)));
        let best = best.unwrap_or_default();
        let size = |name: &String| about(name).and_then(|about| about.parameters).unwrap_or(1.0);
        let whole = set.models.get(best).map_or(1.0, size);
        Self { set, best, costs: set.models.iter().map(|name| size(name) / whole).collect() }
    }

    /// What the router's own rule buys at each setting, mean over partitions.
    fn curve(&self, seed: u64, mut learn: impl FnMut(&Fold, u64) -> Vec<Vec<f32>>) -> Curve {
        let rows = self.set.rows.len();
        let losses = (0..=60).map(|step| 0.002 * 500f64.powf(f64::from(step) / 60.0));
        let shares: Vec<f64> =
            SETTINGS.into_iter().chain(losses.map(|loss| 1.0 - loss.min(0.9999))).collect();
        let empty = Point { cost: vec![0.0; rows], score: vec![0.0; rows] };
        let mut points = vec![empty; shares.len()];
        for partition in 0..PARTITIONS {
            let seed = seed + partition;
            let predictions = held_out(self.set, &folds(self.set, FOLDS, seed), |fold| learn(fold, seed));
            for (share, point) in shares.iter().zip(&mut points) {
                for (row, prediction) in predictions.iter().enumerate() {
                    let chosen = self.choose(prediction, *share);
                    if let (Some(cost), Some(score)) = (point.cost.get_mut(row), point.score.get_mut(row)) {
                        *cost += self.costs.get(chosen).copied().unwrap_or_default() / PARTITIONS as f64;
                        *score += self.score(row, chosen) / PARTITIONS as f64;
                    }
                }
            }
        }
        Curve(points)
    }

    fn choose(&self, prediction: &[f32], share: f64) -> usize {
        let standing =
            |(&quality, &cost): (&f32, &f64)| Standing { quality: f64::from(quality), cost: Some(cost) };
        let standings: Vec<Standing> = prediction.iter().zip(&self.costs).map(standing).collect();
        by_quality(&standings, Quality::Share(share)).first().copied().unwrap_or_default()
    }

    fn score(&self, row: usize, model: usize) -> f64 {
        f64::from(self.set.score(row, model).unwrap_or_default())
    }

    fn single(&self, weights: &[f64]) -> f64 {
        let sum: f64 =
            weights.iter().enumerate().map(|(row, weight)| weight * self.score(row, self.best)).sum();
        sum / weights.iter().sum::<f64>()
    }

    /// Quality at each of [`COSTS`]; the cost of the best single model's quality; then the differences to it at each of [`COSTS`].
    fn read(&self, curve: &Curve, weights: &[f64]) -> Vec<f64> {
        let mut points: Vec<[f64; 2]> = curve.0.iter().map(|point| point.means(weights)).collect();
        points.sort_by(|a, b| a[0].total_cmp(&b[0]));
        let single = self.single(weights);
        let qualities: Vec<f64> = COSTS.iter().map(|&cost| at(&points, cost)).collect();
        let need = reaching(&points, single);
        let differences: Vec<f64> = qualities.iter().map(|quality| quality - single).collect();
        qualities.into_iter().chain(std::iter::once(need)).chain(differences).collect()
    }
}

impl Point {
    /// Cost and quality.
    fn means(&self, weights: &[f64]) -> [f64; 2] {
        let total: f64 = weights.iter().sum();
        let mean = |values: &[f64]| {
            values.iter().zip(weights).map(|(value, weight)| value * weight).sum::<f64>() / total
        };
        [mean(&self.cost), mean(&self.score)]
    }
}

/// Quality at a cost: between two points by mixing them, beyond the last that of the last.
fn at(points: &[[f64; 2]], cost: f64) -> f64 {
    let above = points.iter().position(|point| point[0] >= cost);
    match above.map(|above| (above.checked_sub(1).and_then(|below| points.get(below)), points.get(above))) {
        Some((Some([x0, y0]), Some([x1, y1]))) if x1 > x0 => y0 + (y1 - y0) * (cost - x0) / (x1 - x0),
        Some((_, Some([_, quality]))) => *quality,
        _ => points.last().map_or(0.0, |point| point[1]),
    }
}

/// Lowest cost at which a quality is reached, between two points by mixing them; infinite where it is not.
fn reaching(points: &[[f64; 2]], quality: f64) -> f64 {
    let Some(above) = points.iter().position(|point| point[1] >= quality) else { return f64::INFINITY };
    match (above.checked_sub(1).and_then(|below| points.get(below)), points.get(above)) {
        (Some([x0, y0]), Some([x1, y1])) if y1 > y0 => x0 + (x1 - x0) * (quality - y0) / (y1 - y0),
        (_, Some([cost, _])) => *cost,
        _ => f64::INFINITY,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_between_points() {
        let points = [[0.1, 0.5], [0.3, 0.7]];
        assert!((at(&points, 0.2) - 0.6).abs() < 1e-12);
        assert_eq!(at(&points, 0.05), 0.5);
        assert_eq!(at(&points, 0.9), 0.7);
        assert!((reaching(&points, 0.6) - 0.2).abs() < 1e-12);
        assert_eq!(reaching(&points, 0.4), 0.1);
        assert_eq!(reaching(&points, 0.8), f64::INFINITY);
    }
}
