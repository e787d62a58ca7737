//! The `embed` component: WIT to the embedding core and back. Nothing is decided here.
//!
//! The compiled model is part of the component's data: `GUSSET_EMBED_BLOB` names its file when this crate is built. The embedder is made at
//! the first call; the build makes that call (`model-info`) and snapshots the memory, so that no instance that ships makes it again.

mod wit;

use std::sync::OnceLock;

use gusset_embed::{Embedder, Error};

static BLOB: &Aligned<[u8]> = &Aligned(*include_bytes!(env!(
    "GUSSET_EMBED_BLOB",
    "GUSSET_EMBED_BLOB must be the absolute path of a compiled model, see models/all-minilm-l6-v2/README.md"
)));

/// Bytes at a multiple of [`gusset_embed::format::ALIGNMENT`].
#[repr(C, align(64))]
struct Aligned<B: ?Sized>(B);

/// The embedder of this instance.
fn embedder() -> Result<&'static Embedder, &'static Error> {
    static EMBEDDER: OnceLock<Result<Embedder, Error>> = OnceLock::new();
    EMBEDDER.get_or_init(|| Embedder::from_static(&BLOB.0)).as_ref()
}
