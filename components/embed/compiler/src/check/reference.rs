//! The f32 model, run by tract's own operators from the same ONNX writer.

use anyhow::{Context as _, Result};
use tract_onnx::tract_hir::internal::*;

use crate::blob::PoolingKind;
use crate::encoder::Encoder;
use crate::onnx;

/// An f32 encoder, one text or pair at a time.
pub struct Reference {
    plan: Arc<TypedRunnableModel>,
    hidden: usize,
    pooling: PoolingKind,
}

impl Reference {
    /// Loads an encoder as ONNX.
    ///
    /// # Errors
    /// A graph that tract refuses.
    pub fn new(encoder: &Encoder, pooling: PoolingKind) -> Result<Self> {
        let file = onnx::write(encoder);
        let mut model =
            tract_onnx::onnx().model_for_read(&mut file.as_slice()).context("parsing the f32 model")?;
        let tokens = model.symbols.sym("tokens");
        for input in 0..3 {
            model.set_input_fact(input, i64::fact([1.to_dim(), tokens.to_dim()]).into())?;
        }
        let plan = model.into_optimized()?.into_runnable()?;
        Ok(Self { plan, hidden: encoder.hidden, pooling })
    }

    /// The vector of a token sequence, of L2 norm 1.
    ///
    /// # Errors
    /// A failure of the engine.
    pub fn embed(&self, ids: &[u32]) -> Result<Vec<f32>> {
        let states = self.run(ids, ids.len())?;
        let mut rows = states.chunks(self.hidden);
        let mut pooled = rows.next().context("a text has a token")?.to_vec();
        for row in rows {
            for (pooled, &x) in pooled.iter_mut().zip(row) {
                match self.pooling {
                    PoolingKind::Mean => *pooled += x,
                    PoolingKind::Max => *pooled = pooled.max(x),
                    PoolingKind::Cls => {}
                }
            }
        }
        let norm = pooled.iter().map(|x| x * x).sum::<f32>().sqrt();
        pooled.iter_mut().for_each(|x| *x /= norm);
        Ok(pooled)
    }

    /// The logit of a pair, for an encoder with a scorer; the tokens from `second` on are of type 1.
    ///
    /// # Errors
    /// A failure of the engine.
    pub fn score(&self, ids: &[u32], second: usize) -> Result<f32> {
        self.run(ids, second)?.first().copied().context("a pair has a logit")
    }

    /// The output for one sequence.
    fn run(&self, ids: &[u32], second: usize) -> Result<Vec<f32>> {
        let row = |values: Vec<i64>| Tensor::from_shape(&[1, values.len()], &values);
        let inputs = tvec![
            row(ids.iter().map(|&id| i64::from(id)).collect())?.into_tvalue(),
            row(vec![1; ids.len()])?.into_tvalue(),
            row((0..ids.len()).map(|at| i64::from(at >= second)).collect())?.into_tvalue(),
        ];
        let outputs = self.plan.run(inputs)?;
        let values = outputs.first().context("the model has an output")?.to_plain_array_view::<f32>()?;
        Ok(values.as_slice().context("the output is dense")?.to_vec())
    }
}
