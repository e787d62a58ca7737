//! 95% intervals by resampling (Efron 1979).

use crate::random::Random;

/// Samples that are drawn.
pub(super) const SAMPLES: usize = 1000;

/// A value with the interval that 95% of the samples' values fall into.
#[derive(Clone, Copy, Debug)]
pub(super) struct Interval {
    pub(super) value: f64,
    pub(super) low: f64,
    pub(super) high: f64,
}

impl Interval {
    /// With so many digits.
    pub(super) fn text(&self, digits: usize) -> String {
        format!("{:.digits$} [{:.digits$}, {:.digits$}]", self.value, self.low, self.high)
    }
}

/// Intervals of what `measure` says of rows, which are drawn with replacement, group by group. `measure` is given how often each row was
/// drawn, and always answers with as many values.
pub(super) fn intervals(
    groups: &[Vec<usize>],
    rows: usize,
    seed: u64,
    measure: impl Fn(&[f64]) -> Vec<f64>,
) -> Vec<Interval> {
    let values = measure(&vec![1.0; rows]);
    let mut random = Random::new(seed);
    let mut samples: Vec<Vec<f64>> = vec![Vec::with_capacity(SAMPLES); values.len()];
    for _ in 0..SAMPLES {
        let mut weights = vec![0.0; rows];
        for _ in 0..groups.len() {
            for &row in groups.get(random.below(groups.len())).into_iter().flatten() {
                if let Some(weight) = weights.get_mut(row) {
                    *weight += 1.0;
                }
            }
        }
        samples.iter_mut().zip(measure(&weights)).for_each(|(samples, value)| samples.push(value));
    }
    let interval = |(value, mut samples): (f64, Vec<f64>)| {
        samples.sort_by(f64::total_cmp);
        let at = |share: f64| samples.get((share * SAMPLES as f64) as usize).copied().unwrap_or(value);
        Interval { value, low: at(0.025), high: at(0.975) }
    };
    values.into_iter().zip(samples).map(interval).collect()
}

/// Every row for itself.
pub(super) fn each(rows: usize) -> Vec<Vec<usize>> {
    (0..rows).map(|row| vec![row]).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_interval_of_a_mean_is_about_two_standard_errors_wide() {
        let rows = 400;
        let mean = |weights: &[f64]| {
            let sum: f64 = weights.iter().enumerate().map(|(at, weight)| weight * (at % 2) as f64).sum();
            vec![sum / weights.iter().sum::<f64>()]
        };
        let found = intervals(&each(rows), rows, 1, mean)[0];
        assert!((found.value - 0.5).abs() < 1e-9);
        // 1.96 · 0.5 / √400
        assert!((found.high - 0.549).abs() < 0.008 && (found.low - 0.451).abs() < 0.008, "{found:?}");
    }
}
