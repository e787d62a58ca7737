//! Confidence intervals of shares.

/// Clopper and Pearson's interval (Biometrika 1934) at 95%: both ends of what `hits` of `all` may be.
pub(crate) fn clopper_pearson(hits: usize, all: usize) -> (f64, f64) {
    (1.0 - upper(all - hits, all, 0.025), upper(hits, all, 0.025))
}

/// The share at which `hits` of `all` or fewer have the probability `delta`.
pub(crate) fn upper(hits: usize, all: usize, delta: f64) -> f64 {
    if hits >= all {
        return 1.0;
    }
    let (mut below, mut above) = (hits as f64 / all as f64, 1.0);
    for _ in 0..40 {
        let middle = f64::midpoint(below, above);
        if at_most(hits, all, middle) > delta { below = middle } else { above = middle }
    }
    above
}

/// Probability of `hits` or fewer successes among `all`.
fn at_most(hits: usize, all: usize, share: f64) -> f64 {
    let mut log = all as f64 * (1.0 - share).ln();
    let mut total = log.exp();
    for k in 1..=hits {
        log += ((all - k + 1) as f64 / k as f64).ln() + share.ln() - (1.0 - share).ln();
        total += log.exp();
    }
    total
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn textbook_values() {
        let near = |a: f64, b: f64| assert!((a - b).abs() < 5e-4, "{a} {b}");
        near(clopper_pearson(0, 100).1, 0.0362);
        near(clopper_pearson(10, 100).0, 0.0490);
        near(clopper_pearson(10, 100).1, 0.1762);
        near(upper(0, 299, 0.05), 0.01);
    }
}
