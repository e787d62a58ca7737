//! How probably each model does a prompt well.
//!
//! For each group of models that answered the same prompts there is a forest over [`mod@crate::features`] and, where it helped, the main
//! axes of the prompt's embedding. The features say what kind of task it is and how much there is of it, the axes what it is about.

mod forest;
mod format;
mod prior;
#[cfg(test)]
mod tests;

pub use format::{Forest, LEAF, Learned, Panel, Predictor, PriorFit, Projection, Tree, VERSION};
pub use prior::{BILLIONS, BILLIONS_A_UNIT, Panelist};

use crate::embedder::Embedder;
use crate::features::features;

impl Predictor {
    /// Why this embedder can't be used, if it can't.
    #[must_use]
    pub fn mismatch(&self, embedder: &impl Embedder) -> Option<String> {
        let running = embedder.model();
        (running != self.embedder).then(|| {
            format!(
                "the predictor was trained over {}, and {running} is running: predicted without it",
                self.embedder
            )
        })
    }

    /// Whether what is predicted for one of these panelists depends on the prompt's embedding.
    #[must_use]
    pub fn reads_embedding(&self, panelists: &[&Panelist]) -> bool {
        let reads = |(at, panel): (usize, &Panel)| panel.projection.count() > 0 && needed(panelists, at);
        self.panels.iter().enumerate().any(reads)
    }

    /// The probability of each panelist. Without an embedding, or with one of another length, from the text's features alone.
    #[must_use]
    pub fn chances(&self, prompt: &str, panelists: &[&Panelist], embedding: Option<&[f32]>) -> Vec<f64> {
        let embedding = embedding.filter(|embedding| embedding.len() == self.dimension as usize);
        let features = features(prompt);
        let predict = |(at, panel): (usize, &Panel)| {
            if needed(panelists, at) { panel.predict(embedding, &features) } else { Vec::new() }
        };
        let outputs: Vec<Vec<f32>> = self.panels.iter().enumerate().map(predict).collect();
        panelists.iter().map(|panelist| f64::from(panelist.chance(&outputs))).collect()
    }
}

fn needed(panelists: &[&Panelist], panel: usize) -> bool {
    panelists.iter().any(|panelist| panelist.parts.iter().any(|part| part.panel == panel))
}

impl Panelist {
    /// From the outputs of all panels.
    fn chance(&self, outputs: &[Vec<f32>]) -> f32 {
        let deviation = self.parts.iter().map(|part| {
            let output = outputs.get(part.panel).and_then(|outputs| outputs.get(part.output));
            output.map_or(0.0, |&output| part.weight * (logit(output) - part.level))
        });
        sigmoid(self.level + deviation.sum::<f32>())
    }
}

fn sigmoid(x: f32) -> f32 {
    1.0 / (1.0 + (-x).exp())
}

/// Log odds. Certainty is cut at one in a thousand: nothing here is known better.
pub fn logit(probability: f32) -> f32 {
    let probability = probability.clamp(1e-3, 1.0 - 1e-3);
    (probability / (1.0 - probability)).ln()
}
