//! Logistic regression by Newton's method, with a ridge on standardised features.

use gusset_cache::FEATURES;

pub(crate) type Row = [f64; FEATURES];

/// Strength of the ridge.
const RIDGE: f64 = 4.0;

/// Newton's method doubles its digits with every step; from zero it is done well before this.
const STEPS: usize = 25;

/// Weights of raw features; the first feature is the constant.
pub(crate) fn fit(rows: &[(Row, bool)]) -> Row {
    let count = rows.len().max(1) as f64;
    let (mut mean, mut scale) = ([0.0; FEATURES], [1.0; FEATURES]);
    for at in 1..FEATURES {
        let values = || rows.iter().filter_map(|(row, _)| row.get(at));
        let average = values().sum::<f64>() / count;
        let variance = values().map(|value| (value - average).powi(2)).sum::<f64>() / count;
        set(&mut mean, at, average);
        set(&mut scale, at, variance.sqrt().max(1e-6));
    }
    let standard: Vec<(Row, bool)> = rows
        .iter()
        .map(|(row, same)| {
            let mut row = *row;
            for ((value, mean), scale) in row.iter_mut().zip(mean).zip(scale) {
                *value = (*value - mean) / scale;
            }
            (row, *same)
        })
        .collect();
    let mut weights = [0.0; FEATURES];
    for _ in 0..STEPS {
        step(&standard, &mut weights);
    }
    let mut constant = weights.first().copied().unwrap_or_default();
    for ((weight, mean), scale) in weights.iter_mut().zip(mean).zip(scale).skip(1) {
        *weight /= scale;
        constant -= *weight * mean;
    }
    set(&mut weights, 0, constant);
    weights
}

/// Log-odds of a row.
pub(crate) fn odds(row: &Row, weights: &Row) -> f64 {
    row.iter().zip(weights).map(|(value, weight)| value * weight).sum()
}

fn step(rows: &[(Row, bool)], weights: &mut Row) {
    // The system to solve, with its right side as the last column.
    let mut system = [[0.0; FEATURES + 1]; FEATURES];
    for (row, same) in rows {
        let chance = 1.0 / (1.0 + (-odds(row, weights)).exp());
        let curvature = chance * (1.0 - chance);
        for (line, &a) in system.iter_mut().zip(row) {
            for (cell, &b) in line.iter_mut().zip(row) {
                *cell += curvature * a * b;
            }
            if let Some(last) = line.last_mut() {
                *last += a * (f64::from(u8::from(*same)) - chance);
            }
        }
    }
    for (at, (line, weight)) in system.iter_mut().zip(weights.iter()).enumerate() {
        let ridge = if at == 0 { 1e-9 } else { RIDGE };
        if let Some(cell) = line.get_mut(at) {
            *cell += ridge;
        }
        if let (Some(last), true) = (line.last_mut(), at > 0) {
            *last -= ridge * weight;
        }
    }
    for (weight, change) in weights.iter_mut().zip(solve(system)) {
        *weight += change;
    }
}

/// Gauss and Jordan's elimination. The system is positive definite, so that no pivot is zero.
#[expect(clippy::indexing_slicing, reason = "all indices are below FEATURES")]
fn solve(mut system: [[f64; FEATURES + 1]; FEATURES]) -> Row {
    for at in 0..FEATURES {
        let pivot = system[at][at];
        system[at].iter_mut().for_each(|cell| *cell /= pivot);
        let line = system[at];
        for (other, cells) in system.iter_mut().enumerate() {
            let factor = cells[at];
            if other != at {
                cells.iter_mut().zip(line).for_each(|(cell, value)| *cell -= factor * value);
            }
        }
    }
    system.map(|line| line[FEATURES])
}

fn set(row: &mut Row, at: usize, value: f64) {
    if let Some(cell) = row.get_mut(at) {
        *cell = value;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_finds_the_weights_that_made_the_data() {
        let mut state = 1_u64;
        let mut uniform = || {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (state >> 11) as f64 / (1_u64 << 53) as f64
        };
        let rows: Vec<(Row, bool)> = (0..20_000)
            .map(|_| {
                let mut row = [0.0; FEATURES];
                row[0] = 1.0;
                row[1] = uniform() * 4.0;
                row[2] = uniform();
                (row, uniform() < 1.0 / (1.0 + (1.0 - 2.0 * row[1] + row[2]).exp()))
            })
            .collect();
        let weights = fit(&rows);
        for (found, made) in weights.iter().zip([-1.0, 2.0, -1.0]) {
            assert!((found - made).abs() < 0.15, "{weights:?}");
        }
    }
}
