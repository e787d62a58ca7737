//! The operators of the encoder's graph, each reading its weights where the blob has them.
//!
//! Tensors between them are f32, one row a token, the sequences of a batch one after the other without padding. `ends` tells them apart:
//! i32, for each sequence the row after its last. What is multiplied is in [`crate::kernels`], how rows are treated in [`crate::math`];
//! here is only what a BERT encoder does with them.

mod add_norm;
mod attention;
mod dense;
mod lookup;
mod pool;

use std::fmt;
use std::ops::Range;
use std::sync::Arc;

use tract_core::internal::*;

pub(crate) use add_norm::AddNorm;
pub(crate) use attention::Attention;
pub(crate) use dense::Dense;
pub(crate) use lookup::{Lookup, PairLookup};
pub(crate) use pool::{First, Pool};

/// What an operator computes: one f32 tensor of two dimensions.
pub(crate) trait Compute: Send + Sync + 'static {
    const NAME: &'static str;

    /// Shape of the output.
    fn shape(&self, inputs: &[&TypedFact]) -> TractResult<[TDim; 2]>;

    fn eval(&self, inputs: TVec<TValue>) -> TractResult<Tensor>;
}

/// A [`Compute`] as tract wants it.
pub(crate) struct Operator<C>(Arc<C>);

impl<C: Compute> Operator<C> {
    pub(crate) fn new(compute: C) -> Self {
        Self(Arc::new(compute))
    }
}

impl<C> Clone for Operator<C> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

impl<C> PartialEq for Operator<C> {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }
}

impl<C> Eq for Operator<C> {}

impl<C: Compute> fmt::Debug for Operator<C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(C::NAME)
    }
}

impl<C: Compute> Op for Operator<C> {
    fn name(&self) -> StaticName {
        C::NAME.into()
    }

    op_as_typed_op!();
}

impl<C: Compute> EvalOp for Operator<C> {
    op_out_of_plan!();

    fn eval(&self, _ctx: &EvalContext, inputs: TVec<TValue>) -> TractResult<TVec<TValue>> {
        Ok(tvec![self.0.eval(inputs)?.into()])
    }
}

impl<C: Compute> tract_core::ops::TypedOp for Operator<C> {
    as_op!();

    fn output_facts(&self, inputs: &[&TypedFact]) -> TractResult<TVec<TypedFact>> {
        let shape = self.0.shape(inputs)?;
        Ok(tvec![f32::datum_type().fact(&shape)])
    }
}

/// Rows of an input.
fn rows(inputs: &[&TypedFact], input: usize) -> TractResult<TDim> {
    let fact = inputs.get(input).context("an input is missing")?;
    Ok(fact.shape.first().context("an input has no dimension")?.clone())
}

fn values<D: Datum>(tensor: &TValue) -> TractResult<&[D]> {
    tensor.try_as_plain_ram()?.as_slice::<D>()
}

/// A tensor of zeros, and its values handed to `fill`.
fn filled(shape: [usize; 2], fill: impl FnOnce(&mut [f32]) -> TractResult<()>) -> TractResult<Tensor> {
    // SAFETY: it is written first. `Tensor::zero` would do the same, element by element.
    let mut output = unsafe { Tensor::uninitialized::<f32>(&shape)? };
    let mut plain = output.try_as_plain_ram_mut()?;
    let values = plain.as_slice_mut::<f32>()?;
    values.fill(0.0);
    fill(values)?;
    Ok(output)
}

/// A tensor whose values `fill` writes, every one of them.
///
/// # Safety
/// It must.
unsafe fn written(shape: [usize; 2], fill: impl FnOnce(&mut [f32])) -> TractResult<Tensor> {
    // SAFETY: the caller's.
    let mut output = unsafe { Tensor::uninitialized::<f32>(&shape)? };
    fill(output.try_as_plain_ram_mut()?.as_slice_mut::<f32>()?);
    Ok(output)
}

/// Row ranges of the sequences.
fn sequences(ends: &[i32]) -> impl Iterator<Item = Range<usize>> {
    let starts = std::iter::once(&0).chain(ends);
    starts.zip(ends).map(|(&start, &end)| start.max(0) as usize..end.max(0) as usize)
}
