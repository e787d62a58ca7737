//! The f32 model, run by tract's own operators from the same ONNX writer.

use anyhow::{Context as _, Result};
use tract_onnx::tract_hir::internal::*;

use crate::encoder::Encoder;
use crate::onnx;

/// An f32 encoder with mean pooling, one text at a time.
pub struct Reference {
    plan: Arc<TypedRunnableModel>,
    hidden: usize,
}

impl Reference {
    /// Loads an encoder as ONNX.
    ///
    /// # Errors
    /// A graph that tract refuses.
    pub fn new(encoder: &Encoder) -> Result<Self> {
        let file = onnx::write(encoder);
        let mut model =
            tract_onnx::onnx().model_for_read(&mut file.as_slice()).context("parsing the f32 model")?;
        let tokens = model.symbols.sym("tokens");
        for input in 0..3 {
            model.set_input_fact(input, i64::fact([1.to_dim(), tokens.to_dim()]).into())?;
        }
        let plan = model.into_optimized()?.into_runnable()?;
        Ok(Self { plan, hidden: encoder.hidden })
    }

    /// The vector of a token sequence, of L2 norm 1.
    ///
    /// # Errors
    /// A failure of the engine.
    pub fn embed(&self, ids: &[u32]) -> Result<Vec<f32>> {
        let row = |values: Vec<i64>| Tensor::from_shape(&[1, values.len()], &values);
        let inputs = tvec![
            row(ids.iter().map(|&id| i64::from(id)).collect())?.into_tvalue(),
            row(vec![1; ids.len()])?.into_tvalue(),
            row(vec![0; ids.len()])?.into_tvalue(),
        ];
        let outputs = self.plan.run(inputs)?;
        let states = outputs.first().context("the model has an output")?.to_plain_array_view::<f32>()?;
        let states = states.as_slice().context("the output is dense")?;
        let mut pooled = vec![0.0f32; self.hidden];
        for row in states.chunks(self.hidden) {
            pooled.iter_mut().zip(row).for_each(|(sum, x)| *sum += x);
        }
        let norm = pooled.iter().map(|x| x * x).sum::<f32>().sqrt();
        pooled.iter_mut().for_each(|x| *x /= norm);
        Ok(pooled)
    }
}
