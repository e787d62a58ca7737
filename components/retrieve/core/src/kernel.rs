//! The product that a search spends its time in: 16-bit query times 8-bit vector, summed in 32 bits.
//!
//! Portable code written in blocks is vectorised well for x86-64. For WebAssembly LLVM 22 widens to 32 bits and multiplies there, so that one is
//! spelled out: two instructions for eight elements. Both are exact, and the same tests run on both.

/// A query in the form that the kernel reads.
#[derive(Clone, Debug)]
pub(crate) struct Operand {
    blocks: Vec<Block>,
    /// What is left after the last whole block.
    rest: Vec<i16>,
}

/// Elements of a block.
const LANES: usize = 8;

impl Operand {
    pub(crate) fn new(values: &[i16]) -> Self {
        let (blocks, rest) = values.as_chunks::<LANES>();
        Self { blocks: blocks.iter().map(|&values| block(values)).collect(), rest: rest.to_vec() }
    }

    /// The dot product with a vector of as many bytes, each a signed integer. The caller sees to it that the sum fits.
    pub(crate) fn dot(&self, vector: &[u8]) -> i32 {
        let (blocks, rest) = vector.as_chunks::<LANES>();
        let rest = self.rest.iter().zip(rest).map(|(&q, &v)| i32::from(q) * i32::from(v as i8));
        dot(&self.blocks, blocks) + rest.sum::<i32>()
    }
}

#[cfg(not(all(target_arch = "wasm32", target_feature = "simd128")))]
use portable::{Block, block, dot};
#[cfg(all(target_arch = "wasm32", target_feature = "simd128"))]
use simd128::{Block, block, dot};

#[cfg(not(all(target_arch = "wasm32", target_feature = "simd128")))]
mod portable {
    use super::LANES;

    pub(super) type Block = [i16; LANES];

    pub(super) fn block(values: [i16; LANES]) -> Block {
        values
    }

    pub(super) fn dot(query: &[Block], vector: &[[u8; LANES]]) -> i32 {
        // Block by block: LLVM then sign-extends to 16 bits and multiplies with `pmaddwd`, which it doesn't for one long sum.
        let products = |(query, vector): (&Block, &[u8; LANES])| {
            query.iter().zip(vector).map(|(&q, &v)| i32::from(q) * i32::from(v as i8)).sum::<i32>()
        };
        query.iter().zip(vector).map(products).sum()
    }
}

#[cfg(all(target_arch = "wasm32", target_feature = "simd128"))]
mod simd128 {
    use core::arch::wasm32::{
        i16x8, i16x8_extend_low_i8x16, i32x4_add, i32x4_dot_i16x8, i32x4_extract_lane, i32x4_splat,
        i64x2_splat, v128,
    };

    use super::LANES;

    pub(super) type Block = v128;

    pub(super) fn block([a, b, c, d, e, f, g, h]: [i16; LANES]) -> Block {
        i16x8(a, b, c, d, e, f, g, h)
    }

    pub(super) fn dot(query: &[Block], vector: &[[u8; LANES]]) -> i32 {
        let sum = query.iter().zip(vector).fold(i32x4_splat(0), |sum, (&query, &bytes)| {
            // Becomes one `i16x8.load8x8_s`.
            let vector = i16x8_extend_low_i8x16(i64x2_splat(i64::from_le_bytes(bytes)));
            i32x4_add(sum, i32x4_dot_i16x8(query, vector))
        });
        i32x4_extract_lane::<0>(sum)
            + i32x4_extract_lane::<1>(sum)
            + i32x4_extract_lane::<2>(sum)
            + i32x4_extract_lane::<3>(sum)
    }
}
