//! Which neighbours are one chunk: the best division there is, by dynamic programming.

use std::ops::Range;

use super::atoms::Atom;
use crate::options::Budget;

/// Divides atoms with their vectors into runs that fit the budget so that the sum over all pairs inside a run, of their cosine less the mean of all pairs, is greatest.
///
/// Of vectors of length 1, the squared length of a sum is their number and twice the cosines of all pairs. So a run's sum grows by one vector
/// for each atom, and the work is the number of atoms times those that fit one chunk.
pub(super) fn runs(atoms: &[(Atom, Vec<f32>)], budget: &Budget) -> Vec<Range<usize>> {
    let mean = mean(atoms);
    let mut best = vec![0.0_f64; atoms.len() + 1];
    let mut from = vec![0; atoms.len() + 1];
    for end in 1..=atoms.len() {
        let mut greatest = f64::NEG_INFINITY;
        let mut sum: Vec<f32> = Vec::new();
        let (mut tokens, mut bytes) = (0, 0);
        for (start, (atom, vector)) in atoms.iter().enumerate().take(end).rev() {
            tokens += atom.piece.tokens;
            bytes += atom.piece.range.len();
            if start + 1 < end && !budget.holds(tokens, bytes) {
                break;
            }
            add(&mut sum, vector);
            let count = (end - start) as f64;
            let inside = square(&sum) - count - mean * count * (count - 1.0);
            let total = inside + best.get(start).copied().unwrap_or_default();
            if total > greatest {
                greatest = total;
                if let (Some(best), Some(from)) = (best.get_mut(end), from.get_mut(end)) {
                    (*best, *from) = (total, start);
                }
            }
            if atom.walled {
                break;
            }
        }
    }
    let mut runs = Vec::new();
    let mut end = atoms.len();
    while end > 0 {
        let start = from.get(end).copied().unwrap_or_default();
        runs.push(start..end);
        end = start;
    }
    runs.reverse();
    runs
}

/// Mean cosine of all pairs.
fn mean(atoms: &[(Atom, Vec<f32>)]) -> f64 {
    let mut sum = Vec::new();
    atoms.iter().for_each(|(_, vector)| add(&mut sum, vector));
    let count = atoms.len() as f64;
    (square(&sum) - count) / (count * (count - 1.0)).max(1.0)
}

fn add(sum: &mut Vec<f32>, vector: &[f32]) {
    if sum.is_empty() {
        sum.extend_from_slice(vector);
    } else {
        sum.iter_mut().zip(vector).for_each(|(sum, value)| *sum += value);
    }
}

fn square(vector: &[f32]) -> f64 {
    f64::from(vector.iter().map(|value| value * value).sum::<f32>())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::divide::Piece;

    fn found(vectors: &[[f32; 2]], walls: &[usize], tokens: u32) -> Vec<Range<usize>> {
        let atom = |at: usize| Atom {
            piece: Piece { range: at * 10..at * 10 + 10, tokens: 10 },
            walled: walls.contains(&at),
        };
        let atoms: Vec<_> = vectors.iter().enumerate().map(|(at, v)| (atom(at), v.to_vec())).collect();
        runs(&atoms, &Budget { tokens, bytes: 1000 })
    }

    const A: [f32; 2] = [1.0, 0.0];
    const B: [f32; 2] = [0.0, 1.0];

    #[test]
    fn a_chunk_ends_where_the_meaning_changes() {
        assert_eq!(found(&[A, A, B, B, B, A], &[], 100), [0..2, 2..5, 5..6]);
    }

    #[test]
    fn the_budget_and_walls_are_kept() {
        assert_eq!(found(&[A, A, A, A, B], &[], 20).iter().map(ExactSizeIterator::len).max(), Some(2));
        assert_eq!(found(&[A, A, A, B], &[1], 100), [0..1, 1..3, 3..4]);
    }

    #[test]
    fn no_division_is_better() {
        // All divisions of seven atoms, by the bits of a number.
        let vectors: Vec<[f32; 2]> =
            (0..7_i16).map(|n| f32::from(n * n % 5)).map(|a| [a.cos(), a.sin()]).collect();
        let dot = |a: &[f32; 2], b: &[f32; 2]| f64::from(a[0] * b[0] + a[1] * b[1]);
        let pairs: Vec<f64> = (0..7)
            .flat_map(|a| (0..a).map(move |b| (a, b)))
            .map(|(a, b)| dot(&vectors[a], &vectors[b]))
            .collect();
        let mean = pairs.iter().sum::<f64>() / pairs.len() as f64;
        let value = |runs: &[Range<usize>]| -> f64 {
            runs.iter()
                .flat_map(|run| run.clone().flat_map(|a| (run.start..a).map(move |b| (a, b))))
                .map(|(a, b)| dot(&vectors[a], &vectors[b]) - mean)
                .sum()
        };
        let best = (0..64_u32)
            .map(|cuts| {
                let mut runs: Vec<_> = std::iter::once(0..7).collect();
                for cut in (1..7).filter(|cut| cuts >> (cut - 1) & 1 == 1) {
                    let last = runs.last_mut().unwrap();
                    let end = std::mem::replace(&mut last.end, cut);
                    runs.push(cut..end);
                }
                value(&runs)
            })
            .fold(f64::NEG_INFINITY, f64::max);
        assert!((value(&found(&vectors, &[], 1000)) - best).abs() < 1e-5);
    }
}
