//! A linear layer of a head.

/// y = W x + b, W row by row: one row an output.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Linear {
    /// outputs × inputs.
    pub weights: Vec<f32>,
    /// One an output.
    pub bias: Vec<f32>,
}

impl Linear {
    pub(crate) fn fits(&self, inputs: usize, outputs: usize) -> bool {
        self.bias.len() == outputs && self.weights.len() == outputs * inputs
    }

    /// Its tensors, in the order in which a head has them.
    pub(crate) fn tensors(&self) -> [&[f32]; 2] {
        [&self.weights, &self.bias]
    }
}
