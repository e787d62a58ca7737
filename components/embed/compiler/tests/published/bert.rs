//! BERT's forward pass in f64, straight from the tensors of the file: slow and plain.

use std::collections::BTreeMap;

/// Shape and values by name.
pub(crate) type Tensors = BTreeMap<String, (Vec<usize>, Vec<f32>)>;

type Rows = Vec<Vec<f64>>;

pub(crate) struct Bert<'a> {
    pub(crate) tensors: &'a Tensors,
    /// What the names of the encoder's tensors begin with.
    pub(crate) prefix: &'static str,
    pub(crate) heads: usize,
    pub(crate) layers: usize,
}

impl Bert<'_> {
    /// States above the last layer, a row a token.
    pub(crate) fn states(&self, ids: &[u32], types: &[usize]) -> Rows {
        let mut states: Rows = Vec::new();
        for (position, (&id, &kind)) in ids.iter().zip(types).enumerate() {
            let words = self.row("embeddings.word_embeddings.weight", id as usize);
            let places = self.row("embeddings.position_embeddings.weight", position);
            let kinds = self.row("embeddings.token_type_embeddings.weight", kind);
            states.push((0..words.len()).map(|at| words[at] + places[at] + kinds[at]).collect());
        }
        self.norm("embeddings.LayerNorm", &mut states);
        for layer in 0..self.layers {
            let name = |part: &str| format!("encoder.layer.{layer}.{part}");
            let [query, key, value] = ["query", "key", "value"]
                .map(|part| self.linear(&name(&format!("attention.self.{part}")), &states));
            let mixed = self.linear(&name("attention.output.dense"), &self.attend(&query, &key, &value));
            let mut middle = sum(&mixed, &states);
            self.norm(&name("attention.output.LayerNorm"), &mut middle);
            let mut wide = self.linear(&name("intermediate.dense"), &middle);
            wide.iter_mut().flatten().for_each(|x| *x *= 0.5 * (1.0 + erf(*x / 2f64.sqrt())));
            states = sum(&self.linear(&name("output.dense"), &wide), &middle);
            self.norm(&name("output.LayerNorm"), &mut states);
        }
        states
    }

    /// The logit of `[CLS]`.
    pub(crate) fn logit(&self, ids: &[u32], types: &[usize]) -> f64 {
        let first = self.states(ids, types)[..1].to_vec();
        let mut pooled = self.linear("pooler.dense", &first);
        pooled[0].iter_mut().for_each(|x| *x = x.tanh());
        Bert { prefix: "", ..*self }.linear("classifier", &pooled)[0][0]
    }

    fn attend(&self, query: &Rows, key: &Rows, value: &Rows) -> Rows {
        let hidden = query[0].len();
        let width = hidden / self.heads;
        let mut mixed = vec![vec![0.0; hidden]; query.len()];
        for head in 0..self.heads {
            let part = head * width..(head + 1) * width;
            for (query, mixed) in query.iter().zip(&mut mixed) {
                let score = |key: &Vec<f64>| -> f64 {
                    let products = query[part.clone()].iter().zip(&key[part.clone()]).map(|(q, k)| q * k);
                    (products.sum::<f64>() / (width as f64).sqrt()).exp()
                };
                let weights: Vec<f64> = key.iter().map(score).collect();
                let total: f64 = weights.iter().sum();
                for (weight, value) in weights.iter().zip(value) {
                    for at in part.clone() {
                        mixed[at] += weight / total * value[at];
                    }
                }
            }
        }
        mixed
    }

    fn tensor(&self, name: &str) -> &[f32] {
        &self.tensors[&format!("{}{name}", self.prefix)].1
    }

    fn row(&self, name: &str, at: usize) -> Vec<f64> {
        let width = self.tensors[&format!("{}{name}", self.prefix)].0[1];
        self.tensor(name)[at * width..(at + 1) * width].iter().map(|&x| f64::from(x)).collect()
    }

    fn linear(&self, name: &str, rows: &Rows) -> Rows {
        let (weights, bias) = (self.tensor(&format!("{name}.weight")), self.tensor(&format!("{name}.bias")));
        let output = |row: &Vec<f64>| {
            let outputs = weights.chunks(row.len()).zip(bias);
            let product =
                |weights: &[f32]| weights.iter().zip(row).map(|(&w, x)| f64::from(w) * x).sum::<f64>();
            outputs.map(|(weights, &bias)| product(weights) + f64::from(bias)).collect()
        };
        rows.iter().map(output).collect()
    }

    fn norm(&self, name: &str, rows: &mut Rows) {
        let (gain, shift) = (self.tensor(&format!("{name}.weight")), self.tensor(&format!("{name}.bias")));
        for row in rows {
            let count = row.len() as f64;
            let mean = row.iter().sum::<f64>() / count;
            let variance = row.iter().map(|x| (x - mean).powi(2)).sum::<f64>() / count;
            for (x, (&gain, &shift)) in row.iter_mut().zip(gain.iter().zip(shift)) {
                *x = (*x - mean) / (variance + 1e-12).sqrt() * f64::from(gain) + f64::from(shift);
            }
        }
    }
}

fn sum(a: &Rows, b: &Rows) -> Rows {
    a.iter().zip(b).map(|(a, b)| a.iter().zip(b).map(|(a, b)| a + b).collect()).collect()
}

/// Abramowitz and Stegun 7.1.26, within 1.5e-7.
fn erf(x: f64) -> f64 {
    let t = 1.0 / (1.0 + 0.327_591_1 * x.abs());
    let series = [1.061_405_429, -1.453_152_027, 1.421_413_741, -0.284_496_736, 0.254_829_592];
    let sum = series.iter().fold(0.0, |sum, factor| (sum + factor) * t);
    (1.0 - sum * (-x * x).exp()).copysign(x)
}
