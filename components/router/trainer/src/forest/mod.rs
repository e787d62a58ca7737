//! Extremely randomised trees (Geurts, Ernst and Wehenkel 2006) for several outputs at once, some of them missing.
//!
//! Each node looks at a random part of the inputs, draws one place to split each of them at, and takes the split that explains most of
//! the variance, summed over outputs. All rows go into every tree: what differs is the drawing.

mod edges;
mod grow;

use gusset_router::predict::Forest;

pub(crate) use grow::Labels;

use crate::random::Random;

/// How a forest is grown.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Shape {
    pub(crate) trees: usize,
    /// Fewest rows of a leaf.
    pub(crate) leaf: usize,
    /// Share of the inputs that a node looks at.
    pub(crate) inputs: f64,
}

/// A forest over rows of inputs, all of one length.
pub(crate) fn grow(inputs: &[Vec<f32>], labels: &Labels, shape: Shape, seed: u64) -> Forest {
    let mut forest = Forest { edges: edges::edges(inputs), trees: Vec::new() };
    let bins: Vec<Vec<u8>> = inputs.iter().map(|row| forest.bins(row)).collect();
    let mut random = Random::new(seed);
    forest.trees = (0..shape.trees).map(|_| grow::tree(&bins, labels, shape, &mut random)).collect();
    forest
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows(count: usize) -> Vec<Vec<f32>> {
        let mut random = Random::new(1);
        (0..count).map(|_| (0..3).map(|_| random.below(1000) as f32).collect()).collect()
    }

    const SHAPE: Shape = Shape { trees: 20, leaf: 5, inputs: 0.7 };

    #[test]
    fn learns_what_depends_on_an_input_and_keeps_to_the_mean_elsewhere() {
        let inputs = rows(600);
        let score = |row: &Vec<f32>| vec![Some(if row[1] < 300.0 { 1.0 } else { 0.0 }), Some(0.5), None];
        let labels = Labels::new(inputs.iter().map(score), &[0.3, 0.5, 0.9]);
        let forest = grow(&inputs, &labels, SHAPE, 7);
        let predict = |second: f32| forest.predict(&[500.0, second, 500.0], 3);
        assert!(predict(100.0)[0] > 0.9 && predict(900.0)[0] < 0.1);
        assert!((predict(100.0)[1] - 0.5).abs() < 0.01);
        assert!((predict(100.0)[2] - 0.9).abs() < 0.01, "without scores, the mean it was given");
    }

    #[test]
    fn the_same_seed_gives_the_same_forest() {
        let inputs = rows(200);
        let labels = Labels::new(inputs.iter().map(|row| vec![Some(row[0] / 1000.0)]), &[0.5]);
        assert_eq!(grow(&inputs, &labels, SHAPE, 7), grow(&inputs, &labels, SHAPE, 7));
        assert_ne!(grow(&inputs, &labels, SHAPE, 7), grow(&inputs, &labels, SHAPE, 8));
    }

    #[test]
    fn the_core_walks_a_tree_as_it_was_grown() {
        let inputs = rows(300);
        let labels = Labels::new(inputs.iter().map(|row| vec![Some(row[2] / 1000.0)]), &[0.5]);
        let edges = edges::edges(&inputs);
        let forest = Forest { edges, trees: Vec::new() };
        let bins: Vec<Vec<u8>> = inputs.iter().map(|row| forest.bins(row)).collect();
        let (tree, leaves) = grow::tree_and_leaves(&bins, &labels, SHAPE, &mut Random::new(3));
        let forest = Forest { trees: vec![tree], ..forest };
        assert!(leaves.len() > 10);
        for leaf in &leaves {
            let sum: f32 = leaf.iter().map(|&row| inputs[row][2] / 1000.0).sum();
            let expected = (sum + grow::SHRINK * 0.5) / (leaf.len() as f32 + grow::SHRINK);
            for &row in leaf {
                let found = forest.predict(&inputs[row], 1)[0];
                assert!((found - expected).abs() <= 0.5 / 255.0 + 1e-6, "{found} {expected}");
            }
        }
        assert_eq!(leaves.iter().map(Vec::len).sum::<usize>(), inputs.len());
        assert!(leaves.iter().all(|leaf| leaf.len() >= SHAPE.leaf));
    }
}
