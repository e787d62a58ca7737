//! The `rerank` component: WIT to the reranking core and back. Nothing is decided here.
//!
//! The compiled head is part of the component's data, and so is the encoder if it has one of its own: `GUSSET_RERANK_HEAD` and `GUSSET_RERANK_BLOB` name their
//! files when this crate is built, the second an empty one where the encoder is the embedder's ([`gusset_embed_weights`]). The reranker is made at
//! the first call; the build makes that call (`model-info`) and snapshots the memory.

mod wit;

use std::sync::{Arc, OnceLock};

use gusset_embed::Embedder;
use gusset_rerank::Reranker;

static ENCODER: &Aligned<[u8]> = &Aligned(*include_bytes!(env!(
    "GUSSET_RERANK_BLOB",
    "GUSSET_RERANK_BLOB must be the absolute path of a compiled encoder, or of an empty file: `cargo xtask build` sets it"
)));

static HEAD: &[u8] = include_bytes!(env!(
    "GUSSET_RERANK_HEAD",
    "GUSSET_RERANK_HEAD must be the absolute path of a compiled head: `cargo xtask build` sets it"
));

/// Bytes at a multiple of [`gusset_embed::format::ALIGNMENT`].
#[repr(C, align(64))]
struct Aligned<B: ?Sized>(B);

/// Why there is no reranker.
pub type Unavailable = Box<dyn std::error::Error + Send + Sync>;

/// The reranker of this instance, for what is linked into the same memory.
///
/// # Errors
/// Where the files that were built in hold no reranker that this version runs.
pub fn reranker() -> Result<&'static Reranker, &'static Unavailable> {
    static RERANKER: OnceLock<Result<Reranker, Unavailable>> = OnceLock::new();
    RERANKER.get_or_init(|| Ok(Reranker::new(encoder()?, HEAD)?)).as_ref()
}

/// Known when it is compiled, so that the encoder that isn't needed is not in the component.
fn encoder() -> Result<Arc<Embedder>, Unavailable> {
    if ENCODER.0.is_empty() {
        Ok(Arc::clone(gusset_embed_weights::embedder()?))
    } else {
        Ok(Arc::new(Embedder::from_static(&ENCODER.0)?))
    }
}
