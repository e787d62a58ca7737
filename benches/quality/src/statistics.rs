//! Means, their intervals, and whether one system is better than another: by bootstrap over queries.

/// Samples of a bootstrap.
const SAMPLES: usize = 10_000;

/// A mean with its 95% interval.
#[derive(Clone, Copy, Debug)]
pub struct Estimate {
    /// The mean.
    pub mean: f64,
    /// 2.5th percentile of resampled means.
    pub low: f64,
    /// 97.5th percentile.
    pub high: f64,
    /// Share of samples whose mean is not above zero.
    pub p: f64,
}

/// Bootstrap of a mean. For the difference of two systems, give the differences query by query.
pub fn bootstrap(values: &[f64]) -> Estimate {
    let count = values.len().max(1);
    let mean = |sum: f64| sum / count as f64;
    let mut random = 0x9e37_79b9_7f4a_7c15_u64;
    let mut means: Vec<f64> = (0..SAMPLES)
        .map(|_| {
            let drawn = (0..values.len()).map(|_| {
                random ^= random << 13;
                random ^= random >> 7;
                random ^= random << 17;
                let at = (u128::from(random) * values.len() as u128) >> 64;
                values.get(at as usize).copied().unwrap_or_default()
            });
            mean(drawn.sum())
        })
        .collect();
    means.sort_by(f64::total_cmp);
    let at = |share: f64| means.get((SAMPLES as f64 * share) as usize).copied().unwrap_or_default();
    Estimate {
        mean: mean(values.iter().sum()),
        low: at(0.025),
        high: at(0.975),
        p: means.iter().filter(|&&mean| mean <= 0.0).count() as f64 / SAMPLES as f64,
    }
}

/// Of how many something held: the share, and the ends of its 95% interval after Wilson, which holds at 0 and 1 too.
#[must_use]
pub fn share(held: usize, of: usize) -> [f64; 3] {
    if of == 0 {
        return [0.0, 0.0, 1.0];
    }
    let (n, z2) = (of as f64, 1.96_f64.powi(2));
    let share = held as f64 / n;
    let middle = share + z2 / (2.0 * n);
    let reach = (z2 * (share * (1.0 - share) / n + z2 / (4.0 * n * n))).sqrt();
    let end = |value: f64| (value / (1.0 + z2 / n)).clamp(0.0, 1.0);
    [share, end(middle - reach), end(middle + reach)]
}

/// nDCG@10 as in BEIR: gain = relevance, discount = log2(rank + 1).
pub fn ndcg<'a>(
    ranked: impl Iterator<Item = &'a str>,
    relevant: &std::collections::HashMap<String, f64>,
) -> f64 {
    let discounted = |gains: &mut dyn Iterator<Item = f64>| {
        gains.take(10).enumerate().map(|(rank, gain)| gain / (rank as f64 + 2.0).log2()).sum::<f64>()
    };
    let mut ideal: Vec<f64> = relevant.values().copied().collect();
    ideal.sort_by(|a, b| b.total_cmp(a));
    let best = discounted(&mut ideal.into_iter());
    let got = discounted(&mut ranked.map(|id| relevant.get(id).copied().unwrap_or(0.0)));
    if best > 0.0 { got / best } else { 0.0 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_interval_holds_its_mean_and_shrinks_with_the_number() {
        let few: Vec<f64> = (0..20).map(|n| f64::from(n % 2)).collect();
        let many: Vec<f64> = (0..2000).map(|n| f64::from(n % 2)).collect();
        let (few, many) = (bootstrap(&few), bootstrap(&many));
        assert!(few.low < 0.5 && 0.5 < few.high && many.high - many.low < few.high - few.low);
        assert_eq!(many.p, 0.0);
        assert!(bootstrap(&[-1.0, -1.0]).p > 0.99);
    }

    #[test]
    fn a_share_has_an_interval_at_its_ends_too() {
        let [all, low, high] = share(50, 50);
        assert!(all == 1.0 && high == 1.0 && (0.92..0.94).contains(&low), "{low}");
        let [half, low, high] = share(50, 100);
        assert!(half == 0.5 && (low - 0.404).abs() < 0.001 && (high - 0.596).abs() < 0.001);
        assert_eq!(share(0, 0), [0.0, 0.0, 1.0]);
    }

    #[test]
    fn ndcg_is_one_for_the_ideal_order_only() {
        let relevant = [("a".to_owned(), 2.0), ("b".to_owned(), 1.0)].into();
        assert_eq!(ndcg(["a", "b", "c"].into_iter(), &relevant), 1.0);
        assert!(ndcg(["b", "a"].into_iter(), &relevant) < 1.0);
        assert_eq!(ndcg(["c"].into_iter(), &relevant), 0.0);
    }
}
