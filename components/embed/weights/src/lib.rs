//! The compiled encoder as a component's data, and the one embedder over it: whatever shells a component is made of, it carries the weights once.
//!
//! `GUSSET_EMBED_BLOB` names the file when this crate is built. The embedder is made at the first call; the build makes that call in each component
//! and snapshots its memory, so that no instance that ships makes it again.

use std::sync::{Arc, OnceLock};

use gusset_embed::{Embedder, Error};

static BLOB: &Aligned<[u8]> = &Aligned(*include_bytes!(env!(
    "GUSSET_EMBED_BLOB",
    "GUSSET_EMBED_BLOB must be the absolute path of a compiled model, see models/all-minilm-l6-v2/README.md"
)));

/// Bytes at a multiple of [`gusset_embed::format::ALIGNMENT`].
#[repr(C, align(64))]
struct Aligned<B: ?Sized>(B);

/// The embedder of this instance.
///
/// # Errors
/// Where the file that was built in holds no model that this version runs.
pub fn embedder() -> Result<&'static Arc<Embedder>, &'static Error> {
    static EMBEDDER: OnceLock<Result<Arc<Embedder>, Error>> = OnceLock::new();
    EMBEDDER.get_or_init(|| Embedder::from_static(&BLOB.0).map(Arc::new)).as_ref()
}
