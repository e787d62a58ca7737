//! The blob: what `gusset-embed-compiler` writes and [`super::Embedder`] reads in place.
//!
//! ```text
//! magic "GUSSETEM" | version | header length | header | sections, each at a multiple of 64 bytes
//! ```
//! Numbers are little-endian. Sections have no directory: their order is fixed ([`write()`]) and their sizes follow from the header. Matrices
//! are stored as the kernels read them ([`pack`]): panels of 16 columns, inside a panel four consecutive inputs of each column side by side, so
//! that one 32-bit lane of an integer dot product holds four inputs of one column. A model for 7-bit activations has its largest weights
//! bounded together as well ([`summable`]).
//!
//! Only the layout is here; what the numbers mean is in the `operators`.

mod header;
mod tensors;

pub use header::{Activation, Header, Pooling};
pub use tensors::{Layer, Matrix, Norm, Table, Tensors, pack, summable, write};

/// Version of the layout. A blob of any other is refused.
pub const VERSION: u32 = 2;

/// The same with a word embedding of 4 bits. All else is equal, so what has 8 bits keeps the bytes it always had.
pub(crate) const VERSION_NARROW: u32 = 3;

/// Elements of a word's row of 4 bits that share a scale.
pub const NARROW_GROUP: usize = 32;

/// Every section starts at a multiple of this, a cache line; so must a static blob, as far as f32 needs it.
pub const ALIGNMENT: usize = 64;

/// Columns of a panel.
pub const PANEL: usize = 16;

/// Consecutive inputs of one column that lie side by side.
pub const GROUP: usize = 4;
