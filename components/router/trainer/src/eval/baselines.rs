//! Plain ways of predicting, to be better than.

use crate::data::Set;
use crate::fit::Prompts;
use crate::folds::Fold;

/// Mean scores of the nearest prompts by cosine; every prompt has all scores.
pub(super) fn neighbours(set: &Set, prompts: &Prompts, fold: &Fold, count: usize) -> Vec<Vec<f32>> {
    let near = |row: &usize| {
        let of = prompts.vectors.get(*row).map(Vec::as_slice).unwrap_or_default();
        let mut cosines: Vec<(f32, usize)> =
            fold.train.iter().filter_map(|&at| Some((dot(prompts.vectors.get(at)?, of), at))).collect();
        let count = count.min(cosines.len());
        if count < cosines.len() {
            cosines.select_nth_unstable_by(count, |a, b| b.0.total_cmp(&a.0));
        }
        let nearest: Vec<usize> = cosines.iter().take(count).map(|(_, at)| *at).collect();
        set.means(&nearest)
    };
    fold.test.iter().map(near).collect()
}

/// Ridge regression of the scores on the embedding, and a constant.
pub(super) fn ridge(set: &Set, prompts: &Prompts, fold: &Fold, penalty: f64) -> Vec<Vec<f32>> {
    let width = prompts.vectors.first().map_or(0, Vec::len) + 1;
    let outputs = set.models.len();
    let input = |row: usize| -> Vec<f64> {
        let vector = prompts.vectors.get(row).map(Vec::as_slice).unwrap_or_default();
        vector.iter().map(|&value| f64::from(value)).chain(std::iter::once(1.0)).collect()
    };
    // The normal equations, the right-hand sides behind the matrix.
    let mut system = vec![vec![0.0; width + outputs]; width];
    for &row in &fold.train {
        let values = input(row);
        let scores = (0..outputs).map(|model| f64::from(set.score(row, model).unwrap_or_default()));
        let whole: Vec<f64> = values.iter().copied().chain(scores).collect();
        for (equation, value) in system.iter_mut().zip(&values) {
            equation.iter_mut().zip(&whole).for_each(|(sum, other)| *sum += value * other);
        }
    }
    for (at, equation) in system.iter_mut().enumerate() {
        if let Some(diagonal) = equation.get_mut(at) {
            *diagonal += penalty;
        }
    }
    let weights = solve(system, width);
    let predict = |row: &usize| {
        let values = input(*row);
        let of = |output: usize| {
            let column = weights.iter().filter_map(|row| row.get(output));
            values.iter().zip(column).map(|(value, weight)| value * weight).sum::<f64>() as f32
        };
        (0..outputs).map(of).collect()
    };
    fold.test.iter().map(predict).collect()
}

/// Gauss and Jordan, for a symmetric positive matrix: no pivoting is needed. Answers with one row an unknown.
fn solve(mut system: Vec<Vec<f64>>, width: usize) -> Vec<Vec<f64>> {
    for at in 0..width {
        let Some(mut pivot) = system.get_mut(at).map(std::mem::take) else { break };
        let scale = pivot.get(at).copied().unwrap_or(1.0);
        pivot.iter_mut().skip(at).for_each(|value| *value /= scale);
        for equation in system.iter_mut().filter(|equation| !equation.is_empty()) {
            let factor = equation.get(at).copied().unwrap_or_default();
            equation.iter_mut().zip(&pivot).skip(at).for_each(|(value, pivot)| *value -= factor * pivot);
        }
        if let Some(place) = system.get_mut(at) {
            *place = pivot;
        }
    }
    system.into_iter().map(|equation| equation.get(width..).unwrap_or_default().to_vec()).collect()
}

fn dot(a: &[f32], b: &[f32]) -> f32 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn solves_what_was_multiplied() {
        let system = vec![vec![4.0, 1.0, 6.0], vec![1.0, 3.0, 7.0]];
        let found = solve(system, 2);
        assert!((found[0][0] - 1.0).abs() < 1e-12 && (found[1][0] - 2.0).abs() < 1e-12, "{found:?}");
    }
}
