//! Two models: how well prompts are ranked by what the strong one gains, on subjects that were not trained on.

use super::baselines;
use super::bootstrap::{Interval, each, intervals};
use crate::data::Set;
use crate::fit::{ANY_SUBJECT, Prompts, Recipe, panel};
use crate::folds::{Fold, folds, held_out};

/// Partitions into folds; what is reported is their mean.
const PARTITIONS: u64 = 3;
const FOLDS: usize = 9;

/// Rows in the order in which they would be sent to the strong model, one order a partition.
type Orders = Vec<Vec<usize>>;

pub(super) fn report(set: &Set, prompts: &Prompts, seed: u64) -> String {
    let rows = set.rows.len();
    let gaps: Vec<f64> = (0..rows)
        .map(|row| f64::from(set.score(row, 1).unwrap_or_default() - set.score(row, 0).unwrap_or_default()))
        .collect();
    let subjects = subjects(set);
    let forest = |fold: &Fold, recipe: Recipe, seed: u64| -> Vec<Vec<f32>> {
        let panel = panel(set, prompts, &fold.train, recipe, seed);
        fold.test.iter().map(|&row| prompts.predict(&panel, row)).collect()
    };
    let features_alone = Recipe { axes: 0, ..ANY_SUBJECT };
    let methods: [(&str, Orders); 4] = [
        ("forest over features and axes", orders(set, seed, |fold, seed| forest(fold, ANY_SUBJECT, seed))),
        ("forest over features alone", orders(set, seed, |fold, seed| forest(fold, features_alone, seed))),
        ("ridge on the embedding", orders(set, seed, |fold, _| baselines::ridge(set, prompts, fold, 3.0))),
        ("40 nearest neighbours", orders(set, seed, |fold, _| baselines::neighbours(set, prompts, fold, 40))),
    ];
    let mut text = format!(
        "## MMLU, Mixtral 8x7B and GPT-4\n{rows} questions of {} subjects, each subject predicted by a model that saw nothing of it ({FOLDS} folds of \
         subjects, mean of {PARTITIONS} partitions). 95% intervals over questions, then over subjects.\n\n\
         | predicted by | APGR | CPT50 | CPT80 | APGR over subjects | APGR without the subjects of the largest and the smallest gap |\n|---|---|---|---|---|---|\n",
        subjects.len()
    );
    let usual: Vec<f64> = usual(&subjects, &gaps);
    for (name, orders) in &methods {
        let measure = |weights: &[f64]| measure(orders, &gaps, weights);
        let questions = intervals(&each(rows), rows, seed, measure);
        let over_subjects = intervals(&subjects, rows, seed, measure);
        let without = intervals(&each(rows), rows, seed, |weights| {
            let weights: Vec<f64> =
                weights.iter().zip(&usual).map(|(weight, usual)| weight * usual).collect();
            measure(&weights)
        });
        let first = |found: &[Interval]| found.first().map(|one| one.text(3)).unwrap_or_default();
        let cells: Vec<String> = questions.iter().map(|cell| cell.text(3)).collect();
        text.push_str(&format!(
            "| {name} | {} | {} | {} |\n",
            cells.join(" | "),
            first(&over_subjects),
            first(&without)
        ));
    }
    text
}

fn subjects(set: &Set) -> Vec<Vec<usize>> {
    let mut groups: std::collections::BTreeMap<&str, Vec<usize>> = std::collections::BTreeMap::new();
    for (at, row) in set.rows.iter().enumerate() {
        groups.entry(&row.group).or_default().push(at);
    }
    groups.into_values().collect()
}

/// 0 for the rows of the two subjects that two models differ most on, either way; 1 for the others.
fn usual(subjects: &[Vec<usize>], gaps: &[f64]) -> Vec<f64> {
    let gap =
        |rows: &&Vec<usize>| rows.iter().filter_map(|&row| gaps.get(row)).sum::<f64>() / rows.len() as f64;
    let ends = [
        subjects.iter().max_by(|a, b| gap(a).total_cmp(&gap(b))),
        subjects.iter().min_by(|a, b| gap(a).total_cmp(&gap(b))),
    ];
    let unusual: Vec<usize> = ends.into_iter().flatten().flatten().copied().collect();
    (0..gaps.len()).map(|row| if unusual.contains(&row) { 0.0 } else { 1.0 }).collect()
}

fn orders(set: &Set, seed: u64, mut learn: impl FnMut(&Fold, u64) -> Vec<Vec<f32>>) -> Orders {
    let order = |partition: u64| {
        let seed = seed + partition;
        let predictions = held_out(set, &folds(set, FOLDS, seed), |fold| learn(fold, seed));
        let gain = |row: &usize| match predictions.get(*row).map(Vec::as_slice) {
            Some([weak, strong]) => strong - weak,
            _ => 0.0,
        };
        let mut rows: Vec<usize> = (0..set.rows.len()).collect();
        rows.sort_by(|a, b| gain(b).total_cmp(&gain(a)));
        rows
    };
    (0..PARTITIONS).map(order).collect()
}

/// APGR, CPT50 and CPT80, as the RouteLLM paper has them: mean share of the gap recovered over all cost levels, and the lowest share of
/// calls to the strong model from which on 50% (80%) of the gap is recovered.
fn measure(orders: &Orders, gaps: &[f64], weights: &[f64]) -> Vec<f64> {
    let weight = |row: usize| weights.get(row).copied().unwrap_or_default();
    let gap = |row: usize| gaps.get(row).copied().unwrap_or_default();
    let calls: f64 = weights.iter().sum();
    let whole: f64 = (0..gaps.len()).map(|row| weight(row) * gap(row)).sum();
    let mut found = vec![0.0; 3];
    for order in orders {
        let (mut sent, mut recovered, mut area) = (0.0, 0.0, 0.0);
        let mut levels = [None, None];
        for &row in order {
            let before = recovered;
            sent += weight(row) / calls;
            recovered += weight(row) * gap(row) / whole;
            area += weight(row) / calls * (before + recovered) / 2.0;
            for (level, share) in levels.iter_mut().zip([0.5, 0.8]) {
                if recovered >= share {
                    level.get_or_insert(sent);
                }
            }
        }
        let values = [area, levels[0].unwrap_or(1.0), levels[1].unwrap_or(1.0)];
        found.iter_mut().zip(values).for_each(|(sum, value)| *sum += value / orders.len() as f64);
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_perfect_order_recovers_all_at_once_and_a_useless_one_half() {
        let gaps = [1.0, 0.0, 0.0, 0.0];
        let found = measure(&vec![vec![0, 1, 2, 3]], &gaps, &[1.0; 4]);
        assert!((found[0] - 0.875).abs() < 1e-12 && found[1] == 0.25, "{found:?}");
        let even = measure(&vec![vec![0, 1, 2, 3]], &[0.5; 4], &[1.0; 4]);
        assert!((even[0] - 0.5).abs() < 1e-12 && even[1] == 0.5, "{even:?}");
    }
}
