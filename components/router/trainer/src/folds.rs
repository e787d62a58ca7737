//! Parts of a set that take turns in being held out, each group as a whole.

use std::collections::BTreeMap;

use crate::data::Set;
use crate::random::Random;

/// For each fold, the rows to train on and those to predict.
pub(crate) struct Fold {
    pub(crate) train: Vec<usize>,
    pub(crate) test: Vec<usize>,
}

/// `count` folds whose groups are drawn by the seed.
pub(crate) fn folds(set: &Set, count: usize, seed: u64) -> Vec<Fold> {
    let mut groups: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
    for (at, row) in set.rows.iter().enumerate() {
        groups.entry(&row.group).or_default().push(at);
    }
    let mut groups: Vec<Vec<usize>> = groups.into_values().collect();
    Random::new(seed).shuffle(&mut groups);
    let fold = |fold: usize| {
        let (mut train, mut test) = (Vec::new(), Vec::new());
        for (at, rows) in groups.iter().enumerate() {
            if at % count == fold { test.extend(rows) } else { train.extend(rows) }
        }
        train.sort_unstable();
        test.sort_unstable();
        Fold { train, test }
    };
    (0..count).map(fold).collect()
}

/// Predictions of every row, each by a model that saw nothing of its group. `learn` is given a fold and answers for its test rows.
pub(crate) fn held_out(
    set: &Set,
    folds: &[Fold],
    mut learn: impl FnMut(&Fold) -> Vec<Vec<f32>>,
) -> Vec<Vec<f32>> {
    let mut predictions = vec![Vec::new(); set.rows.len()];
    for fold in folds {
        for (&row, prediction) in fold.test.iter().zip(learn(fold)) {
            if let Some(place) = predictions.get_mut(row) {
                *place = prediction;
            }
        }
    }
    predictions
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::Row;

    #[test]
    fn groups_stay_together_and_every_row_is_held_out_once() {
        let row = |at: usize| Row { group: (at % 10).to_string(), ..Row::default() };
        let set = Set { rows: (0..95).map(row).collect(), ..Set::default() };
        let folds = folds(&set, 3, 1);
        let mut seen: Vec<usize> = folds.iter().flat_map(|fold| fold.test.clone()).collect();
        seen.sort_unstable();
        assert_eq!(seen, (0..95).collect::<Vec<_>>());
        for fold in &folds {
            assert_eq!(fold.train.len() + fold.test.len(), 95);
            assert!(fold.test.iter().all(|test| fold.train.iter().all(|train| train % 10 != test % 10)));
        }
        let predictions =
            held_out(&set, &folds, |fold| fold.test.iter().map(|&row| vec![row as f32]).collect());
        assert!(predictions.iter().enumerate().all(|(at, prediction)| prediction == &[at as f32]));
    }
}
