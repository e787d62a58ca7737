//! A blob's numbers, read in place.
//!
//! A [`View`] is a range of the blob that is known to be there and aligned; it keeps the blob alive and copies nothing.

use std::marker::PhantomData;
use std::ops::{Deref, Range};
use std::sync::Arc;

use bytemuck::Pod;

use crate::error::Error;
use crate::format::{ALIGNMENT, Header, NARROW_GROUP, PANEL};

/// Where a blob lives.
#[derive(Clone)]
pub(crate) enum Store {
    /// In the program's own data.
    Static(&'static [u8]),
    /// On the heap: words, for their alignment, and the number of bytes.
    Shared(Arc<[u128]>, usize),
}

/// Values of a blob.
pub(crate) struct View<T> {
    store: Store,
    bytes: Range<usize>,
    values: PhantomData<T>,
}

/// See [`crate::format::Table`]; elements of 4 bits are two a byte.
pub(crate) struct Table {
    pub(crate) values: View<i8>,
    pub(crate) scales: View<f32>,
}

/// See [`crate::format::Matrix`]; columns are padded to whole panels.
pub(crate) struct Matrix {
    pub(crate) inputs: usize,
    pub(crate) outputs: usize,
    pub(crate) panels: View<i8>,
    pub(crate) scales: View<f32>,
    pub(crate) bias: View<f32>,
    pub(crate) sums: View<i32>,
}

pub(crate) struct Norm {
    pub(crate) gain: View<f32>,
    pub(crate) shift: View<f32>,
}

pub(crate) struct Layer {
    pub(crate) projections: Matrix,
    pub(crate) output: Matrix,
    pub(crate) output_norm: Norm,
    pub(crate) up: Matrix,
    pub(crate) down: Matrix,
    pub(crate) down_norm: Norm,
}

pub(crate) struct Weights {
    pub(crate) words: Table,
    pub(crate) positions: View<f32>,
    pub(crate) embedding_norm: Norm,
    pub(crate) layers: Vec<Layer>,
    /// One token a line.
    pub(crate) vocabulary: View<u8>,
}

impl Store {
    pub(crate) fn from_vec(blob: &[u8]) -> Self {
        let mut words = vec![0u128; blob.len().div_ceil(size_of::<u128>())];
        for (to, from) in bytemuck::cast_slice_mut(&mut words).iter_mut().zip(blob) {
            *to = *from;
        }
        Store::Shared(words.into(), blob.len())
    }

    pub(crate) fn bytes(&self) -> &[u8] {
        match self {
            Store::Static(bytes) => bytes,
            Store::Shared(words, length) => bytemuck::cast_slice(words).get(..*length).unwrap_or_default(),
        }
    }
}

impl<T: Pod> Deref for View<T> {
    type Target = [T];

    fn deref(&self) -> &[T] {
        // Checked when the view was made: neither default is ever taken.
        let bytes = self.store.bytes().get(self.bytes.clone()).unwrap_or_default();
        bytemuck::try_cast_slice(bytes).unwrap_or_default()
    }
}

impl Weights {
    /// Finds every section of a blob.
    pub(crate) fn read(store: &Store) -> Result<(Header, Self), Error> {
        let (header, end) = Header::parse(store.bytes())?;
        let mut sections = Sections { store, end };
        let hidden = header.hidden;
        let table = header.vocabulary * hidden;
        let (values, scales) = match header.embedding_bits {
            4 => (table / 2, table / NARROW_GROUP),
            _ => (table, header.vocabulary),
        };
        let words = Table { values: sections.view(values)?, scales: sections.view(scales)? };
        let positions = sections.view(header.max_tokens * hidden)?;
        let embedding_norm = sections.norm(hidden)?;
        let mut layers = Vec::with_capacity(header.layers);
        for _ in 0..header.layers {
            layers.push(Layer {
                projections: sections.matrix(hidden, 3 * hidden)?,
                output: sections.matrix(hidden, hidden)?,
                output_norm: sections.norm(hidden)?,
                up: sections.matrix(hidden, header.intermediate)?,
                down: sections.matrix(header.intermediate, hidden)?,
                down_norm: sections.norm(hidden)?,
            });
        }
        let rest = store.bytes().len().saturating_sub(sections.end.next_multiple_of(ALIGNMENT));
        let vocabulary = sections.view(rest)?;
        Ok((header, Self { words, positions, embedding_norm, layers, vocabulary }))
    }
}

struct Sections<'a> {
    store: &'a Store,
    end: usize,
}

impl Sections<'_> {
    fn view<T: Pod>(&mut self, count: usize) -> Result<View<T>, Error> {
        let start = self.end.next_multiple_of(ALIGNMENT);
        let end = start + count * size_of::<T>();
        let all = self.store.bytes();
        let bytes = all.get(start..end).ok_or(Error::Length { expected: end, found: all.len() })?;
        bytemuck::try_cast_slice::<u8, T>(bytes).map_err(|_| Error::Misaligned(align_of::<T>()))?;
        self.end = end;
        Ok(View { store: self.store.clone(), bytes: start..end, values: PhantomData })
    }

    fn norm(&mut self, width: usize) -> Result<Norm, Error> {
        Ok(Norm { gain: self.view(width)?, shift: self.view(width)? })
    }

    fn matrix(&mut self, inputs: usize, outputs: usize) -> Result<Matrix, Error> {
        let padded = outputs.next_multiple_of(PANEL);
        Ok(Matrix {
            inputs,
            outputs,
            panels: self.view(inputs * padded)?,
            scales: self.view(padded)?,
            bias: self.view(padded)?,
            sums: self.view(padded)?,
        })
    }
}
