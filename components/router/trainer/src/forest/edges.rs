//! Where the bins of an input begin.

/// Most bins of an input. More make no tree better and a predictor bigger.
const BINS: usize = 64;

/// For each input, edges between its distinct values if these are few, else at even shares of the rows.
pub(crate) fn edges(inputs: &[Vec<f32>]) -> Vec<Vec<f32>> {
    let width = inputs.first().map_or(0, Vec::len);
    let column = |at: usize| inputs.iter().filter_map(|row| row.get(at).copied()).collect();
    (0..width).map(|at| of_values(column(at))).collect()
}

fn of_values(mut values: Vec<f32>) -> Vec<f32> {
    values.sort_by(f32::total_cmp);
    let mut distinct = values.clone();
    distinct.dedup();
    let middle = |pair: &[f32]| match pair {
        [low, high] => Some((low + high) / 2.0),
        _ => None,
    };
    if distinct.len() <= BINS {
        return distinct.windows(2).filter_map(middle).collect();
    }
    let mut edges: Vec<f32> =
        (1..BINS).filter_map(|bin| values.get(bin * values.len() / BINS).copied()).collect();
    edges.dedup();
    edges
}
