//! Trees over binned inputs: what each prompt's leaf says, averaged.

use super::format::{Forest, LEAF, Panel, Projection, Tree};
use crate::features::COUNT;

impl Projection {
    /// How many axes there are.
    #[must_use]
    pub fn count(&self) -> usize {
        self.axes.len() / self.mean.len().max(1)
    }

    /// Position on each axis. Without an embedding, that of the mean.
    #[must_use]
    pub fn apply(&self, embedding: Option<&[f32]>) -> Vec<f32> {
        let Some(embedding) = embedding else { return vec![0.0; self.count()] };
        let centred: Vec<f32> = embedding.iter().zip(&self.mean).map(|(value, mean)| value - mean).collect();
        let axes = self.axes.chunks_exact(self.mean.len().max(1));
        axes.map(|axis| axis.iter().zip(&centred).map(|(weight, value)| weight * value).sum()).collect()
    }
}

impl Panel {
    /// A probability a model. `embedding` may be `None` where it could not be had.
    #[must_use]
    pub fn predict(&self, embedding: Option<&[f32]>, features: &[f32; COUNT]) -> Vec<f32> {
        let mut inputs = features.to_vec();
        inputs.extend(self.projection.apply(embedding));
        self.forest.predict(&inputs, self.models.len())
    }
}

impl Forest {
    /// The bin of each input.
    #[must_use]
    pub fn bins(&self, inputs: &[f32]) -> Vec<u8> {
        // Fewer than 255 edges, by `check`.
        let bin = |(value, edges): (&f32, &Vec<f32>)| edges.partition_point(|edge| edge <= value) as u8;
        inputs.iter().zip(&self.edges).map(bin).collect()
    }

    /// A probability an output.
    #[must_use]
    pub fn predict(&self, inputs: &[f32], outputs: usize) -> Vec<f32> {
        let bins = self.bins(inputs);
        let mut sums = vec![0u32; outputs];
        for tree in &self.trees {
            for (sum, value) in sums.iter_mut().zip(tree.leaf(&bins, outputs)) {
                *sum += u32::from(*value);
            }
        }
        let scale = 1.0 / (255 * self.trees.len().max(1)) as f32;
        sums.into_iter().map(|sum| sum as f32 * scale).collect()
    }
}

impl Tree {
    /// What the leaf says that these bins lead to: one an output, times 255.
    fn leaf(&self, bins: &[u8], outputs: usize) -> &[u8] {
        let mut at = 0;
        loop {
            let node = (self.feature.get(at), self.bin.get(at), self.right.get(at));
            let (Some(&feature), Some(&highest), Some(&right)) = node else { return &[] };
            let right = usize::from(right);
            if feature == LEAF {
                return self.leaves.get(right * outputs..(right + 1) * outputs).unwrap_or_default();
            }
            let bin = bins.get(usize::from(feature)).copied().unwrap_or_default();
            at = if bin <= highest { at + 1 } else { right };
        }
    }
}
